import { fromPromise } from "xstate";
import { brokenRoom } from "../broken-room.ts";

const inline = fromPromise(() => Promise.resolve(1));

export const room = brokenRoom({
  machine: {
    initial: "here",
    states: { here: { on: { go: "there" } }, there: { invoke: { src: inline, onDone: "here", onError: "here" }, on: { back: "here" } } },
  },
});
