import { assign, fromPromise } from "xstate";
import { brokenRoom, goAndBack, goAndBackCommands } from "../broken-room.ts";

const inline = fromPromise(() => Promise.resolve(1));
const start = ({ spawn }: { spawn: (logic: typeof inline, options: { id: string }) => unknown }) => {
  spawn(inline, { id: "inline" });
  return {};
};

export const room = brokenRoom({
  machine: {
    ...goAndBack,
    context: {},
    on: { note: { actions: assign(start as never) }, "xstate.error.actor.inline": { actions: assign({}) } },
  },
  commands: { ...goAndBackCommands, note: {} },
});
