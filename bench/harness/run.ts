/** One run: a fresh server, a fresh load, and what came of it. A void one is repeated once. */
import type { Given } from "../load/job.ts";
import type { Workload } from "../workloads/workload.ts";
import { startNodes } from "./nodes.ts";
import { type Core, runLoad, startServer } from "./processes.ts";
import { generatorShareMax, type RunRecord, verdictOf } from "./records.ts";
import { install, serverSpec } from "./servers.ts";

export interface RunSettings {
  readonly seconds: number;
  readonly warmUpSeconds: number;
  readonly shrink: number;
}

/** Joins, calm, and all that waits, beside the time that is measured. */
const besideMsMax = 180_000;

export async function run(
  workload: Workload,
  server: string,
  round: number,
  settings: RunSettings,
  given: Given | undefined,
): Promise<RunRecord> {
  const first = await runOnce(workload, server, round, settings, given);
  if (first.verdict !== "void") return first;
  const again = await runOnce(workload, server, round, settings, given);
  return { ...again, notes: [...again.notes, `repeated: the load took more than ${generatorShareMax * 100}% of its core`] };
}

async function runOnce(
  workload: Workload,
  server: string,
  round: number,
  settings: RunSettings,
  given: Given | undefined,
): Promise<RunRecord> {
  const base = { workload: workload.name, server, round };
  try {
    const spec = serverSpec(server, { limits: workload.limits ?? {}, given });
    await install(spec);
    const core: Core = workload.processes === undefined ? "own" : "any";
    await using running = spec.nodes === undefined ? await startServer(spec, core) : await startNodes(spec, spec.nodes);
    const { nodes, natsPids } = running;
    const { seconds, warmUpSeconds, shrink } = settings;
    const job = {
      workload: workload.name,
      server,
      dialect: spec.dialect,
      nodes,
      natsPids,
      given,
      seconds,
      warmUpSeconds,
      shrink,
    };
    const outcome = await runLoad(job, core, besideMsMax + 5 * (seconds + warmUpSeconds) * 1_000);
    const { metrics, problems, notes } = outcome;
    return { ...base, verdict: verdictOf(outcome), metrics, problems, notes };
  } catch (error) {
    return { ...base, verdict: "failed", metrics: {}, problems: [error instanceof Error ? error.message : String(error)], notes: [] };
  }
}
