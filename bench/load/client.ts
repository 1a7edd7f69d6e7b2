/**
 * One client on a raw TCP connection. Once joined it only counts: messages and bytes, by walking frame headers. One that has a
 * reader gets every message decoded as well. It answers WebSocket pings, and says by itself what its protocol wants said.
 */
import type { Socket } from "bun";
import type { Heard, Outgoing, Place, Reading, Speaker } from "./dialect.ts";
import { encodeFrame, encodeMessage, upgradeEnd, upgradeRequest } from "./outgoing.ts";
import { FrameWalker, type MessageSink, opcodes } from "./walker.ts";

/** Of a message that a counting client gets in pieces: enough for its kind, its number, and a short message to answer. */
const headBytesMax = 256;

export class Client implements MessageSink {
  readonly place: Place;
  speaker: Speaker;
  /** Gets everything that this one reads, decoded. */
  reader: ((reading: Reading) => void) | undefined;

  // Since the start; a span is the difference of two readings.
  messages = 0;
  opsMessages = 0;
  opsBytes = 0;
  /** All of them, WebSocket headers too. */
  bytes = 0;

  /** The number that it knows to have reached. */
  reached = 0;
  /** With a mark, which comes back. */
  commands = 0;
  /** Without. */
  growths = 0;
  trouble: string | undefined;
  isClosed = false;
  joinedAtMs: number | undefined;

  #socket: Socket<Client> | undefined;
  #phase: "upgrading" | "joining" | "joined" = "upgrading";
  #answer: Uint8Array = new Uint8Array(0);
  #walker = new FrameWalker(this, Number.POSITIVE_INFINITY);
  #unsent: Uint8Array[] = [];
  #joining = Promise.withResolvers<void>();
  #isReportDue = false;
  #follows = false;
  #reportedBytes = 0;

  constructor(place: Place, speaker: Speaker) {
    this.place = place;
    this.speaker = speaker;
  }

  /** Resolves once it has the room's state. */
  async join(): Promise<void> {
    await Bun.connect<Client>({ hostname: "127.0.0.1", port: this.place.port, data: this, socket: handlers });
    return this.#joining.promise;
  }

  get isJoined(): boolean {
    return this.#phase === "joined";
  }

  /** The connection is cut without a word. */
  cut(): void {
    this.isClosed = true;
    this.#socket?.terminate();
  }

  /** Comes back over a new connection, with what it has. */
  comeBack(): Promise<void> {
    const speaker = this.speaker.resumed?.(this.reached);
    if (speaker === undefined) throw new Error("this protocol cannot resume");
    this.speaker = speaker;
    this.#phase = "upgrading";
    this.#walker = new FrameWalker(this, Number.POSITIVE_INFINITY);
    this.#unsent = [];
    this.#joining = Promise.withResolvers<void>();
    this.isClosed = false;
    this.joinedAtMs = undefined;
    return this.join();
  }

  stopReading(): void {
    this.#socket?.pause();
  }

  readAgain(): void {
    this.#socket?.resume();
  }

  send(payload: Outgoing): void {
    this.#write(encodeMessage(payload));
  }

  command(mark: number, text: string): void {
    this.commands++;
    this.send(this.speaker.command(this.commands + this.growths, mark, text));
  }

  /** Makes the room's state big; throws where the protocol cannot. */
  grow(from: number, count: number): void {
    const message = this.speaker.grow?.(this.commands + this.growths + 1, from, count);
    if (message === undefined) throw new Error("this protocol's dialect cannot make a state big");
    this.growths++;
    this.send(message);
  }

