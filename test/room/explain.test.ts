import { expect, test } from "bun:test";
import {
  type AnyMachineSnapshot,
  type AnyStateMachine,
  and,
  createMachine,
  type EventObject,
  getInitialSnapshot,
  not,
  or,
  setup,
  stateIn,
} from "xstate";
import { type Explanation, explain } from "../../src/room/explain.ts";
import type { Blame } from "../../src/room/guards.ts";
import { hidden, reveal, type Secret } from "../../src/room/secret.ts";

const said = (machine: AnyStateMachine, event: EventObject | string, known?: (type: string) => boolean) =>
  explain(getInitialSnapshot(machine) as AnyMachineSnapshot, typeof event === "string" ? { type: event } : event, known);

const guarded = setup({
  types: {} as { context: { readonly secret: Secret<number>; readonly n: number } },
  guards: {
    yes: () => true,
    no: () => false,
    nope: () => false,
    atLeast: ({ context }, { n }: { n: number }) => context.n >= n,
    secretIs: ({ context }, { n }: { n: number }) => reveal(context.secret) === n,
    throws: () => {
      throw new RangeError("broken");
    },
    anyOfTwo: or(["no", "nope"]),
    bothOfTwo: and(["yes", "no"]),
  },
});
type On = NonNullable<Parameters<typeof guarded.createMachine>[0]["on"]>["*"];
type Guard = NonNullable<Extract<On, { readonly guard?: unknown }>["guard"]>;
/** What is said of an event with this guard on its only transition. */
const under = (guard: Guard) =>
  said(
    guarded.createMachine({
      id: "m",
      context: { secret: hidden, n: 2 },
      initial: "a",
      on: { go: { guard, target: ".b" } },
      states: { a: {}, b: {} },
    }),
    "go",
  );
const blames = (...blame: Blame): Explanation => ({ verdict: "refused", code: "guard", blame, all: [blame] });

test("[explain] a type that is not known is refused as `command`, whatever wildcards would take it", () => {
  const machine = createMachine({ on: { "*": { actions: () => undefined } } });
  expect(said(machine, "x", () => false)).toEqual({ verdict: "refused", code: "command" });
  expect(said(machine, "x", () => true)).toEqual({ verdict: "allowed" });
  expect(said(createMachine({ on: { y: { actions: () => undefined } } }), "x")).toEqual({ verdict: "refused", code: "command" });
});

test("[explain] after the end everything is refused as `done`", () => {
  expect(said(createMachine({ initial: "end", on: { x: ".end" }, states: { end: { type: "final" } } }), "x")).toEqual({
    verdict: "refused",
    code: "done",
  });
});

test("[explain] an event that only other states take is refused as `state`, with those in document order", () => {
  const machine = createMachine({
    id: "m",
    initial: "a",
    states: {
      a: {},
      b: { on: { x: {} } },
      live: { initial: "on", on: { x: "a" }, states: { on: { on: { "x.*": "off" } }, off: { on: { y: "on" } } } },
    },
  });
  expect(said(machine, "x")).toEqual({ verdict: "refused", code: "state", acceptedIn: ["live", "live.on"] });
  expect(said(machine, "x")).toEqual({ verdict: "refused", code: "state", acceptedIn: ["live", "live.on"] }); // now from the cache
  expect(said(machine, "z", () => true)).toEqual({ verdict: "refused", code: "state", acceptedIn: [] });
});

test("[explain] a state that takes an event to do nothing forbids it, and the states around it are not asked", () => {
  const machine = createMachine({ id: "m", initial: "a", on: { x: ".b", y: {} }, states: { a: { on: { x: {} } }, b: {} } });
  expect(said(machine, "x")).toEqual({ verdict: "refused", code: "forbidden", forbiddenBy: "a" });
  expect(said(machine, "y")).toEqual({ verdict: "refused", code: "forbidden", forbiddenBy: "m" });
});

test("[explain] one region that takes the event is enough", () => {
  const states = {
    forbids: { on: { x: {} } },
    refuses: { on: { x: { guard: () => false } } },
    takes: { on: { x: { actions: () => undefined } } },
  };
  expect(said(createMachine({ type: "parallel", states }), "x")).toEqual({ verdict: "allowed" });
});

test("[explain] innermost first: the guard told of is the innermost, all are listed", () => {
  const machine = guarded.createMachine({
    context: { secret: 1, n: 0 },
    initial: "a",
    on: { go: { guard: "nope", target: ".b" } },
    states: {
      a: {
        on: {
          go: [
            { guard: "no", target: "b" },
            { guard: { type: "atLeast", params: { n: 1 } }, target: "b" },
          ],
        },
      },
      b: {},
    },
  });
  const all = [[{ guard: "no" }], [{ guard: "atLeast", params: { n: 1 } }], [{ guard: "nope" }]];
  expect(said(machine, "go")).toEqual({ verdict: "refused", code: "guard", blame: [{ guard: "no" }], all });
});

