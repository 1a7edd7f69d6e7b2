import { brokenRoom } from "../broken-room.ts";

export const room = brokenRoom({
  machine: { initial: "here", states: { here: { on: { go: "there" } }, there: { on: { back: "here" }, after: { shrot: "here" } } } },
  parts: { delays: { short: 10 } },
});
