/** Three nats-servers that are one cluster, so that streams have three copies and a leader that can be lost. From: scripts/cluster.ts, tests. */
import { createServer } from "node:net";
import { jetstreamManager, StorageType } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { type NatsProcessOptions, NatsServer } from "./nats-process.ts";

const readyMsMax = 30_000;
const askEveryMs = 100;

export class NatsCluster {
  readonly servers: readonly NatsServer[];

  private constructor(servers: readonly NatsServer[]) {
    this.servers = servers;
  }

  /** Resolves when streams with three copies can be made. */
  static async start(options: NatsProcessOptions = {}): Promise<NatsCluster> {
    const ports = await freePorts(3);
    const routes = ports.map((port) => `"nats://127.0.0.1:${port}"`).join(", ");
    const started = await Promise.allSettled(
      ports.map((port, i) =>
        NatsServer.start(`server_name: n${i}\ncluster { name: quorate, listen: "127.0.0.1:${port}", routes: [${routes}] }`, options),
      ),
    );
    const cluster = new NatsCluster(started.flatMap((one) => (one.status === "fulfilled" ? [one.value] : [])));
    try {
      for (const one of started) if (one.status === "rejected") throw one.reason;
      await cluster.#ready();
      return cluster;
    } catch (error) {
      await cluster[Symbol.asyncDispose]();
      throw error;
    }
  }

  get addresses(): string[] {
    return this.servers.map(({ address }) => address);
  }

  /** By the name that NATS has for it. */
  named(name: string): NatsServer {
    const server = this.servers[Number(name.slice(1))];
    if (server === undefined) throw new Error(`there is no server ${name}`);
    return server;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of this.servers) await server[Symbol.asyncDispose]();
  }

  /** They have found each other, and a leader. */
  async #ready(): Promise<void> {
    const nc = await connect({ servers: this.addresses });
    const deadlineMs = performance.now() + readyMsMax;
    try {
      for (;;) {
        try {
          const { streams } = await jetstreamManager(nc, { timeout: 2_000 });
          await streams.add({ name: "ready", subjects: ["ready"], storage: StorageType.Memory, num_replicas: 3 });
          await streams.delete("ready");
          return;
        } catch (error) {
          if (performance.now() > deadlineMs) throw error;
          await Bun.sleep(askEveryMs);
        }
      }
    } finally {
      await nc.close();
    }
  }
}

export async function freePorts(count: number): Promise<number[]> {
  const holders = Array.from({ length: count }, () => createServer());
  const ports: number[] = [];
  for (const holder of holders) {
    const listening = Promise.withResolvers<void>();
    holder.listen(0, "127.0.0.1", listening.resolve);
    await listening.promise;
    const address = holder.address();
    if (address !== null && typeof address === "object") ports.push(address.port);
  }
  for (const holder of holders) {
    const closed = Promise.withResolvers<void>();
    holder.close(() => closed.resolve());
    await closed.promise;
  }
  return ports;
}