test("[explain] the event's own transition is told of before an inner wildcard's", () => {
  const machine = guarded.createMachine({
    context: { secret: 1, n: 0 },
    initial: "a",
    on: { "go.on": { guard: "nope", target: ".b" } },
    states: { a: { on: { "*": { guard: "no", target: "b" }, "go.*": { guard: "bothOfTwo", target: "b" } } }, b: {} },
  });
  const all = [[{ guard: "no" }], [{ guard: "no" }], [{ guard: "nope" }]];
  expect(said(machine, "go.on")).toEqual({ verdict: "refused", code: "guard", blame: [{ guard: "nope" }], all });
});

test("[explain] params are told as they were, static or computed", () => {
  expect(under({ type: "atLeast", params: { n: 3 } })).toEqual(blames({ guard: "atLeast", params: { n: 3 } }));
  expect(under({ type: "atLeast", params: ({ context }) => ({ n: context.n + 1 }) })).toEqual(
    blames({ guard: "atLeast", params: { n: 3 } }),
  );
  expect(under({ type: "atLeast", params: { n: 2 } })).toEqual({ verdict: "allowed" });
});

test("[explain] `and` blames the first that says no, `or` all of them, `not` the one that holds", () => {
  expect(under(and(["yes", "no", "nope"]))).toEqual(blames({ guard: "no" }));
  expect(under(or(["no", or(["nope", and(["yes", "no"])])]))).toEqual(blames({ guard: "no" }, { guard: "nope" }, { guard: "no" }));
  expect(under(not("yes"))).toEqual(blames({ guard: "yes", negated: true }));
  expect(under(not(or(["no", "yes"])))).toEqual(blames({ guard: "yes", negated: true }));
  expect(under(not(and(["yes", not("no")])))).toEqual(blames({ guard: "yes", negated: true }, { guard: "no" }));
  expect(under(not(not("no")))).toEqual(blames({ guard: "no" }));
});

test("[explain] a named combination answers for itself where several parts would do, else its one part does", () => {
  expect(under("anyOfTwo")).toEqual(blames({ guard: "anyOfTwo" }));
  expect(under("bothOfTwo")).toEqual(blames({ guard: "no" }));
  expect(under(not(or(["no", not("anyOfTwo")])))).toEqual(blames({ guard: "anyOfTwo" }));
});

test("[explain] a guard that another one implements is blamed by the other's name", () => {
  const machine = guarded.createMachine({ context: { secret: 1, n: 0 }, on: { go: { guard: "yes", actions: () => undefined } } });
  expect(said(machine.provide({ guards: { yes: { type: "atLeast", params: { n: 9 } } } }), "go")).toEqual(
    blames({ guard: "atLeast", params: { n: 9 } }),
  );
});

test("[explain] what has no name is still told apart", () => {
  expect(under(stateIn("b"))).toEqual(blames({ guard: "(stateIn)", params: "b" }));
  expect(under(not(stateIn("#m.a")))).toEqual(blames({ guard: "(stateIn)", params: "#m.a", negated: true }));
  expect(under(() => false)).toEqual(blames({ guard: "(unnamed)" }));
  expect(under(or([]))).toEqual(blames({ guard: "(unnamed)" }));
});

test("[L8] what depends on a hidden value is unknown; what does not is told", () => {
  const secretIs = { type: "secretIs" as const, params: { n: 1 } };
  expect(under(secretIs)).toEqual({ verdict: "unknown" });
  expect(under(not(secretIs))).toEqual({ verdict: "unknown" });
  expect(under(and([secretIs, "yes"]))).toEqual({ verdict: "unknown" });
  expect(under(and([secretIs, "no"]))).toEqual(blames({ guard: "no" }));
  expect(under(or([secretIs, "no"]))).toEqual({ verdict: "unknown" });
  expect(under(or([secretIs, "yes"]))).toEqual({ verdict: "allowed" });
  expect(under({ type: "atLeast", params: ({ context }) => ({ n: reveal(context.secret) }) })).toEqual({ verdict: "unknown" });
  // The hidden one may be what keeps the next from being asked at all.
  expect(under(and([secretIs, "throws"]))).toEqual({ verdict: "unknown" });
});

test("[L13] a guard that throws makes explain throw just that, and only if xstate would have asked it", () => {
  expect(() => under("throws")).toThrow(new RangeError("broken"));
  expect(under(and(["no", "throws"]))).toEqual(blames({ guard: "no" }));
  expect(under(or(["yes", "throws"]))).toEqual({ verdict: "allowed" });
});
