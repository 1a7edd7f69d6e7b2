/** Something that says it is a NATS server, and nothing else: its INFO, and a PONG for each PING. */
import { createServer, type Socket } from "node:net";

export class FakeNats {
  readonly address: string;
  readonly #close: () => Promise<void>;

  private constructor(address: string, close: () => Promise<void>) {
    this.address = address;
    this.#close = close;
  }

  static async say(info: Readonly<Record<string, unknown>>): Promise<FakeNats> {
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on("error", () => sockets.delete(socket));
      socket.write(`INFO ${JSON.stringify({ server_id: "fake", headers: true, max_payload: 1_048_576, jetstream: true, ...info })}\r\n`);
      socket.on("data", (data) => {
        for (const _ of data.toString().matchAll(/PING\r\n/g)) socket.write("PONG\r\n");
      });
    });
    const { promise, resolve } = Promise.withResolvers<void>();
    server.listen(0, "127.0.0.1", resolve);
    await promise;
    const address = server.address();
    const port = address === null || typeof address === "string" ? 0 : address.port;
    return new FakeNats(`127.0.0.1:${port}`, async () => {
      const closed = Promise.withResolvers<void>();
      server.close(() => closed.resolve());
      for (const socket of sockets) socket.destroy();
      await closed.promise;
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#close();
  }
}
