/** N-follow: one room that one node decides, with one client on each of two others, or nobody there. What does following cost a node? */
import type { Bench } from "../../load/bench.ts";
import { completeness } from "../../load/completeness.ts";
import { Fleet } from "../../load/fleet.ts";
import type { Outcome } from "../../load/job.ts";
import { Schedule } from "../../load/schedule.ts";
import { statusText } from "../texts.ts";
import type { Workload } from "../workload.ts";
import { latencyColumns, Sends } from "./sends.ts";
import { mean, nodeProblems, nodesSpan } from "./span.ts";
import { warmUpNodes } from "./warm-up.ts";

const perSecond = 400;
const followed = "quorate-nats-3";
/** Nobody comes to the other two nodes. */
const alone = "quorate-nats-3:alone";

export const nodesFollow: Workload = {
  name: "N-follow",
  title: `one room with ${perSecond} ops a second and two clients on its node; one client on each of two others, or nobody (alone)`,
  servers: [followed, alone, "quorate"],
  columns: [
    { key: "ownerUsPerOp", title: "CPU µs per op, owner", digits: 1 },
    { key: "otherUsPerOp", title: "another node", digits: 1 },
    { key: "otherOfOwner", title: "another node ÷ owner", digits: 2 },
    { key: "natsUsPerOp", title: "NATS", digits: 1 },
    { key: "opsPerSecond", title: "ops/s", digits: 0 },
    { key: "framesToEach", title: "frames/s to each", digits: 0 },
    ...latencyColumns,
    { key: "ownerShare", title: "owner core", digits: 3 },
    { key: "otherShare", title: "another node's", digits: 3 },
    { key: "natsShare", title: "NATS core", digits: 3 },
    { key: "generatorShare", title: "load core", digits: 2 },
    { key: "missing", title: "missing", digits: 0 },
  ],
  ratios: [
    { of: followed, key: "ownerUsPerOp", title: "CPU per op at the owner", against: [alone, "quorate"] },
    { of: followed, key: "otherUsPerOp", title: "CPU per op at a follower", against: [alone, "quorate"], againstKey: "ownerUsPerOp" },
    { of: followed, key: "natsUsPerOp", title: "CPU per op in NATS", against: [alone] },
  ],
  limits: { commandsPerSecond: 1_000_000, commandsBurst: 1_000_000 },
  processes: 7,
  run,
};

async function run(bench: Bench): Promise<Outcome> {
  const { job } = bench;
  const fleet = new Fleet(bench, { nodes: job.server === alone ? job.nodes.slice(0, 1) : job.nodes });
  try {
    // After the observers, one for each node, the next is on the first node again.
    await warmUpNodes(bench, fleet, 1);
    const before = await fleet.ready();
    const writer = fleet.clients.at(-1);
    const sends = new Sends();
    const schedule = new Schedule({
      perSecond,
      send: (i, dueMs) => {
        if (writer !== undefined) sends.send(writer, dueMs, statusText(i));
      },
    });
    await Bun.sleep(job.warmUpSeconds * 1_000);
    const span = await nodesSpan(bench, fleet);
    schedule.stop();
    const latencies = sends.latencies(fleet, span, await fleet.observed());
    const end = await completeness(fleet, before, fleet.nodes.length === 1 ? latencies.ownerP50Ms : latencies.p50Ms);
    const [ops = Number.NaN] = span.seen;
    const [ownerMs = Number.NaN, ...othersMs] = span.nodeCpuMs;
    const otherMs = mean(othersMs);
    const natsMs = job.natsPids.length > 0 ? span.natsCpuMs : Number.NaN;
    const perOp = (ms: number) => (ms * 1_000) / ops;
    const share = (ms: number) => ms / 1_000 / span.seconds;
    return {
      metrics: {
        ownerUsPerOp: perOp(ownerMs),
        otherUsPerOp: perOp(otherMs),
        otherOfOwner: otherMs / ownerMs,
        natsUsPerOp: perOp(natsMs),
        opsPerSecond: ops / span.seconds,
        framesToEach: span.opsMessages / fleet.clients.length / span.seconds,
        ...latencies,
        ownerShare: share(ownerMs),
        otherShare: share(otherMs),
        natsShare: share(natsMs),
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
