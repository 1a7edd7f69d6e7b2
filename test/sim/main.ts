/**
 * `bun run sim [--nodes N] [--seeds N] [--ops N] [--seed S] [--jobs N] [--bug NAME]`: many seeds, each with its own faults, on all cores; with `--nodes`, on
 * several nodes that share a log (test/cluster/sim). A violation prints the line that shows it again, then the least that shows it (`--no-shrink`: not that; `--keep`: as a file, too). With a planted bug, it stops at the first seed that
 * finds it. `--plan FILE`: runs a kept one. `--bugs`: how many seeds each planted bug takes.
 */
import { parseArgs } from "node:util";
import { bugTable } from "./bug-table.ts";
import { child, here, type Runner } from "./child.ts";
import { cores, runSeeds } from "./jobs.ts";
import { keep, readKept } from "./kept.ts";
import { lawOf } from "./law.ts";
import type { Outcome } from "./outcome.ts";
import { Totals } from "./totals.ts";

const { values } = parseArgs({
  options: {
    seeds: { type: "string" },
    ops: { type: "string" },
    seed: { type: "string" },
    jobs: { type: "string" },
    nodes: { type: "string" },
    bug: { type: "string" },
    plan: { type: "string" },
    bugs: { type: "boolean" },
    keep: { type: "boolean" },
    shrink: { type: "boolean", default: true },
  },
  allowNegative: true,
});
const first = Number(values.seed ?? 1);
const count = Number(values.seeds ?? (values.seed === undefined ? 300 : 1));
const ops = Number(values.ops ?? 300);
const nodes = values.nodes === undefined ? undefined : Number(values.nodes);
const jobs = Math.min(Number(values.jobs ?? cores), count);
const failuresMax = values.bug === undefined ? 10 : 1;
const shrunkMax = 3;
const shrinkLimits = { runsMax: 5_000, msMax: 60_000 };

let isInterrupted = false;
process.on("SIGINT", () => {
  isInterrupted = true;
});

if (values.bugs) await bugs();
else if (values.plan !== undefined) await replay(values.plan);
else await seeds();

async function seeds(): Promise<void> {
  // One job is this process: for profilers, and for what a run prints.
  const runners = jobs <= 1 ? [await here(values.bug)] : Array.from({ length: jobs }, () => child(values.bug));
  const totals = new Totals();
  const failed: Outcome[] = [];
  const startedMs = performance.now();
  const progress = setInterval(() => tell(`${totals.line(performance.now() - startedMs)} so far, of ${count}`), 1_000);
  for await (const outcome of runSeeds(runners, { first, count, ops, nodes })) {
    totals.add(outcome);
    if (outcome.violations.length > 0) {
      failed.push(outcome);
      tell("");
      console.log(`✗ seed ${outcome.seed}: ${commandOf(outcome.seed)}\n  ${outcome.violations.slice(0, 5).join("\n  ")}`);
    }
    if (isInterrupted || failed.length >= failuresMax) break;
  }
  clearInterval(progress);
  tell("");
  const ms = performance.now() - startedMs;
  const [shrinker, ...others] = runners;
  await Promise.all(others.map((runner) => runner.stop()));
  if (shrinker !== undefined && values.shrink && !isInterrupted) await shrinkAll(failed, shrinker);
  await shrinker?.stop();
  const lacking: string[] = [];
  // With a bug, what it does not come to says nothing.
  if (values.bug === undefined && count > 1) {
    const { complaints, ofOneServer, table } = await import("./coverage.ts");
    const expected = nodes === undefined ? ofOneServer : (await import("../cluster/sim/coverage.ts")).ofNodes;
    console.log(table(totals, expected));
    if (totals.failed === 0) lacking.push(...complaints(totals, expected));
  }
  for (const complaint of lacking) console.log(`✗ ${complaint}`);
  console.log(totals.line(ms));
  process.exit(isInterrupted ? 130 : totals.failed + lacking.length > 0 ? 1 : 0);
}

/** The first of each law. */
async function shrinkAll(failed: readonly Outcome[], runner: Runner): Promise<void> {
  const { planOf } = await import("./runs.ts");
  const { shrink, story } = await import("./shrink.ts");
  const laws = new Map(failed.toReversed().map((outcome) => [lawOf(outcome.violations[0] ?? ""), outcome]));
  for (const { seed, violations } of [...laws.values()].slice(0, shrunkMax)) {
    const run = async (plan: ReturnType<typeof planOf>) => (isInterrupted ? undefined : (await runner.run({ plan })).violations[0]);
    const shrunk = await shrink(planOf(seed, ops, nodes), violations[0] ?? "", run, shrinkLimits);
    console.log(`seed ${seed} in short (${shrunk.runs} runs): ${story(shrunk.plan)}\n  ✗ ${shrunk.violation}`);
    if (values.keep) console.log(`kept: ${keep({ violation: shrunk.violation, bug: values.bug, plan: shrunk.plan })}`);
  }
}

async function replay(file: string): Promise<void> {
  const { plan } = readKept(file);
  const runner = await here(values.bug);
  const { violations } = await runner.run({ plan });
  const { story } = await import("./shrink.ts");
  console.log([story(plan), ...violations.map((violation) => `  ✗ ${violation}`)].join("\n"));
  process.exit(violations.length > 0 ? 1 : 0);
}

async function bugs(): Promise<void> {
  const { bugs: all } = await import("./bugs.ts");
  const startedMs = performance.now();
  const those = all.filter((bug) => (bug.nodes === undefined) === (nodes === undefined));
  const missed = await bugTable({ bugs: those, first: () => 1, seedsMax: 10_000, ops, jobs: Number(values.jobs ?? cores) }, (line) =>
    console.log(line),
  );
  console.log(`${((performance.now() - startedMs) / 1_000).toFixed(1)} s, ${missed} not found`);
  process.exit(missed > 0 ? 1 : 0);
}

function commandOf(seed: number): string {
  return `bun run sim${nodes === undefined ? "" : ` --nodes ${nodes}`} --seed ${seed} --ops ${ops}${values.bug === undefined ? "" : ` --bug ${JSON.stringify(values.bug)}`}`;
}

/** One line that is written over. */
function tell(line: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[2K${line}`);
}
