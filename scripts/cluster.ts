/**
 * `bun run cluster [--ports 3000,3001,3002]`: three nodes that serve the same rooms, on three nats-servers, all on this machine and all of it gone at the
 * end. Ctrl-C drains the nodes, then ends NATS. Who dies by itself is told, and the others go on. A composition root. To: cluster/node-process.ts, nats/.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { NodeProcess } from "./cluster/node-process.ts";
import { NatsCluster } from "./nats/nats-cluster.ts";

/** A terminal's Ctrl-C comes twice: from it, and passed on by `bun run`. A second wish comes later, and waits for nobody. */
const secondWishMs = 1_000;
const ports = portsIn(process.argv.slice(2));

const closing: (() => Promise<unknown>)[] = [];
const nodes: NodeProcess[] = [];
let isEnding = false;
let ending: Promise<never> | undefined;
let askedMs = Infinity;
for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.on(signal, () => {
    if (performance.now() - askedMs > secondWishMs) void Promise.all(nodes.map((node) => node.kill()));
    askedMs = Math.min(askedMs, performance.now());
    void end(0);
  });

try {
  const data = await mkdtemp(join(tmpdir(), "quorate-cluster-"));
  closing.push(() => rm(data, { recursive: true, force: true }));
  console.log("Three nats-servers …");
  const starting = NatsCluster.start({ detached: true });
  closing.push(() =>
    starting.then(
      (nats) => nats[Symbol.asyncDispose](),
      () => undefined,
    ),
  ); // which has told, and left nothing
  const nats = await starting;
  for (const [i, server] of nats.servers.entries()) void server.end.then(() => died(`nats ${i + 1}`, "ended", server.lastLines));
  if (!isEnding) await startNodes(nats.addresses, data);
  if (!isEnding) console.log(told(nats));
} catch (error) {
  if (!isEnding) console.error(error instanceof Error ? error.message : error);
  await end(1);
}

/** They share the folder, and with it the key of the resume secrets: who comes back may come to any of them. */
async function startNodes(servers: readonly string[], data: string): Promise<void> {
  const origins = ports.flatMap((port) => ["localhost", "127.0.0.1", "[::1]"].map((host) => `http://${host}:${port}`));
  console.log("three nodes …");
  for (const [i, port] of ports.entries()) {
    const env = {
      QUORATE_NATS: servers.join(","),
      QUORATE_DATA: data,
      QUORATE_PORT: String(port),
      // Any: the one after the port may be another node's.
      QUORATE_ADMIN_PORT: "0",
      QUORATE_ORIGINS: origins.join(","),
      QUORATE_LOG: "text",
    };
    const node = new NodeProcess(env, (line) => console.error(`node ${i + 1} │ ${line}`));
    nodes.push(node);
    void node.end.then((how) => died(`node ${i + 1}`, how, node.lastLines));
  }
  await Promise.all(nodes.map((node) => node.ready));
}

function died(who: string, how: string, lastLines: readonly string[]): void {
  if (isEnding) return;
  console.error(`\n${who} has died (${how}); its last lines:\n${lastLines.map((line) => `  ${line}`).join("\n")}\n`);
}

function told(nats: NatsCluster): string {
  return [
    "",
    "Quorate on three nodes, which serve the same rooms:",
    ...nodes.map(({ url, pid }, i) => `  node ${i + 1}  ${url.padEnd(23)} pid ${pid}`),
    ...nats.servers.map(({ address, pid }, i) => `  nats ${i + 1}  ${address.padEnd(23)} pid ${pid}`),
    ...nodes.map(({ inspector }, i) => `  inspect ${i + 1}  ${inspector}`),
    "",
    "Open one room on two of them, kill one (kill -9 and its pid), and go on. Ctrl-C ends all; then the rooms are gone.",
  ].join("\n");
}

/** Nodes first, drained, while their journal is there. */
function end(status: number): Promise<never> {
  isEnding = true;
  ending ??= (async () => {
    if (nodes.length > 0) console.log("\ndraining …");
    await Promise.all(nodes.map((node) => node.stop()));
    for (const close of closing.toReversed()) await close();
    process.exit(status);
  })();
  return ending;
}

function portsIn(args: readonly string[]): readonly number[] {
  const usage = "usage: bun run cluster [--ports 3000,3001,3002]";
  try {
    const { values } = parseArgs({ args: [...args], options: { ports: { type: "string", default: "3000,3001,3002" } } });
    const given = values.ports.split(",").map(Number);
    if (given.length === 3 && new Set(given).size === 3 && given.every((port) => Number.isInteger(port) && port > 0 && port < 65_536))
      return given;
    console.error(`--ports: three of them, with commas between\n${usage}`);
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n${usage}`);
  }
  process.exit(1);
}
