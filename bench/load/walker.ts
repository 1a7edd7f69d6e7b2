/**
 * Walks the frames of a server's bytes (RFC 6455, section 5.2) by their headers, however TCP cut or merged them.
 * From: client.ts, with each chunk. A payload is looked at where it lies; only what a chunk's end cuts is copied, up to `keepMax` bytes.
 */

export const opcodes = { text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** A control frame's payload has no more (RFC 6455, section 5.5). */
const controlBytesMax = 125;

export interface MessageSink {
  /**
   * A whole message, its fragments put together. `bytes[start … start + kept)` is its payload, or the beginning of it; `length` is how
   * long it is. The bytes are valid during the call only.
   */
  message(opcode: number, bytes: Uint8Array, start: number, kept: number, length: number): void;
}

export class FrameWalker {
  /** Of a message that comes in pieces, how much of its beginning is kept. */
  keepMax: number;
  readonly #sink: MessageSink;
  readonly #header = new Uint8Array(10);
  #headerBytes = 0;
  #inPayload = false;
  #isFinal = true;
  #opcode = 0;
  /** Of the frame's payload, still to come. */
  #left = 0;
  #message: Carry | undefined;
  #control: Carry | undefined;

  constructor(sink: MessageSink, keepMax: number) {
    this.#sink = sink;
    this.keepMax = keepMax;
  }

  /** Throws at a frame that a server must not send. */
  feed(chunk: Uint8Array): void {
    let at = 0;
    while (at < chunk.length) {
      if (!this.#inPayload) at = this.#readHeader(chunk, at);
      if (this.#inPayload) at = this.#readPayload(chunk, at);
    }
  }

  #readHeader(chunk: Uint8Array, from: number): number {
    let at = from;
    const header = this.#header;
    while (at < chunk.length) {
      header[this.#headerBytes++] = chunk[at++] as number;
      if (this.#headerBytes < 2) continue;
      const second = header[1] as number;
      if ((second & 0x80) !== 0) throw new Error("a server must not mask its frames");
      if (this.#headerBytes < (second < 126 ? 2 : second === 126 ? 4 : 10)) continue;
      const first = header[0] as number;
      if ((first & 0x70) !== 0) throw new Error("a frame of an extension that was not negotiated");
      this.#headerBytes = 0;
      this.#inPayload = true;
      this.#isFinal = (first & 0x80) !== 0;
      this.#opcode = first & 0x0f;
      this.#left = second < 126 ? second : second === 126 ? uint(header, 2, 4) : uint(header, 2, 10);
      if (this.#opcode === 0 && this.#message === undefined) throw new Error("a continuation of nothing");
      break;
    }
    return at;
  }

  #readPayload(chunk: Uint8Array, from: number): number {
    const there = Math.min(this.#left, chunk.length - from);
    const isControl = this.#opcode >= 8;
    const carry = isControl ? this.#control : this.#message;
    if (carry === undefined && this.#isFinal && there === this.#left) {
      this.#inPayload = false;
      this.#sink.message(this.#opcode, chunk, from, there, there);
      return from + there;
    }
    const carried = carry ?? new Carry(this.#opcode, isControl ? controlBytesMax : this.keepMax);
    if (isControl) this.#control = carried;
    else this.#message = carried;
    carried.add(chunk, from, there);
    this.#left -= there;
    if (this.#left > 0) return from + there;
    this.#inPayload = false;
    if (this.#isFinal) {
      if (isControl) this.#control = undefined;
      else this.#message = undefined;
      this.#sink.message(carried.opcode, carried.bytes, 0, carried.kept, carried.length);
    }
    return from + there;
  }
}

/** What has come of a message that a chunk's end, or its server, has cut. */
class Carry {
  readonly opcode: number;
  readonly #max: number;
  bytes: Uint8Array = new Uint8Array(256);
  kept = 0;
  length = 0;

  constructor(opcode: number, max: number) {
    this.opcode = opcode;
    this.#max = max;
  }

  add(chunk: Uint8Array, from: number, count: number): void {
    this.length += count;
    const taken = Math.min(count, this.#max - this.kept);
    if (taken <= 0) return;
    if (this.kept + taken > this.bytes.length) {
      const wider = new Uint8Array(Math.max(this.bytes.length * 2, this.kept + taken));
      wider.set(this.bytes.subarray(0, this.kept));
      this.bytes = wider;
    }
    this.bytes.set(chunk.subarray(from, from + taken), this.kept);
    this.kept += taken;
  }
}

function uint(bytes: Uint8Array, from: number, to: number): number {
  let value = 0;
  for (let i = from; i < to; i++) value = value * 256 + (bytes[i] as number);
  return value;
}
