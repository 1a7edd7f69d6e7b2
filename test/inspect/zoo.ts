/** Small machines, one for each thing that a configuration can have. */
import { type AnyStateMachine, and, assign, createMachine, emit, fromPromise, not, or, raise, sendTo, setup, stateIn } from "xstate";

const kit = setup({
  types: { context: {} as { n: number }, events: {} as { type: string } },
  guards: {
    isA: () => true,
    isB: () => false,
    isAny: or(["isA", "isB"]),
    isOver: (_, params: { readonly limit: number }) => params.limit > 0,
  },
  actions: { note: (_, _params: { readonly text: string }) => undefined, ring: () => undefined },
  delays: { soon: 10 },
  actors: { load: fromPromise(() => Promise.resolve(1)), child: createMachine({ id: "child" }) },
});

export const zoo: Readonly<Record<string, AnyStateMachine>> = {
  "a bare one": createMachine({}),
  parallel: createMachine({
    id: "p",
    type: "parallel",
    states: {
      left: { initial: "a", states: { a: { on: { go: "b" } }, b: { on: { go: "a", both: { target: ["#p.left.a", "#p.right.d"] } } } } },
      right: { initial: "c", states: { c: { on: { go: { target: "d" } } }, d: {} } },
      empty: { type: "parallel" },
    },
  }),
  "multiple targets": createMachine({
    id: "m",
    initial: "off",
    states: {
      off: { on: { go: { target: ["on.x.two", "on.y.two"] } } },
      on: {
        type: "parallel",
        states: {
          x: { initial: "one", states: { one: {}, two: {} } },
          y: { initial: "one", states: { one: {}, two: {} } },
        },
      },
    },
  }),
  history: createMachine({
    id: "h",
    initial: "work",
    states: {
      work: {
        initial: "a",
        states: {
          a: { initial: "a1", states: { a1: {}, a2: {} } },
          b: {},
          shallow: { type: "history" },
          deep: { type: "history", history: "deep", target: "b" },
          nested: { history: "deep", target: "a.a2" },
          byId: { type: "history", target: "#elsewhere" },
        },
        on: { pause: "pause" },
      },
      pause: { id: "elsewhere", on: { back: "work.shallow", backDeep: "#h.work.deep", again: "#h.work.byId", nested: "work.nested" } },
    },
  }),
  "final and onDone": createMachine({
    id: "f",
    initial: "one",
    states: {
      one: {
        initial: "a",
        states: { a: { on: { end: "z" } }, z: { type: "final", tags: ["ended", "told"] } },
        onDone: [{ guard: "isA", target: "two", actions: "ring" }, { target: ".a" }],
      },
      two: { type: "parallel", states: { x: { initial: "y", states: { y: { type: "final" } } } }, onDone: { target: "three" } },
      three: { type: "final", tags: "over" },
    },
  }),
  invokes: kit.createMachine({
    id: "i",
    context: { n: 0 },
    initial: "a",
    invoke: { src: "child", id: "root-child" },
    states: {
      a: {
        invoke: [
          {
            src: "load",
            id: "loader",
            onDone: "b",
            onError: [
              { guard: "isA", target: "c" },
              { target: "a", reenter: true },
            ],
          },
          { src: "load", onDone: { actions: "ring" } },
          { src: fromPromise(() => Promise.resolve(2)), onSnapshot: { actions: "ring" } },
        ],
        initial: "inner",
        states: { inner: { invoke: { src: "child", id: "deep", onDone: { target: "#i.b" } } } },
      },
      b: {},
      c: {},
    },
  }),
  "wildcards, forbidden, reenter": createMachine({
    id: "w",
    initial: "a",
    on: { "*": { target: ".b" }, "mouse.*": ".c", "mouse.down": [], plain: { actions: "ring" } },
    states: {
      a: {
        description: "The beginning.",
        on: {
          "*": {},
          forbidden: undefined,
          "mouse.*": { target: "b", description: "Any mouse." },
          self: { target: "a" },
          again: { target: "a", reenter: true },
          inner: { target: ".x", reenter: true },
        },
        initial: "x",
        states: { x: {} },
      },
      b: {},
      c: {},
    },
  }),
  "always with guards": kit.createMachine({
    id: "g",
    context: { n: 0 },
    initial: "a",
    states: {
      a: {
        always: [
          { guard: and(["isA", not("isB")]), target: "b" },
          { guard: or(["isB", and(["isA", "isAny"])]), target: "c" },
          { guard: not(or(["isA", "isB"])), target: "c" },
          { guard: stateIn({ c: "d" }), target: "b" },
          { guard: not(stateIn("#g.c")), target: "b" },
          { guard: { type: "isOver", params: { limit: 3 } }, target: "b" },
          { guard: () => true, target: "b" },
          { guard: "isAny", actions: "ring" },
        ],
      },
      b: {},
      c: { initial: "d", states: { d: {} } },
    },
  }),
  delays: kit.createMachine({
    id: "d",
    context: { n: 0 },
    initial: "a",
    states: {
      a: {
        entry: ["ring", { type: "note", params: { text: "x" } }],
        exit: "ring",
        after: {
          500: [{ guard: "isA", target: "b" }, { actions: "ring" }],
          soon: { target: "b", reenter: true },
          60000: "b",
        },
        on: { "xstate.after.500.d.a": { target: "b" } },
      },
      b: { after: { soon: "a" } },
    },
  }),
  actions: kit.createMachine({
    id: "a",
    context: { n: 0 },
    initial: "one",
    entry: [assign({ n: 1 }), () => undefined],
    states: {
      one: {
        entry: [raise({ type: "x" }), emit({ type: "y" }), sendTo("other", { type: "z" })],
        exit: [kit.assign({ n: 2 }), kit.enqueueActions(({ enqueue }) => enqueue("ring"))],
        on: { go: { actions: [{ type: "note", params: { text: "t" } }, "ring", () => undefined] } },
        initial: "two",
        states: { two: {} },
      },
      three: { initial: { target: "four", actions: "ring" }, states: { four: {} } },
    },
  }),
  "names with dots and ids": createMachine({
    id: "my.machine",
    initial: "a.b",
    states: {
      "a.b": { on: { go: "c\\.d", home: "#own\\.id" } },
      "c.d": { id: "own\\.id", on: { go: { target: "a\\.b" } } },
      "e f": { id: "own.id", initial: "x.y", states: { "x.y": { on: { up: "#my\\.machine.a\\.b", side: "z" } }, z: {} } },
    },
  }),
};
