/** Stands between a client and a server, and can hold or cut what goes through. */
import { createServer, type Server, type Socket, connect as tcpConnect } from "node:net";

type Direction = "toServer" | "toClient";

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
  readonly held: Record<Direction, Buffer[]>;
}

export class TcpProxy {
  readonly #target: number;
  readonly #server: Server;
  readonly #pairs = new Set<Pair>();
  readonly #holding = new Set<Direction>();
  #refusing = false;
  #watchers: ((direction: Direction, data: Buffer) => void)[] = [];

  private constructor(target: number) {
    this.#target = target;
    this.#server = createServer((client) => this.#accept(client));
  }

  static async to(port: number): Promise<TcpProxy> {
    const proxy = new TcpProxy(port);
    const { promise, resolve } = Promise.withResolvers<void>();
    proxy.#server.listen(0, "127.0.0.1", resolve);
    await promise;
    return proxy;
  }

  get address(): string {
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("the proxy does not listen");
    return `127.0.0.1:${address.port}`;
  }

  /** Keeps what goes there, until it is released. */
  hold(direction: Direction): void {
    this.#holding.add(direction);
  }

  release(direction: Direction): void {
    this.#holding.delete(direction);
    for (const pair of this.#pairs) {
      const to = direction === "toServer" ? pair.server : pair.client;
      for (const data of pair.held[direction].splice(0)) to.write(data);
    }
  }

  /** Breaks every connection; what is held towards the server still gets there first, if asked for. New ones are refused until `accept`. */
  cut({ deliver = false } = {}): void {
    this.#refusing = true;
    for (const { client, server, held } of this.#pairs) {
      client.destroy();
      if (deliver) server.end(Buffer.concat(held.toServer));
      else server.destroy();
    }
    this.#pairs.clear();
    this.#holding.clear();
  }

  /** Breaks the clients' side alone. What is held towards the server stays on its way, until it is delivered; resolves when the server has had it all. */
  strand(): () => Promise<void> {
    const stranded = [...this.#pairs];
    this.#pairs.clear();
    this.#holding.clear();
    for (const { client, server } of stranded) {
      client.removeAllListeners("close");
      client.destroy();
      server.removeAllListeners("data");
      server.resume();
    }
    return async () => {
      await Promise.all(
        stranded.map(({ server, held }) => {
          const { promise, resolve } = Promise.withResolvers<void>();
          if (server.closed) return undefined; // the server hung up meanwhile
          server.once("close", () => resolve());
          server.end(Buffer.concat(held.toServer));
          return promise;
        }),
      );
    };
  }

  accept(): void {
    this.#refusing = false;
  }

  /** Resolves when data that matches went, or was held, in this direction. */
  seen(direction: Direction, text: string): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#watchers.push((way, data) => {
      if (way === direction && data.includes(text)) resolve();
    });
    return promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.close(() => resolve());
    await promise;
  }

  #accept(client: Socket): void {
    if (this.#refusing) {
      client.destroy();
      return;
    }
    const server = tcpConnect(this.#target, "127.0.0.1");
    const pair: Pair = { client, server, held: { toServer: [], toClient: [] } };
    this.#pairs.add(pair);
    const pass = (direction: Direction, to: Socket) => (data: Buffer) => {
      for (const watch of this.#watchers) watch(direction, data);
      if (this.#holding.has(direction)) pair.held[direction].push(data);
      else to.write(data);
    };
    client.on("data", pass("toServer", server));
    server.on("data", pass("toClient", client));
    // One side's end is the other's; a cut is no error of this process.
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      one.on("error", () => other.destroy());
      one.on("close", () => {
        this.#pairs.delete(pair);
        other.destroy();
      });
    }
  }
}
