/** F1 to F4: people in one room, some of whom write at a steady pace; everyone gets everything. */
import type { Bench } from "../load/bench.ts";
import { completeness } from "../load/completeness.ts";
import { Fleet } from "../load/fleet.ts";
import type { Outcome } from "../load/job.ts";
import { Schedule } from "../load/schedule.ts";
import { percentile } from "../load/statistics.ts";
import { statusText } from "./texts.ts";
import { warmUp, warmUpLimits, warmUpTogether } from "./warm-up.ts";
import type { Column, Workload } from "./workload.ts";

interface Shape {
  readonly clients: number;
  readonly writers: number;
  /** Of each writer. */
  readonly perSecond: number;
}

const columns: readonly Column[] = [
  { key: "usPerOp", title: "CPU µs/op", digits: 2 },
  { key: "usPerFrame", title: "CPU µs/frame", digits: 2 },
  { key: "opsPerSecond", title: "ops/s", digits: 0 },
  { key: "framesPerSecond", title: "frames/s", digits: 0 },
  { key: "bytesPerOp", title: "bytes/op", digits: 1 },
  { key: "p50Ms", title: "p50 ms", digits: 1 },
  { key: "p99Ms", title: "p99 ms", digits: 1 },
  { key: "serverShare", title: "server core", digits: 2 },
  { key: "generatorShare", title: "load core", digits: 2 },
  { key: "missing", title: "missing", digits: 0 },
];

const controls = ["bare", "bare-commit", "durable-10", "durable-50", "ws"];

const shapes = {
  F1: { clients: 200, writers: 1, perSecond: 50 },
  F2: { clients: 200, writers: 20, perSecond: 20 },
  F3: { clients: 1_000, writers: 1, perSecond: 50 },
  F4: { clients: 1_000, writers: 20, perSecond: 20 },
} satisfies Record<string, Shape>;

export const fanOuts: readonly Workload[] = Object.entries(shapes).map(([name, shape]) => ({
  name,
  title: `${shape.clients.toLocaleString("en")} clients, ${shape.writers} × ${shape.perSecond}/s`,
  servers: ["quorate", ...controls],
  columns,
  ratios: [
    { key: "usPerOp", title: "CPU per op", against: "all" },
    { key: "usPerFrame", title: "CPU per frame", against: ["bare", "bare-commit"] },
  ],
  limits: warmUpLimits,
  isCopied: true,
  takesPeers: true,
  run: (bench) => runFanOut(bench, shape),
}));

export const journalFanOut = (name: string, title: string, servers: readonly string[]): Workload => ({
  name,
  title,
  servers,
  columns,
  limits: warmUpLimits,
  run: (bench) => runFanOut(bench, shapes.F2),
});

async function runFanOut(bench: Bench, shape: Shape): Promise<Outcome> {
  const { job } = bench;
  const fleet = new Fleet(bench);
  try {
    await warmUp(bench, fleet);
    await fleet.join(bench.scaled(shape.clients) - fleet.clients.length);
    const before = await fleet.ready();
    // The floor gets one message for each frame that Quorate sent.
    const copied = job.server.startsWith("bare") ? job.given : undefined;
    const writers = copied === undefined ? Math.min(shape.writers, fleet.clients.length - 1) : 1;
    const settleMs = await warmUpTogether(bench, fleet, writers);
    const schedule = new Schedule({
      perSecond: copied?.framesPerSecond ?? writers * shape.perSecond,
      // The observer does not write.
      send: (i, dueMs) => fleet.clients[1 + (i % writers)]?.command(dueMs, statusText(i)),
    });
    await Bun.sleep(settleMs);
    const metrics = await measuredFanOut(bench, fleet, { schedule, opsPerFrame: copied?.opsPerFrame });
    const end = await completeness(fleet, before, metrics.p50Ms);
    return {
      metrics: { ...metrics, missing: end.missing },
      problems: end.problems,
      notes: end.notes,
      isOverloaded: end.isOverloaded,
      generatorShare: metrics.generatorShare,
    };
  } finally {
    fleet.leave();
  }
}

interface Measuring {
  /** Is stopped at the end of the span, and then everything is waited for: what never comes is late without end. */
  readonly schedule?: Schedule;
  /** What each frame stands for, where it is a copy. */
  readonly opsPerFrame?: number | undefined;
}

/** Sleeps through the span. */
export async function measuredFanOut(
  bench: Bench,
  fleet: Fleet,
  { schedule, opsPerFrame }: Measuring = {},
): Promise<Record<FanOutKey, number>> {
  const { observer, clients } = fleet;
  const seen = () => observer.ops + observer.skipped;
  const before = { ops: seen(), frames: clients[0]?.opsMessages ?? 0 };
  const span = bench.span(clients);
  await Bun.sleep(bench.job.seconds * 1_000);
  const measured = span.end();
  const frames = (clients[0]?.opsMessages ?? 0) - before.frames;
  const perFrame = opsPerFrame ?? (seen() - before.ops) / frames;
  const { seconds, serverCpuMs, opsMessages, opsBytes, serverShare, generatorShare } = measured;
  // Not by frames, where each session batches for itself.
  const delivered = opsPerFrame === undefined ? (seen() - before.ops) * clients.length : opsMessages * perFrame;
  schedule?.stop();
  if (schedule === undefined) await Bun.sleep(Math.min(1_000, bench.job.seconds * 100)); // what was due at the end of the span is still on its way
  const late = schedule === undefined ? 0 : await fleet.observed();
  const latencies = [...observer.latencies(measured.startMs, measured.endMs), ...Array<number>(late).fill(Number.POSITIVE_INFINITY)];
  return {
    usPerOp: (serverCpuMs * 1_000) / delivered,
    usPerFrame: (serverCpuMs * 1_000) / opsMessages,
    opsPerSecond: delivered / seconds,
    framesPerSecond: opsMessages / seconds,
    bytesPerOp: opsBytes / delivered,
    p50Ms: percentile(latencies, 0.5),
    p99Ms: percentile(latencies, 0.99),
    serverShare,
    generatorShare,
    // What the floor copies.
    roomFramesPerSecond: frames / seconds,
    frameBytes: opsBytes / opsMessages,
    opsPerFrame: perFrame,
  };
}
type FanOutKey =
  | "usPerOp"
  | "usPerFrame"
  | "opsPerSecond"
  | "framesPerSecond"
  | "bytesPerOp"
  | "p50Ms"
  | "p99Ms"
  | "serverShare"
  | "generatorShare"
  | "roomFramesPerSecond"
  | "frameBytes"
  | "opsPerFrame";
