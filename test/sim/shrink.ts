/** A plan that fails, cut down to what it needs to fail by the same law. Delta debugging: whatever can go without the failure going, goes. */

import { lawOf } from "./law.ts";
import type { Plan } from "./plan.ts";
import type { Step } from "./steps.ts";

export interface ShrinkLimits {
  readonly runsMax: number;
  readonly msMax: number;
}

export interface Shrunk {
  readonly plan: Plan;
  readonly violation: string;
  readonly runs: number;
}

/** `fails`: the first violation of a plan's run, if there is one. */
export async function shrink(
  plan: Plan,
  violation: string,
  fails: (plan: Plan) => Promise<string | undefined>,
  { runsMax, msMax }: ShrinkLimits,
): Promise<Shrunk> {
  const law = lawOf(violation);
  const endMs = performance.now() + msMax;
  let best = { plan, violation };
  let runs = 0;
  const isOver = () => runs >= runsMax || performance.now() >= endMs;
  const take = async (candidate: Plan): Promise<boolean> => {
    if (isOver()) return false;
    runs++;
    const found = await fails(candidate);
    if (found === undefined || lawOf(found) !== law) return false;
    best = { plan: candidate, violation: found };
    return true;
  };
  for (let before = Infinity; sizeOf(best.plan) < before && !isOver(); ) {
    before = sizeOf(best.plan);
    await cutSteps(() => best.plan, take);
    await simplify(() => best.plan, take);
  }
  return { ...best, runs };
}

type Take = (candidate: Plan) => Promise<boolean>;

/** First what comes after, then halves, then quarters … then single steps. */
async function cutSteps(now: () => Plan, take: Take): Promise<void> {
  for (let size = Math.ceil(now().steps.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let end = now().steps.length; end > 0; end -= size) {
      const from = Math.max(0, end - size);
      const { steps } = now();
      const [left, cut, right] = [steps.slice(0, from), steps.slice(from, end), steps.slice(end)];
      if (await take({ ...now(), steps: [...left, ...right] })) continue;
      // It may have been their time that mattered.
      const [next, ...rest] = right;
      const waitMs = cut.reduce((sum, step) => sum + step.waitMs, 0);
      if (next !== undefined && waitMs > 0) await take({ ...now(), steps: [...left, { ...next, waitMs: next.waitMs + waitMs }, ...rest] });
    }
  }
}

/** Fewer people, fewer kinds of faults, no secrets, rounder numbers. */
async function simplify(now: () => Plan, take: Take): Promise<void> {
  for (let people = now().people - 1; people >= 1; people--) {
    const steps = now().steps.filter((step) => !("who" in step) || step.who < people);
    if (!(await take({ ...now(), people, steps }))) break;
  }
  for (const fault of now().faults) await take({ ...now(), faults: now().faults.filter((one) => one !== fault) });
  if (now().secret) await take({ ...now(), secret: false });
  for (let i = now().steps.length - 1; i >= 0; i--) {
    for (const field of ["waitMs", "downMs", "ms"]) {
      const value = (now().steps[i] as unknown as Record<string, unknown>)[field];
      if (typeof value !== "number" || value === 0) continue;
      const less = [0, Number(value.toPrecision(1))].filter((one) => Math.abs(one) < Math.abs(value));
      for (const one of less) if (await take({ ...now(), steps: now().steps.with(i, { ...now().steps[i], [field]: one } as Step) })) break;
    }
  }
}

/** What shrinking makes less of. */
const sizeOf = ({ people, faults, secret, steps }: Plan): number =>
  10_000 * steps.length +
  people +
  faults.length +
  Number(secret) +
  steps.reduce((sum, step) => sum + JSON.stringify(step).replaceAll(/0+\b/g, "").length / 100, 0);

/** One line for each step, with the time since the one before it. */
export function story({ seed, people, secret, faults, steps }: Plan): string {
  const head = `chance ${seed}, ${people} people${secret ? ", secrets" : ""}${faults.length > 0 ? `, may have ${faults.join(", ")}` : ""}`;
  const lines = steps.map(({ waitMs, of: _, do: what, ...step }) => {
    const { who, command, ...rest } = step as { who?: number; command?: { type: string; tag: string } };
    const told = command === undefined ? [] : [command.type, ...fieldsOf({ ...command, type: undefined })];
    return `  +${waitMs} ms ${[...(who === undefined ? [] : [`u${who}`]), what, ...told, ...fieldsOf(rest)].join(" ")}`;
  });
  return [head, ...lines].join("\n");
}

const fieldsOf = (fields: object): string[] =>
  Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${JSON.stringify(value)}`]));