  /** It says what it has reached with the next ops, or at once where that is not asked. */
  remind(): void {
    const { keepAlive } = this.speaker;
    if (keepAlive === undefined || this.isClosed || this.#phase !== "joined") return;
    if (keepAlive.tellsReached) this.#isReportDue = true;
    else this.send(keepAlive.message(this.reached));
  }

  // --- from the socket -------------------------------------------------------------------------------------------------

  opened(socket: Socket<Client>): void {
    this.#socket = socket;
    socket.setNoDelay(true);
    this.#write(upgradeRequest(this.place.port, this.speaker.path, this.speaker.headers));
  }

  received(socket: Socket<Client>, chunk: Uint8Array): void {
    if (socket !== this.#socket) return; // one that was cut
    this.bytes += chunk.length;
    try {
      if (this.#phase === "upgrading") this.#upgrade(chunk);
      else this.#walker.feed(chunk);
    } catch (error) {
      this.fail(error instanceof Error ? error : new Error(String(error)));
    }
  }

  drained(): void {
    const waiting = this.#unsent;
    this.#unsent = [];
    for (const bytes of waiting) this.#write(bytes);
  }

  closed(socket: Socket<Client>): void {
    if (socket === this.#socket && !this.isClosed) this.fail(new Error("the server closed the connection"));
  }

  fail(error: Error): void {
    this.isClosed = true;
    this.trouble ??= error.message;
    this.#joining.reject(error);
    this.#socket?.terminate();
  }

  message(opcode: number, bytes: Uint8Array, start: number, kept: number, length: number): void {
    if (opcode >= opcodes.close) return this.#control(opcode, bytes.subarray(start, start + kept));
    this.messages++;
    if (this.#phase === "joining") {
      const payload = bytes.subarray(start, start + kept);
      this.reader?.(this.speaker.read(payload));
      return this.#heard(this.speaker.hear(payload));
    }
    const kind = this.speaker.kind(bytes, start, kept);
    if (kind === "ops") {
      this.opsMessages++;
      this.opsBytes += length;
      if (this.reader === undefined) this.#report(bytes, start, kept);
    } else if (kind === "answer") this.#heard(this.speaker.hear(bytes.subarray(start, start + kept)));
    if (this.reader !== undefined) this.#read(this.reader, kind === "ops", bytes.subarray(start, start + kept));
  }

  #read(reader: (reading: Reading) => void, isOps: boolean, payload: Uint8Array): void {
    const reading = this.speaker.read(payload);
    if (reading.snapshot !== undefined) this.reached = reading.snapshot;
    reader(reading);
    if (isOps) this.#report(payload, 0, payload.length);
  }

  /** The number that ops lead to is read only when it is wanted: once a second, and after so many bytes. */
  #report(bytes: Uint8Array, start: number, kept: number): void {
    const { keepAlive } = this.speaker;
    if (this.#follows) this.reached = this.speaker.reached(bytes, start, kept) ?? this.reached;
    const isDue = this.#isReportDue || this.bytes - this.#reportedBytes >= (keepAlive?.everyBytes ?? Number.POSITIVE_INFINITY);
    if (!isDue && this.reader === undefined) return;
    this.reached = this.speaker.reached(bytes, start, kept) ?? this.reached;
    if (!isDue) return;
    this.#isReportDue = false;
    this.#reportedBytes = this.bytes;
    if (keepAlive?.tellsReached) this.send(keepAlive.message(this.reached));
  }

  /** From now on the number of all ops is looked at: to find out whether everyone is level. */
  follow(isOn: boolean): void {
    this.#follows = isOn;
  }

  #control(opcode: number, payload: Uint8Array): void {
    if (opcode === opcodes.ping) this.#write(encodeFrame(opcodes.pong, payload));
    else if (opcode === opcodes.close) {
      const code = payload.length >= 2 ? ((payload[0] as number) << 8) | (payload[1] as number) : 1005;
      if (!this.isClosed) this.fail(new Error(`the server closed with ${code}`));
    }
  }

  #heard({ send = [], joined = false, reached, trouble }: Heard): void {
    for (const payload of send) this.send(payload);
    if (reached !== undefined) this.reached = reached;
    if (trouble !== undefined) this.trouble ??= trouble;
    if (!joined || this.#phase === "joined") return;
    this.#phase = "joined";
    this.joinedAtMs = performance.now();
    if (this.reader === undefined) this.#walker.keepMax = headBytesMax;
    this.#joining.resolve();
  }

  #upgrade(chunk: Uint8Array): void {
    const answer = new Uint8Array(this.#answer.length + chunk.length);
    answer.set(this.#answer);
    answer.set(chunk, this.#answer.length);
    this.#answer = answer;
    const end = upgradeEnd(answer);
    if (end < 0) return;
    this.#answer = new Uint8Array(0);
    this.#phase = "joining";
    for (const payload of this.speaker.opening()) this.send(payload);
    this.#walker.feed(answer.subarray(end));
  }

  #write(bytes: Uint8Array): void {
    if (this.#unsent.length > 0) {
      this.#unsent.push(bytes);
      return;
    }
    const written = this.#socket?.write(bytes) ?? 0;
    if (written < bytes.length && !this.isClosed) this.#unsent.push(bytes.subarray(Math.max(0, written)));
  }
}

const handlers = {
  open: (socket: Socket<Client>) => socket.data.opened(socket),
  data: (socket: Socket<Client>, chunk: Uint8Array) => socket.data.received(socket, chunk),
  drain: (socket: Socket<Client>) => socket.data.drained(),
  close: (socket: Socket<Client>) => socket.data.closed(socket),
  error: (socket: Socket<Client>, error: Error) => socket.data.fail(error),
  connectError: (socket: Socket<Client>, error: Error) => socket.data.fail(error),
};
