import { expect, test } from "bun:test";
import fc from "fast-check";
import { type AnyMachineSnapshot, type AnyStateMachine, type EventObject, getInitialSnapshot, type StateValue, transition } from "xstate";
import { type Explanation, explain } from "../../src/room/explain.ts";
import type { BlamedGuard } from "../../src/room/guards.ts";
import { bitsEvents, logic, maskVotes, nested, type PokerContext, poker, wild } from "./explain-machines.ts";

const bits = fc.record({ type: fc.constantFrom(...bitsEvents), n: fc.nat(255) });
const pokerEvents = fc.record({
  type: fc.constantFrom("start", "vote", "vote", "reveal", "accept"),
  card: fc.constantFrom(1, 2, 3),
  by: fc.record({
    user: fc.constantFrom("ada", "bob", "cy"),
    role: fc.constantFrom("host", "member", "observer"),
    client: fc.constant("c"),
  }),
});

type Explain = typeof explain;
interface Seen {
  steps: number;
  readonly verdicts: Map<string, number>;
}
const outline = (said: Explanation): string => (said.verdict === "refused" ? said.code : said.verdict);
const count = ({ verdicts }: Seen, said: Explanation) => verdicts.set(outline(said), (verdicts.get(outline(said)) ?? 0) + 1);

/** Random walks; what is said before each step is held against what xstate then does. */
function agreement(machine: AnyStateMachine, events: fc.Arbitrary<EventObject>, said: Explain, seen: Seen) {
  const walk = fc.property(fc.array(events, { minLength: 30, maxLength: 60 }), (steps) => {
    let snapshot = getInitialSnapshot(machine) as AnyMachineSnapshot;
    for (const event of steps) {
      const explanation = said(snapshot, event);
      const [next, effects] = transition(machine, snapshot, event);
      const taken = next !== snapshot || effects.length > 0;
      expect([event, explanation.verdict === "allowed"]).toEqual([event, snapshot.can(event)]);
      // The host's rule: what changes nothing and asks for nothing was refused. These machines have no transition that leads nowhere new.
      expect([event, explanation.verdict === "allowed"]).toEqual([event, taken]);
      if (explanation.verdict === "refused" && explanation.code === "guard") checkBlame(snapshot, event, explanation.all.flat());
      seen.steps++;
      count(seen, explanation);
      snapshot = next as AnyMachineSnapshot;
    }
  });
  return fc.check(walk, { numRuns: 150, seed: 1 });
}

/** Whoever is blamed did say what it is blamed for. */
function checkBlame(snapshot: AnyMachineSnapshot, event: EventObject, blamed: readonly BlamedGuard[]) {
  type Predicate = (args: unknown, params?: unknown) => boolean;
  const guards = snapshot.machine.implementations.guards as Record<string, Predicate>;
  const ask = (name: string, params?: unknown) => guards[name]?.({ context: snapshot.context, event }, params);
  for (const { guard, params, negated = false } of blamed) {
    let truth = ask(guard, params);
    if (guard === "both") truth = ask("odd") === true && ask("low") === true;
    if (guard === "either") truth = ask("odd") === true || ask("low") === true;
    if (guard === "(stateIn)")
      truth = snapshot.matches(params === "#logic.main.deep.down" ? { main: { deep: "down" } } : (params as StateValue));
    expect([event, guard, params, truth]).toEqual([event, guard, params, negated]);
  }
}

const newSeen = (): Seen => ({ steps: 0, verdicts: new Map() });

for (const [machine, events, expected] of [
  [nested, bits, ["allowed", "guard", "state", "forbidden"]],
  [wild, bits, ["allowed", "guard", "forbidden"]],
  [logic, bits, ["allowed", "guard", "state"]],
  [poker, pokerEvents, ["allowed", "guard", "state", "forbidden"]],
] as const) {
  test(`[L10] ${machine.id}: an event is allowed exactly when xstate takes it, and whoever is blamed is guilty`, () => {
    const seen = newSeen();
    const found = agreement(machine, events as fc.Arbitrary<EventObject>, explain, seen);
    expect(found.failed, fc.defaultReportMessage(found)).toBe(false);
    expect(seen.steps).toBeGreaterThan(4_000);
    for (const code of expected) expect([code, (seen.verdicts.get(code) ?? 0) > 20]).toEqual([code, true]);
  });
}

for (const [name, wrong] of [
  [
    "ignores guards",
    (snapshot, event, known) => allowIf(explain(snapshot, event, known), (said) => said.verdict === "refused" && said.code === "guard"),
  ],
  [
    "ignores forbidden transitions",
    (snapshot, event, known) => allowIf(explain(snapshot, event, known), (said) => said.verdict === "refused" && said.code === "forbidden"),
  ],
  ["asks the outer states first", (snapshot, event, known) => explain({ ...snapshot, value: {} } as AnyMachineSnapshot, event, known)],
] as const satisfies readonly (readonly [string, Explain])[]) {
  test(`canary: the agreement fails for an explanation that ${name}`, () => {
    expect(agreement(nested, bits, wrong, newSeen()).failed).toBe(true);
  });
}
const allowIf = (said: Explanation, wrongly: (said: Explanation) => boolean): Explanation =>
  wrongly(said) ? { verdict: "allowed" } : said;

/** What a viewer of masked votes is told, beside what the room says. */
function honesty(said: Explain, seen: Seen) {
  const machine: AnyStateMachine = poker;
  const walk = fc.property(fc.array(pokerEvents, { minLength: 20, maxLength: 40 }), (steps) => {
    let snapshot = getInitialSnapshot(machine) as AnyMachineSnapshot;
    for (const event of steps) {
      const masked = poker.resolveState({ value: snapshot.value as StateValue, context: maskVotes(snapshot.context as PokerContext) });
      const told = said(masked, event);
      // Another guard may be to blame, if the first one's answer is hidden; but it is guilty all the same.
      if (told.verdict !== "unknown") expect([event, outline(told)]).toEqual([event, outline(explain(snapshot, event))]);
      if (told.verdict === "refused" && told.code === "guard") checkBlame(snapshot, event, told.all.flat());
      count(seen, told);
      seen.steps++;
      snapshot = transition(machine, snapshot, event)[0] as AnyMachineSnapshot;
    }
  });
  return fc.check(walk, { numRuns: 150, seed: 2 });
}

test("[L8] a viewer from whom values are hidden is told the truth or `unknown`, and blames the guilty", () => {
  const seen = newSeen();
  const found = honesty(explain, seen);
  expect(found.failed, fc.defaultReportMessage(found)).toBe(false);
  for (const verdict of ["allowed", "guard", "unknown"]) expect([verdict, (seen.verdicts.get(verdict) ?? 0) > 20]).toEqual([verdict, true]);
});

test("canary: the honesty fails for an explanation that takes the hidden for yes", () => {
  expect(honesty((...args) => allowIf(explain(...args), (said) => said.verdict === "unknown"), newSeen()).failed).toBe(true);
});
