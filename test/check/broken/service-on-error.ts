import { fromPromise } from "xstate";
import { brokenRoom } from "../broken-room.ts";

export const room = brokenRoom({
  machine: {
    initial: "here",
    states: { here: { on: { go: "there" } }, there: { invoke: { src: "save", id: "save", onDone: "here" }, on: { back: "here" } } },
  },
  parts: { actors: { save: fromPromise(() => Promise.resolve(1)) } },
});
