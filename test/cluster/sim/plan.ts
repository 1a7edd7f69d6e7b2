/** What happens in one simulated run on several nodes, as plain data: made of a seed. From: outcome.ts. To: run.ts. */
import { random } from "../../../src/testing/random.ts";
import { type Plan, someSteps } from "../../sim/plan.ts";
import { whole } from "../../sim/steps.ts";
import { faultNames, makers } from "./faults.ts";

/** As test/sim/plan.ts makes one, of other faults. */
export function makeClusterPlan(seed: number, ops: number, nodes: number): Plan {
  const next = random(seed ^ 0x0de5);
  const faults = faultNames.filter(() => next() < 0.3);
  const people = whole(next, 2, 4);
  const isCalm = next() < 0.05;
  const steps = someSteps(next, { seed, ops, people, faults: isCalm ? [] : faults, makers });
  return { seed, nodes, secret: next() < 0.2, people, faults: isCalm ? [] : faults, steps };
}
