/** Runs of one server on a disk, and of several nodes on a log that they share. From: outcome.ts, main.ts. */
import { makeClusterPlan } from "../cluster/sim/plan.ts";
import { runCluster } from "../cluster/sim/run.ts";
import { makePlan, type Plan } from "./plan.ts";
import type { Report } from "./report.ts";
import { run } from "./run.ts";

/** `nodes` as in `Plan`. */
export const planOf = (seed: number, ops: number, nodes: number | undefined): Plan =>
  nodes === undefined ? makePlan(seed, ops) : makeClusterPlan(seed, ops, nodes);

export const runPlan = (plan: Plan): Promise<Report> => (plan.nodes === undefined ? run(plan) : runCluster(plan));
