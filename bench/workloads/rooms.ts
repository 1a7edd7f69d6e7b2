/** W: many small rooms at once. No broadcast is big; what counts is what an op costs, and how many share a commit. */
import type { Bench } from "../load/bench.ts";
import { completeness } from "../load/completeness.ts";
import { Fleet } from "../load/fleet.ts";
import type { Outcome } from "../load/job.ts";
import { filesMax } from "../load/process-use.ts";
import { Schedule } from "../load/schedule.ts";
import { percentile } from "../load/statistics.ts";
import { statusText } from "./texts.ts";
import { warmUp, warmUpLimits } from "./warm-up.ts";
import type { Workload } from "./workload.ts";

const rooms = 1_000;
const clientsPerRoom = 10;
const otherFiles = 300;
/** Slower than that is not keeping up. */
const sustainedP99Ms = 1_000;

export const manyRooms: Workload = {
  name: "W",
  title: `${rooms.toLocaleString("en")} rooms of ${clientsPerRoom}, each client writes once a second`,
  servers: ["quorate", "quorate-memory", "bare"],
  columns: [
    { key: "sustained", title: "sustained (1 = yes)", digits: 0 },
    { key: "commandsPerSecond", title: "commands/s sent", digits: 0 },
    { key: "opsPerSecond", title: "ops/s", digits: 0 },
    { key: "usPerOp", title: "CPU µs per op", digits: 1 },
    { key: "framesToEach", title: "frames/s to each", digits: 1 },
    { key: "commitsPer1000Ops", title: "commits per 1,000 ops", digits: 1 },
    { key: "p50Ms", title: "p50 ms", digits: 1 },
    { key: "p99Ms", title: "p99 ms", digits: 1 },
    { key: "serverShare", title: "server core", digits: 2 },
    { key: "generatorShare", title: "load core", digits: 2 },
    { key: "missing", title: "missing", digits: 0 },
  ],
  limits: { ...warmUpLimits, connectionsPerAddressMax: 20_000 },
  run,
};

async function run(bench: Bench): Promise<Outcome> {
  const { job } = bench;
  const fleet = new Fleet(bench);
  try {
    const filesLeft = Math.min(filesMax(process.pid), filesMax(job.nodes[0].pid)) - otherFiles;
    const wanted = bench.scaled(rooms);
    const many = Math.min(wanted, Math.floor(filesLeft / clientsPerRoom));
    await warmUp(bench, fleet);
    await fleet.join(many * clientsPerRoom - fleet.clients.length, many);
    const before = await fleet.ready();
    const { clients } = fleet;
    const schedule = new Schedule({
      perSecond: clients.length,
      send: (i, dueMs) => clients[i % clients.length]?.command(dueMs, statusText(i)),
    });
    await Bun.sleep(job.warmUpSeconds * 1_000);
    const statsBefore = await bench.stats();
    const toldFromMs = performance.now();
    const sentBefore = schedule.sent;
    const span = bench.span(clients);
    await Bun.sleep(job.seconds * 1_000);
    const measured = span.end();
    const commands = schedule.stop() - sentBefore;
    const statsAfter = await bench.stats(); // waits for its turn, on a busy server: so it has a span of its own
    const toldSeconds = (performance.now() - toldFromMs) / 1_000;
    const told = (name: string): number => (statsAfter[name] ?? Number.NaN) - (statsBefore[name] ?? Number.NaN);
    // The floor tells nothing of itself; it has an op in each frame.
    const opsPerSecond = job.server === "bare" ? measured.opsMessages / clientsPerRoom / measured.seconds : told("ops") / toldSeconds;
    // Of room 0: it stands for all, since all are the same.
    const latencies = fleet.observer.latencies(measured.startMs, measured.endMs);
    const p50Ms = percentile(latencies, 0.5);
    const p99Ms = percentile(latencies, 0.99);
    const end = await completeness(fleet, before, p50Ms);
    return {
      metrics: {
        sustained: end.missing === 0 && p99Ms < sustainedP99Ms ? 1 : 0,
        commandsPerSecond: commands / measured.seconds,
        opsPerSecond,
        usPerOp: (measured.serverShare * 1_000_000) / opsPerSecond,
        framesToEach: measured.opsMessages / clients.length / measured.seconds,
        commitsPer1000Ops: (told("commits") / told("ops")) * 1_000,
        p50Ms,
        p99Ms,
        serverShare: measured.serverShare,
        generatorShare: measured.generatorShare,
        missing: end.missing,
      },
      problems: end.problems,
      isOverloaded: end.isOverloaded,
      notes: many < wanted ? [`${many} rooms in place of ${wanted}: no more files may be open`] : [],
      generatorShare: measured.generatorShare,
    };
  } finally {
    fleet.leave();
  }
}
