/** J: a whole company opens the link within one second. Each join is told to everyone who is there already. */
import type { Bench } from "../load/bench.ts";
import { Fleet } from "../load/fleet.ts";
import type { Outcome } from "../load/job.ts";
import { percentile } from "../load/statistics.ts";
import type { Workload } from "./workload.ts";

const clients = 1_000;
const withinMs = 1_000;
/** In another room, so that the server has run hot. */
const warmUpClients = 200;

export const joins: Workload = {
  name: "J",
  title: `${clients.toLocaleString("en")} clients join one room within ${withinMs / 1_000} s`,
  servers: ["quorate"],
  columns: [
    { key: "frames", title: "frames in all", digits: 0 },
    { key: "framesPerClient", title: "frames per client", digits: 1 },
    { key: "bytesPerClient", title: "bytes per client", digits: 0 },
    { key: "allLiveMs", title: "all have their state after ms", digits: 0 },
    { key: "p50Ms", title: "one's join p50 ms", digits: 0 },
    { key: "p99Ms", title: "p99 ms", digits: 0 },
    { key: "serverCpuMs", title: "server CPU ms", digits: 0 },
    { key: "generatorShare", title: "load core", digits: 2 },
  ],
  takesPeers: true,
  run,
};

async function run(bench: Bench): Promise<Outcome> {
  const fleet = new Fleet(bench);
  try {
    const many = bench.scaled(clients);
    const made = [];
    for (let i = 0; i < many; i++) made.push(await fleet.make(0));
    const warm = [];
    for (let i = 0; i < bench.scaled(warmUpClients); i++) warm.push(await fleet.make(1));
    await Promise.all(warm.map((client) => client.join()));
    for (const client of warm) client.cut();
    await bench.calm();
    const span = bench.span(made);
    const startMs = performance.now();
    const took = await Promise.all(
      made.map(async (client, i) => {
        const dueMs = startMs + (i * withinMs) / many;
        await Bun.sleep(Math.max(0, dueMs - performance.now()));
        await client.join();
        return (client.joinedAtMs ?? Number.NaN) - dueMs;
      }),
    );
    const allLiveMs = performance.now() - startMs;
    await bench.calm(); // the last joins are still being told
    const { messages, bytes, serverCpuMs, generatorShare } = span.end();
    return {
      metrics: {
        frames: messages,
        framesPerClient: messages / many,
        bytesPerClient: bytes / many,
        allLiveMs,
        p50Ms: percentile(took, 0.5),
        p99Ms: percentile(took, 0.99),
        serverCpuMs,
        generatorShare,
      },
      problems: fleet.troubles(),
      notes: [],
      generatorShare,
    };
  } finally {
    fleet.leave();
  }
}
