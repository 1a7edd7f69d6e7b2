/** Three nats-servers that are one cluster, so that streams have three copies and a leader that can be lost. */
import { createServer } from "node:net";
import { NatsServer } from "./nats-server.ts";

export class NatsCluster {
  readonly servers: readonly NatsServer[];

  private constructor(servers: readonly NatsServer[]) {
    this.servers = servers;
  }

  static async start(): Promise<NatsCluster> {
    const ports = await freePorts(3);
    const routes = ports.map((port) => `"nats://127.0.0.1:${port}"`).join(", ");
    const servers = ports.map((port, i) =>
      NatsServer.start(`server_name: n${i}\ncluster { name: quorate, listen: "127.0.0.1:${port}", routes: [${routes}] }`),
    );
    return new NatsCluster(await Promise.all(servers));
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
}

async function freePorts(count: number): Promise<number[]> {
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
