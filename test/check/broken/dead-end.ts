import { brokenRoom } from "../broken-room.ts";

export const room = brokenRoom({
  machine: { initial: "here", states: { here: { on: { go: "over" } }, over: {} }, on: { "participant.left": { actions: "note" } } },
  parts: { actions: { note: () => undefined } },
  commands: { go: {} },
});
