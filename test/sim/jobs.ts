/** Many seeds on several processes; what comes out is the same, in the same order, as on one. From: main.ts and the tests. To: child.ts. */
import { availableParallelism } from "node:os";
import type { Runner } from "./child.ts";
import type { Outcome } from "./outcome.ts";

export const cores = availableParallelism();

/** So that none waits for its next one. */
const tasksEach = 2;
/** How far the fastest may be ahead of the slowest: bounds what waits for its turn. */
const aheadMax = 200;

export interface Seeds {
  readonly first: number;
  readonly count: number;
  readonly ops: number;
  readonly nodes?: number | undefined;
}

/** In the order of the seeds. Who has seen enough stops the runners. */
export async function* runSeeds(runners: readonly Runner[], { first, count, ops, nodes }: Seeds): AsyncGenerator<Outcome> {
  const end = first + count;
  const under = new Map<number, Promise<Outcome>>();
  const loads = new Map(runners.map((runner) => [runner, 0]));
  let dealt = first;
  let until = first + aheadMax;
  const deal = (): void => {
    for (const runner of runners) {
      while (dealt < end && dealt < until && (loads.get(runner) ?? 0) < tasksEach) {
        const outcome = runner.run({ seed: dealt, ops, nodes });
        under.set(dealt++, outcome);
        loads.set(runner, (loads.get(runner) ?? 0) + 1);
        const done = () => {
          loads.set(runner, (loads.get(runner) ?? 0) - 1);
          deal();
        };
        outcome.then(done, () => undefined); // a failure is met below, in its turn
      }
    }
  };
  for (let seed = first; seed < end; seed++) {
    until = seed + aheadMax;
    deal();
    const outcome = await under.get(seed);
    under.delete(seed);
    if (outcome !== undefined) yield outcome;
  }
}
