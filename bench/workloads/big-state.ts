/** B: the same few ops in rooms whose state is ever bigger. It is made big by commands (`invite`): most participants have no socket, so that fan-out costs the same in all. */
import type { Bench } from "../load/bench.ts";
import { completeness } from "../load/completeness.ts";
import { Fleet } from "../load/fleet.ts";
import type { Outcome } from "../load/job.ts";
import { Schedule } from "../load/schedule.ts";
import { measuredFanOut } from "./fan-out.ts";
import { Pipeline } from "./pipeline.ts";
import { statusText } from "./texts.ts";
import type { Workload } from "./workload.ts";

const clients = 20;
const perSecond = 50;
const perCommand = 100;

const bigState = (participants: number): Workload => ({
  name: `B${participants}`,
  title: `a room of ${participants.toLocaleString("en")} participants, ${clients} of them connected, one writes ${perSecond}/s`,
  servers: ["quorate"],
  columns: [
    { key: "cpuUsPerOp", title: "CPU µs per op, for all", digits: 0 },
    { key: "recordCopyUs", title: "the copy of a record, µs", digits: 0 },
    { key: "p50Ms", title: "p50 ms", digits: 1 },
    { key: "p99Ms", title: "p99 ms", digits: 1 },
    { key: "serverShare", title: "server core", digits: 2 },
    { key: "missing", title: "missing", digits: 0 },
  ],
  limits: { commandsPerSecond: 1_000_000, commandsBurst: 1_000_000 },
  run: (bench) => run(bench, participants),
});

export const bigStates: readonly Workload[] = [100, 1_000, 10_000].map(bigState);

async function run(bench: Bench, participants: number): Promise<Outcome> {
  const recordCopyUs = copyUs(bench.scaled(participants));
  const fleet = new Fleet(bench);
  try {
    const [, writer] = await fleet.join(clients);
    const growing = Math.max(0, bench.scaled(participants) - clients);
    const inAll = Math.ceil(growing / perCommand);
    await new Pipeline(fleet, inAll, (i) => writer?.grow(i * perCommand, Math.min(perCommand, growing - i * perCommand))).done();
    const before = await fleet.ready();
    const schedule = new Schedule({ perSecond, send: (i, dueMs) => writer?.command(dueMs, statusText(i)) });
    await Bun.sleep(bench.job.warmUpSeconds * 1_000);
    const metrics = await measuredFanOut(bench, fleet);
    schedule.stop();
    const end = await completeness(fleet, before, metrics.p50Ms);
    return {
      metrics: { ...metrics, cpuUsPerOp: metrics.usPerOp * clients, recordCopyUs, missing: end.missing },
      problems: end.problems,
      notes: end.notes,
      isOverloaded: end.isOverloaded,
      generatorShare: metrics.generatorShare,
    };
  } finally {
    fleet.leave();
  }
}

const copies = 200;

/** What a machine that keeps as many people in a record would pay for each change alone: one copy with one entry changed. In the load's process. */
function copyUs(entries: number): number {
  let record: Readonly<Record<string, object>> = Object.fromEntries(Array.from({ length: entries }, (_, i) => [`user-${i}`, { i }]));
  const copyAll = () => {
    const startMs = performance.now();
    for (let i = 0; i < copies; i++) record = { ...record, [`user-${i % entries}`]: { i } };
    return ((performance.now() - startMs) / copies) * 1_000;
  };
  copyAll(); // for the compilers
  return copyAll();
}
