/** A WebSocket client on plain TCP that reads when told to: slow, stalled and half-dead readers are made of this. */
import { randomBytes } from "node:crypto";
import { connect, type Socket } from "node:net";
import type { Frame } from "./client.ts";

export class RawSocket {
  readonly frames: Frame[] = [];
  closed = false;
  #buffer = Buffer.alloc(0);
  #upgraded = false;
  readonly #socket: Socket;
  #changed = Promise.withResolvers<void>();

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", (data: Buffer) => this.#receive(data));
    socket.on("close", () => {
      this.closed = true;
      this.#notify();
    });
    // A reset by the server shows as a close.
    socket.on("error", () => this.#notify());
  }

  static async open(url: string): Promise<RawSocket> {
    const { hostname, port, pathname } = new URL(url);
    const raw = new RawSocket(connect(Number(port), hostname));
    const key = randomBytes(16).toString("base64");
    raw.#socket.write(
      `GET ${pathname} HTTP/1.1\r\nHost: ${hostname}:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: ${key}\r\nSec-WebSocket-Version: 13\r\n\r\n`,
    );
    await raw.until(() => raw.#upgraded, "the upgrade");
    return raw;
  }

  send(frame: unknown): void {
    const body = Buffer.from(typeof frame === "string" ? frame : JSON.stringify(frame));
    const mask = randomBytes(4);
    const head =
      body.length < 126 ? Buffer.from([0x81, 0x80 | body.length]) : Buffer.from([0x81, 0xfe, body.length >> 8, body.length & 255]);
    this.#socket.write(Buffer.concat([head, mask, body.map((byte, i) => byte ^ (mask[i % 4] ?? 0))]));
  }

  /** Stops reading: the kernel's buffers fill, then the server's. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  async until(condition: () => boolean, what: string, timeoutMs = 20_000): Promise<void> {
    const timer = setTimeout(() => this.#changed.reject(new Error(`waited ${timeoutMs} ms for ${what}`)), timeoutMs);
    try {
      while (!condition()) await this.#changed.promise;
    } finally {
      clearTimeout(timer);
    }
  }

  #notify(): void {
    const { resolve } = this.#changed;
    this.#changed = Promise.withResolvers<void>();
    resolve();
  }

  #receive(data: Buffer): void {
    this.#buffer = Buffer.concat([this.#buffer, data]);
    if (!this.#upgraded) {
      const end = this.#buffer.indexOf("\r\n\r\n");
      if (end < 0) return;
      if (!this.#buffer.toString("latin1", 0, 12).includes("101")) throw new Error(this.#buffer.toString("latin1", 0, end));
      this.#upgraded = true;
      this.#buffer = this.#buffer.subarray(end + 4);
    }
    while (this.#takeFrame());
    this.#notify();
  }

  /** Server frames are unmasked and whole: this server never fragments. */
  #takeFrame(): boolean {
    const buffer = this.#buffer;
    if (buffer.length < 2) return false;
    const short = (buffer[1] ?? 0) & 0x7f;
    const head = short === 126 ? 4 : short === 127 ? 10 : 2;
    if (buffer.length < head) return false;
    const length = short === 126 ? buffer.readUInt16BE(2) : short === 127 ? Number(buffer.readBigUInt64BE(2)) : short;
    if (buffer.length < head + length) return false;
    if (((buffer[0] ?? 0) & 0x0f) === 1) this.frames.push(JSON.parse(buffer.toString("utf8", head, head + length)) as Frame);
    this.#buffer = buffer.subarray(head + length);
    return true;
  }
}
