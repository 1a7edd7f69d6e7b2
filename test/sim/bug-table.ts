/** Every planted bug, the law that finds it, and the seeds that it takes. From: bugs.test.ts (from recorded seeds) and main.ts (from the first one). */
import type { Bug } from "./bugs.ts";
import { child } from "./child.ts";
import { runSeeds } from "./jobs.ts";
import { lawOf } from "./law.ts";

export interface Search {
  readonly bugs: readonly Bug[];
  readonly first: (bug: Bug) => number;
  readonly seedsMax: number;
  readonly ops: number;
  /** Bugs at a time, each in its own process. */
  readonly jobs: number;
}

interface Catch {
  readonly seed: number;
  readonly violation: string;
}

/** Tells a line for each bug, in their order; returns how many were not found. */
export async function bugTable({ bugs, jobs, ...search }: Search, tell: (line: string) => void): Promise<number> {
  const lines = bugs.map(() => Promise.withResolvers<boolean>());
  const catches: (Catch | undefined)[] = [];
  const queue = bugs.entries();
  const work = async () => {
    for (const [i, bug] of queue) {
      catches[i] = await find(bug, search);
      lines[i]?.resolve(true);
    }
  };
  const working = Promise.all(Array.from({ length: jobs }, work));
  tell("law   seeds   seed   bug");
  for (const [i, { promise }] of lines.entries()) {
    await Promise.race([promise, working]);
    tell(lineOf(bugs[i] as Bug, catches[i], search));
  }
  await working;
  return catches.filter((one) => one === undefined).length;
}

async function find(bug: Bug, { first, seedsMax, ops }: Omit<Search, "bugs" | "jobs">): Promise<Catch | undefined> {
  const runner = child(bug.name);
  try {
    for await (const { seed, violations } of runSeeds([runner], { first: first(bug), count: seedsMax, ops, nodes: bug.nodes }))
      if (violations[0] !== undefined) return { seed, violation: violations[0] };
    return undefined;
  } finally {
    await runner.stop();
  }
}

function lineOf(bug: Bug, found: Catch | undefined, { first, seedsMax }: Omit<Search, "bugs" | "jobs">): string {
  if (found === undefined) return `✗     >${seedsMax}`.padEnd(21) + bug.name;
  return [lawOf(found.violation).padEnd(6), String(found.seed - first(bug) + 1).padEnd(8), String(found.seed).padEnd(7), bug.name].join("");
}
