/** N-log: many rooms, each with one client that writes as fast as its commands become ops. What does the log take: NATS with three copies, or SQLite? */
import type { Bench } from "../../load/bench.ts";
import { completeness } from "../../load/completeness.ts";
import { Fleet } from "../../load/fleet.ts";
import type { Outcome } from "../../load/job.ts";
import { Schedule } from "../../load/schedule.ts";
import { percentile } from "../../load/statistics.ts";
import { Pipeline } from "../pipeline.ts";
import { statusText } from "../texts.ts";
import type { Workload } from "../workload.ts";
import { type NodesSpan, nodeProblems, nodesSpan } from "./span.ts";

const rooms = 100;
/** Of each client. */
const openMax = 10;
/** Of each client, when it does not write as fast as it can: then every op is an append of its own, and no room waits for its window. */
const calmPerSecond = 5;
/** After a change of pace, in which queues fill. */
const settleMsMax = 1_000;

export const nodesLog: Workload = {
  name: "N-log",
  title: `${rooms} rooms of one client, which has ${openMax} commands open, or writes ${calmPerSecond}/s; over three nodes, or on one`,
  servers: ["quorate-nats-3", "quorate-nats-1", "quorate"],
  columns: [
    { key: "opsPerSecond", title: `ops/s, ${openMax} open`, digits: 0 },
    { key: "appendsPerSecond", title: "appends/s", digits: 0 },
    { key: "commitsPerSecond", title: "SQLite's commits/s", digits: 0 },
    { key: "p50Ms", title: "ack p50 ms", digits: 1 },
    { key: "p99Ms", title: "p99 ms", digits: 1 },
    { key: "usPerOp", title: "CPU µs per op, all nodes", digits: 1 },
    { key: "natsUsPerOp", title: "NATS", digits: 1 },
    { key: "serverShare", title: "nodes' cores", digits: 2 },
    { key: "natsShare", title: "NATS cores", digits: 2 },
    { key: "generatorShare", title: "load core", digits: 2 },
    { key: "calmOpsPerSecond", title: `ops/s, ${calmPerSecond} each`, digits: 0 },
    { key: "calmP50Ms", title: "ack p50 ms", digits: 1 },
    { key: "calmP99Ms", title: "p99 ms", digits: 1 },
    { key: "calmUsPerOp", title: "CPU µs per op, all nodes", digits: 0 },
    { key: "calmNatsUsPerOp", title: "NATS", digits: 0 },
    { key: "missing", title: "missing", digits: 0 },
  ],
  ratios: [
    { of: "quorate-nats-3", key: "opsPerSecond", title: "ops/s", against: "all" },
    { of: "quorate-nats-3", key: "usPerOp", title: "CPU per op without NATS", against: "all" },
  ],
  limits: { commandsPerSecond: 1_000_000, commandsBurst: 1_000_000 },
  processes: 7,
  run,
};

async function run(bench: Bench): Promise<Outcome> {
  const { job } = bench;
  const fleet = new Fleet(bench, { allRead: true });
  try {
    const many = bench.scaled(rooms);
    await fleet.join(many, many);
    const before = await fleet.ready();
    const stop = closedLoops(fleet);
    await Bun.sleep(job.warmUpSeconds * 1_000);
    stop();
    const calm = await measured(bench, fleet, calmly);
    const most = await measured(bench, fleet, closedLoops);
    const end = await completeness(fleet, before, most.p50Ms);
    const { span } = most;
    return {
      metrics: {
        opsPerSecond: most.opsPerSecond,
        appendsPerSecond: span.toldPerSecond("deltas"),
        commitsPerSecond: span.toldPerSecond("commits"),
        p50Ms: most.p50Ms,
        p99Ms: most.p99Ms,
        usPerOp: most.usPerOp,
        natsUsPerOp: most.natsUsPerOp,
        serverShare: span.serverShare,
        natsShare: job.natsPids.length > 0 ? span.natsCpuMs / 1_000 / span.seconds : Number.NaN,
        generatorShare: span.generatorShare,
        calmOpsPerSecond: calm.opsPerSecond,
        calmP50Ms: calm.p50Ms,
        calmP99Ms: calm.p99Ms,
        calmUsPerOp: calm.usPerOp,
        calmNatsUsPerOp: calm.natsUsPerOp,
        missing: end.missing,
      },
      problems: [...end.problems, ...(await nodeProblems(bench, { oneRoom: false }))],
      notes: end.notes,
      isOverloaded: end.isOverloaded,
      generatorShare: Math.max(calm.span.generatorShare, span.generatorShare),
    };
  } finally {
    fleet.leave();
  }
}

interface Phase {
  readonly span: NodesSpan;
  /** Of all rooms. */
  readonly opsPerSecond: number;
  readonly usPerOp: number;
  readonly natsUsPerOp: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** `write` begins to write, and returns how to stop it. */
async function measured(bench: Bench, fleet: Fleet, write: (fleet: Fleet) => () => void): Promise<Phase> {
  await fleet.observed(); // what was open before
  const stop = write(fleet);
  await Bun.sleep(Math.min(settleMsMax, bench.job.warmUpSeconds * 1_000));
  const span = await nodesSpan(bench, fleet);
  stop();
  await fleet.observed(); // what was open at the end of the span counts, too
  const latencies = fleet.readers.flatMap(({ observer }) => observer.latencies(span.startMs, span.endMs));
  const ops = span.seen.reduce((sum, count) => sum + count, 0);
  return {
    span,
    opsPerSecond: ops / span.seconds,
    usPerOp: (span.serverCpuMs * 1_000) / ops,
    natsUsPerOp: bench.job.natsPids.length > 0 ? (span.natsCpuMs * 1_000) / ops : Number.NaN,
    p50Ms: percentile(latencies, 0.5),
    p99Ms: percentile(latencies, 0.99),
  };
}

/** One in each room. */
function closedLoops({ readers }: Fleet): () => void {
  const loops = readers.map(({ client, observer }) => {
    const send = (i: number) => client.command(performance.now(), statusText(i));
    return new Pipeline({ clients: [client], observer }, Number.POSITIVE_INFINITY, send, openMax);
  });
  return () => {
    for (const loop of loops) loop.stop();
  };
}

function calmly({ clients }: Fleet): () => void {
  const perSecond = clients.length * calmPerSecond;
  const schedule = new Schedule({ perSecond, send: (i, dueMs) => clients[i % clients.length]?.command(dueMs, statusText(i)) });
  return () => void schedule.stop();
}
