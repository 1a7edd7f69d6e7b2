/** N-watch: one room, whose clients are on three nodes. What does a delivery cost where the room is decided, and where it is followed? Beside one node alone. */
import type { Bench } from "../../load/bench.ts";
import { completeness } from "../../load/completeness.ts";
import { Fleet } from "../../load/fleet.ts";
import type { Outcome } from "../../load/job.ts";
import { Schedule } from "../../load/schedule.ts";
import { statusText } from "../texts.ts";
import type { Workload } from "../workload.ts";
import { latencyColumns, Sends } from "./sends.ts";
import { clientsOf, mean, type NodesSpan, nodeProblems, nodesSpan } from "./span.ts";
import { warmUpNodes } from "./warm-up.ts";

const clusterClients = 3_000;
const writers = 20;
const perSecond = 20;
const alone = ["quorate:1000", "quorate:3000"];

export const nodesWatch: Workload = {
  name: "N-watch",
  title: `${clusterClients.toLocaleString("en")} clients of one room on three nodes, ${writers} × ${perSecond}/s; and 1,000 (F4) or 3,000 on one`,
  servers: ["quorate-nats-3", ...alone],
  columns: [
    { key: "usPerOp", title: "CPU µs/op, all nodes", digits: 2 },
    { key: "ownerUsPerOp", title: "owner", digits: 2 },
    { key: "followerUsPerOp", title: "follower", digits: 2 },
    { key: "natsUsPerOp", title: "NATS", digits: 2 },
    { key: "usPerFrame", title: "CPU µs/frame, all nodes", digits: 1 },
    { key: "ownerUsPerFrame", title: "owner", digits: 1 },
    { key: "followerUsPerFrame", title: "follower", digits: 1 },
    { key: "opsPerSecond", title: "ops/s", digits: 0 },
    { key: "framesToEach", title: "frames/s to each", digits: 1 },
    { key: "bytesPerOp", title: "bytes/op", digits: 1 },
    ...latencyColumns,
    { key: "ownerShare", title: "owner core", digits: 2 },
    { key: "followerShare", title: "follower core", digits: 2 },
    { key: "natsShare", title: "NATS core", digits: 2 },
    { key: "generatorShare", title: "load core", digits: 2 },
    { key: "missing", title: "missing", digits: 0 },
  ],
  ratios: [
    { of: "quorate-nats-3", key: "usPerOp", title: "CPU per op, all three nodes", against: alone },
    { of: "quorate-nats-3", key: "ownerUsPerOp", title: "CPU per op at the owner", against: alone, againstKey: "usPerOp" },
    { of: "quorate-nats-3", key: "followerUsPerOp", title: "CPU per op at a follower", against: alone, againstKey: "usPerOp" },
    { of: "quorate-nats-3", key: "ownerUsPerFrame", title: "CPU per frame at the owner", against: alone, againstKey: "usPerFrame" },
    { of: "quorate-nats-3", key: "followerUsPerFrame", title: "CPU per frame at a follower", against: alone, againstKey: "usPerFrame" },
  ],
  limits: { commandsPerSecond: 1_000_000, commandsBurst: 1_000_000 },
  processes: 7,
  run,
};

async function run(bench: Bench): Promise<Outcome> {
  const { job } = bench;
  const fleet = new Fleet(bench);
  try {
    await warmUpNodes(bench, fleet, fleet.nodes.length);
    const clients = Number(job.server.split(":")[1] ?? clusterClients);
    await fleet.join(bench.scaled(clients) - fleet.clients.length);
    const before = await fleet.ready();
    const writing = fleet.clients.slice(fleet.readers.length).slice(0, writers);
    const sends = new Sends();
    const schedule = new Schedule({
      perSecond: writing.length * perSecond,
      send(i, dueMs) {
        const writer = writing[i % writing.length];
        if (writer !== undefined) sends.send(writer, dueMs, statusText(i));
      },
    });
    await Bun.sleep(job.warmUpSeconds * 1_000);
    const span = await nodesSpan(bench, fleet);
    schedule.stop();
    const latencies = sends.latencies(fleet, span, await fleet.observed());
    const costs = costsOf(fleet, span);
    const delivered = costs.reduce((sum, one) => sum + one.delivered, 0);
    const isAlone = fleet.nodes.length === 1;
    const end = await completeness(fleet, before, isAlone ? latencies.ownerP50Ms : latencies.p50Ms);
    const [owner, ...followers] = isAlone ? [] : costs;
    const share = (ms: number) => ms / 1_000 / span.seconds;
    return {
      metrics: {
        usPerOp: (span.serverCpuMs * 1_000) / delivered,
        ownerUsPerOp: owner?.usPerOp ?? Number.NaN,
        followerUsPerOp: mean(followers.map(({ usPerOp }) => usPerOp)),
        usPerFrame: (span.serverCpuMs * 1_000) / span.opsMessages,
        ownerUsPerFrame: owner?.usPerFrame ?? Number.NaN,
        followerUsPerFrame: mean(followers.map(({ usPerFrame }) => usPerFrame)),
        natsUsPerOp: isAlone ? Number.NaN : (span.natsCpuMs * 1_000) / delivered,
        opsPerSecond: delivered / span.seconds,
        framesToEach: span.opsMessages / fleet.clients.length / span.seconds,
        bytesPerOp: span.opsBytes / delivered,
        ...latencies,
        ownerShare: share(span.nodeCpuMs[0] ?? Number.NaN),
        followerShare: share(mean(span.nodeCpuMs.slice(1))),
        natsShare: isAlone ? Number.NaN : share(span.natsCpuMs),
        generatorShare: span.generatorShare,
        missing: end.missing,
      },
      problems: [...end.problems, ...(await nodeProblems(bench, { oneRoom: true }))],
      notes: end.notes,
      isOverloaded: end.isOverloaded,
      generatorShare: span.generatorShare,
    };
  } finally {
    fleet.leave();
  }
}

interface Cost {
  /** Ops, times the clients of that node that got them. */
  readonly delivered: number;
  readonly usPerOp: number;
  readonly usPerFrame: number;
}

/** Of each node; its observer is the reader of the same number. */
function costsOf(fleet: Fleet, { nodeCpuMs, seen, frames }: NodesSpan): Cost[] {
  return fleet.nodes.map((node, i) => {
    const delivered = (seen[i] ?? 0) * clientsOf(fleet, node).length;
    const cpuUs = (nodeCpuMs[i] ?? 0) * 1_000;
    return { delivered, usPerOp: cpuUs / delivered, usPerFrame: cpuUs / (frames[i] ?? 0) };
  });
}
