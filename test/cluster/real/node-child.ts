/**
 * One node, as a process of its own, with the rooms of ledger.ts in NATS. From: node.ts, which gives its settings as one argument of JSON.
 * Beside its rooms it tells, on a port of its own, which rooms it runs, and whether it decides there. A bug is planted before any of the real code is loaded.
 */
import type { RunningRoom } from "../../../src/index.ts";
import type { NodeSettings, NodeStatus } from "./node.ts";
import { plant } from "./plants.ts";

const { servers, prefix, port, statusPort, plants, natsTimeoutMs } = JSON.parse(process.argv[2] ?? "") as NodeSettings;
const arePlanted = plant(plants);
const { createServer, guests, nats } = await import("../../../src/index.ts");
const { ledger } = await import("./ledger.ts");
const { stateText } = await import("../../support/client.ts");

const server = await createServer({
  rooms: [ledger],
  journal: nats({
    servers,
    prefix,
    timeoutMs: natsTimeoutMs,
    // Little, so that trimming happens; the books are read before.
    keepOps: 5_000,
    // The other servers of the cluster it would hear of are not behind its proxies.
    connection: { ignoreClusterUpdates: true },
  }),
  auth: guests({ role: () => "member" }),
  resumeKey: "the-same-for-all-nodes",
  port,
  development: false,
  limits: { commandsBurst: 2_000, commandsPerSecond: 5_000, joinsBurst: 1_000, joinsPerSecond: 100, snapshotEveryOps: 200 },
  onAlarm: (alarm) => {
    const error = "error" in alarm && alarm.error instanceof Error ? ` (${alarm.error.name}: ${alarm.error.message})` : "";
    console.error(`alarm ${JSON.stringify({ ...alarm, error: undefined, message: `${alarm.message}${error}` })}`);
  },
}).listen();
arePlanted();

const status = Bun.serve({
  hostname: "127.0.0.1",
  port: statusPort,
  fetch: () => Response.json({ rooms: [...server.rooms].map(statusOf), stats: server.stats() } satisfies NodeStatus),
});

function statusOf(room: RunningRoom): NodeStatus["rooms"][number] {
  const { name, state, owner, feed, committed } = room;
  const text = committed === undefined ? "" : stateText(committed.domain.snapshot);
  return { name, state, isOwner: owner !== undefined, epoch: feed?.epoch ?? "", rev: committed?.domain.rev ?? -1, text };
}

// Whoever started it is gone.
process.stdin.on("end", () => process.exit(1)).resume();
process.on("SIGTERM", () => void server.stop().then(() => process.exit(0)));
console.log(JSON.stringify({ port: Number(server.url.port), statusPort: status.port }));
