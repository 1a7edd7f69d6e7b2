/** C: one client alone in a room, as fast as its commands become ops. */
import type { Bench } from "../load/bench.ts";
import { Fleet } from "../load/fleet.ts";
import type { Outcome } from "../load/job.ts";
import { percentile } from "../load/statistics.ts";
import { Pipeline } from "./pipeline.ts";
import { statusText } from "./texts.ts";
import type { Column, Workload } from "./workload.ts";

const columns: readonly Column[] = [
  { key: "opsPerSecond", title: "ops/s", digits: 0 },
  { key: "usPerOp", title: "CPU µs per op", digits: 1 },
  { key: "opsPerFrame", title: "ops per frame", digits: 1 },
  { key: "commitsPer1000Ops", title: "commits per 1,000 ops", digits: 1 },
  { key: "p50Ms", title: "p50 ms", digits: 1 },
  { key: "p99Ms", title: "p99 ms", digits: 1 },
  { key: "serverShare", title: "server core", digits: 2 },
  { key: "generatorShare", title: "load core", digits: 2 },
];

export const oneClient = (name: string, title: string, servers: readonly string[]): Workload => ({
  name,
  title,
  servers,
  columns,
  limits: { commandsPerSecond: 1_000_000, commandsBurst: 1_000_000 },
  run,
});

async function run(bench: Bench): Promise<Outcome> {
  const { job } = bench;
  const fleet = new Fleet(bench);
  try {
    const [client] = await fleet.join(1);
    const pipeline = new Pipeline(fleet, Number.POSITIVE_INFINITY, (i) => client?.command(performance.now(), statusText(i)));
    await Bun.sleep(job.warmUpSeconds * 1_000);
    const statsBefore = await bench.stats();
    const opsBefore = fleet.observer.ops;
    const span = bench.span(fleet.clients);
    await Bun.sleep(job.seconds * 1_000);
    const measured = span.end();
    const ops = fleet.observer.ops - opsBefore;
    const statsAfter = await bench.stats();
    pipeline.stop();
    const missing = await fleet.observed();
    const latencies = fleet.observer.latencies(measured.startMs, measured.endMs);
    const commits = (statsAfter["commits"] ?? Number.NaN) - (statsBefore["commits"] ?? Number.NaN);
    return {
      metrics: {
        opsPerSecond: ops / measured.seconds,
        usPerOp: (measured.serverCpuMs * 1_000) / ops,
        opsPerFrame: ops / measured.opsMessages,
        commitsPer1000Ops: (commits / ops) * 1_000,
        p50Ms: percentile(latencies, 0.5),
        p99Ms: percentile(latencies, 0.99),
        serverShare: measured.serverShare,
        generatorShare: measured.generatorShare,
      },
      problems: [...(missing === 0 ? [] : [`the observer has not seen ${missing} commands`]), ...fleet.troubles()],
      notes: [],
      generatorShare: measured.generatorShare,
    };
  } finally {
    fleet.leave();
  }
}
