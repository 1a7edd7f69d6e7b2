/** The simulator on several nodes, some seeds; with CLUSTER=long, more. More still: `bun run sim --nodes 3 --seeds 10000 --ops 200`. */
import { expect, test } from "bun:test";
import { child } from "../../sim/child.ts";
import { complaints } from "../../sim/coverage.ts";
import { cores, runSeeds } from "../../sim/jobs.ts";
import { Totals } from "../../sim/totals.ts";
import { ofNodes } from "./coverage.ts";
import { makeClusterPlan } from "./plan.ts";
import { runCluster } from "./run.ts";

const count = process.env["CLUSTER"] === "long" ? 300 : 20;

test("[L1–L14] seeded runs on two and three nodes, with crashes, pauses, cuts and lost packets, hold all laws", async () => {
  const runners = Array.from({ length: cores }, () => child());
  const totals = new Totals();
  const startedMs = performance.now();
  try {
    for (const nodes of [2, 3])
      for await (const outcome of runSeeds(runners, { first: 1, count, ops: 200, nodes })) {
        expect(outcome.violations, `bun run sim --nodes ${nodes} --seed ${outcome.seed} --ops 200`).toEqual([]);
        totals.add(outcome);
      }
  } finally {
    await Promise.all(runners.map((runner) => runner.stop()));
  }
  console.log(totals.line(performance.now() - startedMs));
  expect(complaints(totals, ofNodes)).toEqual([]);
}, 300_000);

test("one seed is one run on several nodes, to the byte", async () => {
  const [first, second] = [await runCluster(makeClusterPlan(11, 80, 3)), await runCluster(makeClusterPlan(11, 80, 3))];
  expect(second.hash).toBe(first.hash);
  expect(second.frames).toBe(first.frames);
  expect((await runCluster(makeClusterPlan(12, 80, 3))).hash).not.toBe(first.hash);
});
