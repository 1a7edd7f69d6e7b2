import { assign } from "xstate";
import { brokenRoom, goAndBack, goAndBackCommands } from "../broken-room.ts";

export const room = brokenRoom({
  machine: { ...goAndBack, context: { average: 0 }, on: { note: { actions: assign({ average: () => 0 / [].length }) } } },
  commands: { ...goAndBackCommands, note: {} },
});
