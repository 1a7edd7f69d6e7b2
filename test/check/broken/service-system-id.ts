import { fromPromise } from "xstate";
import { brokenRoom } from "../broken-room.ts";

const invoke = { src: "save", id: "save", systemId: "save", onDone: "here", onError: "here" };

export const room = brokenRoom({
  machine: { initial: "here", states: { here: { on: { go: "there" } }, there: { invoke, on: { back: "here" } } } },
  parts: { actors: { save: fromPromise(() => Promise.resolve(1)) } },
});
