/** P: everybody moves a cursor. Nothing of it is an op; what counts is what it costs to tell everyone about everyone. */
import type { Bench } from "../load/bench.ts";
import { overloadedP50Ms } from "../load/completeness.ts";
import { Fleet } from "../load/fleet.ts";
import type { Outcome } from "../load/job.ts";
import { Schedule } from "../load/schedule.ts";
import { percentile } from "../load/statistics.ts";
import type { Workload } from "./workload.ts";

const clients = 500;
const perSecond = 20;
/** What is on its way at the end of the span may arrive. */
const lateMs = 2_000;

export const presence: Workload = {
  name: "P",
  title: `${clients} clients, each moves its cursor ${perSecond} times a second`,
  servers: ["quorate"],
  columns: [
    { key: "cpuUsPerClientSecond", title: "CPU µs per client and s", digits: 0 },
    { key: "bytesPerClientSecond", title: "bytes per client and s", digits: 0 },
    { key: "framesPerClientSecond", title: "frames per client and s", digits: 1 },
    { key: "cursorsPerSecond", title: "cursors/s sent", digits: 0 },
    { key: "toldPerSecond", title: "told to each", digits: 0 },
    { key: "p50Ms", title: "p50 ms", digits: 1 },
    { key: "p99Ms", title: "p99 ms", digits: 1 },
    { key: "serverShare", title: "server core", digits: 2 },
    { key: "generatorShare", title: "load core", digits: 2 },
  ],
  limits: { presencePerSecond: 100, presenceBurst: 100 },
  takesPeers: true,
  run,
};

async function run(bench: Bench): Promise<Outcome> {
  const { job } = bench;
  const fleet = new Fleet(bench);
  try {
    await fleet.join(bench.scaled(clients));
    await bench.calm();
    const before = await bench.stats();
    const many = fleet.clients.length;
    const schedule = new Schedule({
      perSecond: many * perSecond,
      send(i, dueMs) {
        const client = fleet.clients[i % many];
        const cursor = client?.speaker.presence?.(Math.round(dueMs), (i * 7) % 1_080);
        if (cursor !== undefined) client?.send(cursor);
      },
    });
    const canTell = fleet.clients[0]?.speaker.presence !== undefined;
    await Bun.sleep(job.warmUpSeconds * 1_000);
    const sentBefore = schedule.sent;
    const span = bench.span(fleet.clients);
    await Bun.sleep(job.seconds * 1_000);
    const measured = span.end();
    const sent = schedule.stop() - sentBefore;
    const after = await bench.stats();
    const lagging = (after["lagging"] ?? 0) - (before["lagging"] ?? 0);
    await Bun.sleep(lateMs);
    const latencies = fleet.observer.cursorLatencies(measured.startMs, measured.endMs);
    const clientSeconds = many * measured.seconds;
    return {
      metrics: {
        cpuUsPerClientSecond: (measured.serverCpuMs * 1_000) / clientSeconds,
        bytesPerClientSecond: measured.bytes / clientSeconds,
        framesPerClientSecond: measured.messages / clientSeconds,
        cursorsPerSecond: sent / measured.seconds,
        toldPerSecond: latencies.length / measured.seconds,
        p50Ms: percentile(latencies, 0.5),
        p99Ms: percentile(latencies, 0.99),
        serverShare: measured.serverShare,
        generatorShare: measured.generatorShare,
        lagging,
      },
      problems: [...(canTell ? [] : ["this protocol's dialect has no presence"]), ...fleet.troubles()],
      notes: lagging > 0 ? [`${lagging} times a client was left out because it did not keep up`] : [],
      isOverloaded: percentile(latencies, 0.5) > overloadedP50Ms,
      generatorShare: measured.generatorShare,
    };
  } finally {
    fleet.leave();
  }
}
