import { assign } from "xstate";
import { brokenRoom, goAndBack, goAndBackCommands } from "../broken-room.ts";

const fail = () => {
  throw new Error("this never works");
};

export const room = brokenRoom({
  machine: { ...goAndBack, on: { fail: { actions: assign(fail) } } },
  commands: { ...goAndBackCommands, fail: {} },
});
