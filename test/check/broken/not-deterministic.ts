import { assign } from "xstate";
import { brokenRoom, goAndBack, goAndBackCommands } from "../broken-room.ts";

let count = 0;
const next = () => {
  count++;
  return { count };
};

export const room = brokenRoom({
  machine: { ...goAndBack, context: { count }, on: { note: { actions: assign(next) } } },
  commands: { ...goAndBackCommands, note: {} },
});
