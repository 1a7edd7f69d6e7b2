/** One run, and what is to be known of it: plain data that travels between processes. From: sim-child.ts, main.ts. */
// First: what it observes has to be loaded after it.
import { takeCounts } from "./observe.ts";
import type { Plan } from "./plan.ts";
import { planOf, runPlan } from "./runs.ts";

/** `nodes`: several, on a log that they share. */
export type Task = { readonly seed: number; readonly ops: number; readonly nodes?: number | undefined } | { readonly plan: Plan };
type Counts = readonly (readonly [name: string, times: number])[];

export interface Outcome {
  readonly seed: number;
  /** Each begins with its law: `L2: …`. */
  readonly violations: readonly string[];
  readonly hash: number;
  readonly ops: number;
  readonly frames: number;
  /** What had an effect. */
  readonly fired: Counts;
  /** Faults that the plan has. */
  readonly dealt: Counts;
  /** Transitions, by observe.ts' `keyOf`. */
  readonly taken: Counts;
}

export async function outcomeOf(task: Task): Promise<Outcome> {
  const plan = "plan" in task ? task.plan : planOf(task.seed, task.ops, task.nodes);
  takeCounts();
  const { fired, ...report } = await runPlan(plan);
  const dealt = new Map<string, number>();
  for (const { of } of plan.steps) if (of !== undefined) dealt.set(of, (dealt.get(of) ?? 0) + 1);
  return { seed: plan.seed, ...report, fired: [...fired], dealt: [...dealt], taken: takeCounts() };
}
