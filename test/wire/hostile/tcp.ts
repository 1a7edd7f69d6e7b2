/** Bytes over TCP, with nothing in between: requests that no HTTP client would make. */
import { connect, type Socket } from "node:net";
import { eventually } from "../../support/eventually.ts";

export class Tcp {
  readonly #socket: Socket;
  #received = "";
  ended = false;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", (chunk: Buffer) => {
      this.#received += chunk.toString("latin1");
    });
    const end = () => {
      this.ended = true;
    };
    socket.on("end", end).on("close", end).on("error", end); // a reset is one way to be closed
  }

  static async open(port: number): Promise<Tcp> {
    const socket = connect(port, "127.0.0.1");
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    socket.once("connect", resolve).once("error", reject);
    await promise;
    return new Tcp(socket);
  }

  /** Everything that came, one character a byte. */
  get received(): string {
    return this.#received;
  }

  /** Of all answers that came, in order. */
  get statuses(): number[] {
    return [...this.#received.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => Number(status));
  }

  write(bytes: string | readonly number[]): void {
    if (!this.ended) this.#socket.write(typeof bytes === "string" ? Buffer.from(bytes, "latin1") : Buffer.from(bytes));
  }

  /** No more is to come from here; the other direction stays open. */
  half(): void {
    this.#socket.end();
  }

  until(condition: () => boolean, what: string, timeoutMs = 10_000): Promise<void> {
    return eventually(condition, what, timeoutMs);
  }

  drop(): void {
    this.#socket.destroy();
  }
}

/** A correct upgrade, but for the headers that are given; `undefined` leaves one out. */
export function upgradeText(path: string, headers: Readonly<Record<string, string | undefined>> = {}): string {
  const all: Record<string, string | undefined> = {
    host: "127.0.0.1",
    upgrade: "websocket",
    connection: "Upgrade",
    "sec-websocket-version": "13",
    "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==",
    ...headers,
  };
  const lines = Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${value}\r\n`]));
  return `GET ${path} HTTP/1.1\r\n${lines.join("")}\r\n`;
}
