import { assign } from "xstate";
import { brokenRoom, goAndBack, goAndBackCommands } from "../broken-room.ts";

const now = () => {
  const at = Date.now();
  return { at };
};

export const room = brokenRoom({
  machine: { ...goAndBack, context: { at: 0 }, on: { note: { actions: assign(now) } } },
  commands: { ...goAndBackCommands, note: {} },
});
