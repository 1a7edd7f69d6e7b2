/** A client by hand over TCP. It sees the answer to an upgrade, can stop reading, leaves pings unanswered, and sends what no WebSocket object would; it masks with zeros. */
import { connect, type Socket } from "node:net";
import type { Frame } from "./client.ts";
import { eventually } from "./eventually.ts";

export interface Answer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
}

export class RawClient {
  readonly frames: Frame[] = [];
  /** WebSocket pings that came; none is answered. */
  pings = 0;
  ended = false;
  closeCode: number | undefined;
  /** Stops reading right where this says so, however busy the machine is. */
  pauseAt: ((frame: Frame) => boolean) | undefined;
  #answer: Answer | undefined;
  #unread: Buffer = Buffer.alloc(0);
  readonly #socket: Socket;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", (chunk: Buffer) => {
      this.#unread = this.#unread.length === 0 ? chunk : Buffer.concat([this.#unread, chunk]);
      if (this.#answer === undefined) this.#readAnswer();
      if (this.#answer?.status === 101) while (this.#readFrame());
    });
    socket.on("close", () => {
      this.ended = true;
    });
    socket.on("error", () => {
      this.ended = true; // a reset is one way to be closed
    });
  }

  /** Asks for the upgrade; a header given as `undefined` is left out. */
  static async ask(url: string, headers: Record<string, string | undefined> = {}): Promise<RawClient & { readonly answer: Answer }> {
    const { hostname, port, pathname } = new URL(url);
    const socket = connect(Number(port), hostname);
    const client = new RawClient(socket);
    const all = {
      host: `${hostname}:${port}`,
      upgrade: "websocket",
      connection: "Upgrade",
      "sec-websocket-version": "13",
      "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==",
      ...headers,
    };
    const lines = Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${value}\r\n`]));
    socket.write(`GET ${pathname} HTTP/1.1\r\n${lines.join("")}\r\n`);
    await eventually(() => client.#answer !== undefined, `an answer to the upgrade of ${pathname}`);
    return client as RawClient & { readonly answer: Answer };
  }

  /** Connected, with the hello said; its answer is yet to come. */
  static async hello(url: string, payload: Record<string, unknown>): Promise<RawClient> {
    const client = await RawClient.ask(url);
    client.send({ type: "hello", payload: { protocol: 1, machine: 1, nextSeq: 1, ...payload } });
    return client;
  }

  get answer(): Answer | undefined {
    return this.#answer;
  }

  of(type: string): Frame[] {
    return this.frames.filter((frame) => frame.type === type);
  }

  send(frame: unknown): void {
    const text = Buffer.from(JSON.stringify(frame));
    const length = text.length < 126 ? Buffer.from([0x80 | text.length]) : Buffer.from([0x80 | 126, text.length >> 8, text.length & 0xff]);
    this.#socket.write(Buffer.concat([Buffer.from([0x81]), length, Buffer.alloc(4), text]));
  }

  /** As they are. */
  sendBytes(bytes: readonly number[]): void {
    this.#socket.write(Buffer.from(bytes));
  }

  /** Reads no more: what the server sends stays in the kernel, and then in the server. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Until what it has read satisfies. */
  until(condition: () => boolean, what: string, timeoutMs = 20_000): Promise<void> {
    return eventually(condition, what, timeoutMs);
  }

  /** Without a close frame. */
  drop(): void {
    this.#socket.destroy();
  }

  #readAnswer(): void {
    const end = this.#unread.indexOf("\r\n\r\n");
    if (end < 0) return;
    const [first = "", ...lines] = this.#unread.subarray(0, end).toString("latin1").split("\r\n");
    const headers = lines.map(
      (line) => [line.slice(0, line.indexOf(":")).toLowerCase(), line.slice(line.indexOf(":") + 1).trim()] as const,
    );
    this.#answer = { status: Number(first.split(" ")[1]), headers: new Map(headers) };
    this.#unread = this.#unread.subarray(end + 4);
  }

  /** Servers never mask, and this one never splits a message. */
  #readFrame(): boolean {
    const bytes = this.#unread;
    if (bytes.length < 2) return false;
    const short = (bytes[1] ?? 0) & 0x7f;
    const start = short === 127 ? 10 : short === 126 ? 4 : 2;
    if (bytes.length < start) return false;
    const length = short === 127 ? Number(bytes.readBigUInt64BE(2)) : short === 126 ? bytes.readUInt16BE(2) : short;
    if (bytes.length < start + length) return false;
    const body = bytes.subarray(start, start + length);
    const opcode = (bytes[0] ?? 0) & 0x0f;
    this.#unread = bytes.subarray(start + length);
    if (opcode === 1) {
      const frame = JSON.parse(body.toString()) as Frame;
      this.frames.push(frame);
      if (this.pauseAt?.(frame)) this.pause();
    } else if (opcode === 8) this.closeCode = body.length >= 2 ? body.readUInt16BE(0) : 1005;
    else if (opcode === 9) this.pings++;
    return true;
  }
}
