/** What happens in one simulated run, as plain data: made of a seed, kept when it fails, cut down to what it needs. */
import { random } from "../../src/testing/random.ts";
import type { ArenaCommand } from "./arena.ts";
import { faultNames, makers } from "./faults.ts";
import { type Fault, type Make, type Step, whole } from "./steps.ts";

export interface Plan {
  readonly seed: number;
  /** Several, on a log that they share (test/cluster/sim). Without it: one server on a disk. */
  readonly nodes?: number;
  readonly secret: boolean;
  readonly people: number;
  /** Which faults this run may have. */
  readonly faults: readonly Fault[];
  readonly steps: readonly Step[];
}

/** About `ops` commands, with faults among them that the seed picks: never all, so that none hides what another would show. */
export function makePlan(seed: number, ops: number): Plan {
  const next = random(seed);
  // Not `upgrade`: it has dice of its own.
  const faults = faultNames.filter((name) => name !== "upgrade" && next() < 0.4);
  const people = whole(next, 2, 4);
  const calm = next() < 0.1; // a run without any
  const steps = someSteps(next, { seed, ops, people, faults: calm ? [] : faults, makers });
  const plan = { seed, secret: next() < 0.3, people, faults: calm ? [] : faults, steps };
  return calm ? plan : upgraded(plan);
}

interface Some {
  readonly seed: number;
  readonly ops: number;
  readonly people: number;
  readonly faults: readonly Fault[];
  readonly makers: Readonly<Partial<Record<Fault, readonly [weight: number, make: Make]>>>;
}

/** Commands with faults among them, each by its weight. */
export function someSteps(next: () => number, { seed, ops, people, faults, makers }: Some): Step[] {
  const chances = faults.flatMap((name) => Array.from({ length: makers[name]?.[0] ?? 0 }, () => name));
  const faultShare = 0.02 + next() * 0.08;
  const steps: Step[] = [];
  let tags = 0;
  const tag = () => `t${seed}.${tags++}`;
  while (tags < ops) {
    const waitMs = next() < 0.6 ? whole(next, 0, 15) : next() < 0.9 ? whole(next, 15, 300) : whole(next, 300, 4_000);
    const who = whole(next, 0, people - 1);
    if (next() < faultShare && chances.length > 0) {
      const name = chances[whole(next, 0, chances.length - 1)] as Fault;
      const [first, ...rest] = makers[name]?.[1]({ next, who, people, tag }) ?? [];
      if (first !== undefined) steps.push({ ...first, of: name, waitMs: Math.max(waitMs, first.waitMs) }, ...rest);
    } else if (next() < 0.05) steps.push({ waitMs, do: "presence", who, x: 100 * who + whole(next, 0, 99) });
    else if (next() < 0.01) steps.push({ waitMs, do: "backUp" });
    else steps.push({ waitMs, do: "send", who, command: someCommand(next, tag()) });
  }
  return steps;
}

/** Somewhere in one run of six: a run has one next release, whatever else it has. Dice of its own, so that all other runs are as they are without it. */
function upgraded(plan: Plan): Plan {
  const { seed, people, faults, steps } = plan;
  const next = random(seed ^ 0x3e1ea5e);
  if (next() > 1 / 6) return plan;
  const [step] = makers.upgrade[1]({ next, who: 0, people, tag: () => `upgrade${seed}` });
  const at = whole(next, 0, steps.length);
  return step === undefined
    ? plan
    : { ...plan, faults: [...faults, "upgrade"], steps: [...steps.slice(0, at), { ...step, of: "upgrade" }, ...steps.slice(at)] };
}

function someCommand(next: () => number, tag: string): ArenaCommand {
  const dice = next();
  if (dice < 0.25) return { type: "add", tag, n: next() < 0.3 ? -whole(next, 1, 9) : whole(next, 1, 9) };
  if (dice < 0.4) return { type: "set", tag, field: next() < 0.5 ? "a" : "b", value: whole(next, 0, 99) };
  if (dice < 0.51) return { type: "take", tag };
  if (dice < 0.61) return { type: "drop", tag };
  if (dice < 0.75) return { type: "item", tag };
  if (dice < 0.8) return { type: "light", tag };
  if (dice < 0.82) return { type: "defuse", tag };
  if (dice < 0.84) return { type: "wind", tag };
  if (dice < 0.88) return { type: "work", tag };
  if (dice < 0.92) return { type: "shout", tag };
  if (dice < 0.97) return { type: "whisper", tag, text: `taint ${tag}` };
  if (dice < 0.985) return { type: "trip", tag };
  return { type: "fail", tag };
}
