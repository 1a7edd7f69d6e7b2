/** The smallest room type that has everything a test of rooms needs: ops, refusals, a timer, a service, cues, a failure. */
import * as v from "valibot";
import { assign, emit, fromPromise, setup } from "xstate";
import type { CommandEvent, SystemEvent } from "../../src/room/commands.ts";
import { defineRoom } from "../../src/room/define-room.ts";

export const counterCommands = { add: { n: v.number() }, fuse: {}, work: {}, show: {}, fail: {}, odd: {}, close: {} };

const machine = setup({
  types: {} as {
    context: { total: number; people: string[]; bangs: number };
    events:
      | CommandEvent<typeof counterCommands>
      | SystemEvent
      | { type: "xstate.done.actor.job"; output: number; at: number; id: string; by: { user: string; role: string; client: string } };
    input: { id: string; at: number };
  },
  actors: { job: fromPromise<number>(async () => 1) },
  actions: {
    add: assign({ total: ({ context, event }) => context.total + (event.type === "add" ? event.n : 0) }),
    fail: assign({
      total: () => {
        throw new Error("this action fails");
      },
    }),
    // A bug that only a second run finds.
    odd: assign({ total: () => Math.random() }),
    bang: assign({ bangs: ({ context }) => context.bangs + 1 }),
    finish: assign({ total: ({ context, event }) => context.total + (event.type === "xstate.done.actor.job" ? event.output : 0) }),
    enter: assign({
      people: ({ context, event }) => (event.type === "participant.joined" ? [...context.people, event.user] : context.people),
    }),
    leave: assign({
      people: ({ context, event }) => {
        if (event.type !== "participant.left") return context.people;
        const i = context.people.indexOf(event.user);
        return context.people.filter((_, at) => at !== i);
      },
    }),
    show: emit({ type: "shown" }),
  },
  guards: { isPositive: ({ event }) => event.type === "add" && event.n > 0, isOpen: ({ context }) => context.total >= 0 },
  delays: { fuse: 60_000 },
}).createMachine({
  id: "counter",
  context: { total: 0, people: [], bangs: 0 },
  type: "parallel",
  on: {
    "participant.joined": { guard: "isOpen", actions: "enter" },
    "participant.left": { actions: "leave" },
    add: { guard: "isPositive", actions: "add" },
    show: { actions: "show" },
    fail: { actions: "fail" },
    odd: { actions: "odd" },
    close: { actions: assign({ total: -1 }) },
  },
  states: {
    bomb: {
      initial: "off",
      states: { off: { on: { fuse: { target: "lit" } } }, lit: { after: { fuse: { target: "off", actions: "bang" } } } },
    },
    job: {
      initial: "idle",
      states: {
        idle: { on: { work: { target: "busy" } } },
        busy: { invoke: { src: "job", id: "job", onDone: { target: "idle", actions: "finish" }, onError: { target: "idle" } } },
      },
    },
  },
});

export const counter = defineRoom({
  type: "counter",
  version: 1,
  machine,
  commands: counterCommands,
  presence: { x: v.number() },
  reasons: { isPositive: "Only up.", isOpen: "This counter is closed." },
});
