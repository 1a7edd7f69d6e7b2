/**
 * A network between simulated clients and a simulated server. Each connection keeps its order, as TCP does; a frame takes as long as chance says.
 * Faults are asked for by the test: a connection is cut, also in the middle of a frame, goes silent one way, is not read from, loses or repeats a frame.
 */

import type { ClientSocket } from "../client/link.ts";
import type { Clock } from "../clock.ts";

/** The server's side of one connection, as Bun's own socket looks to the gateway. */
export interface ServerEnd {
  received(text: string): void;
  ponged(): void;
  drained(): void;
  closed(): void;
}

export interface NetworkOptions {
  readonly clock: Clock;
  /** ms that the next frame is on its way. */
  readonly delayMs: () => number;
  /** A client has reached a server; none is there without an answer. */
  readonly accept: (link: Link) => ServerEnd | undefined;
  /** Every frame, as it leaves its sender. */
  readonly onSent?: (way: "up" | "down", link: Link, text: string) => void;
  /** Every frame of a server, just before its client hears it. */
  readonly onHeard?: (link: Link, text: string) => void;
  /** The server closes the connection. */
  readonly onClosed?: (link: Link, code: number) => void;
  /** What may wait unread; more, and the connection is closed, as Bun does. Default: anything. */
  readonly backlogBytesMax?: number;
}

type Way = "up" | "down";

export class Link {
  readonly number: number;
  readonly socket: ClientSocket;
  readonly #options: NetworkOptions;
  #end: ServerEnd | undefined;
  #state: 0 | 1 | 2 | 3 = 0;
  #serverKnows = false;
  /** When the last frame of each way arrives: none overtakes it. */
  readonly #lastMs = { up: 0, down: 0 };
  /** What the client does not read at the moment. */
  #unread: string[] | undefined;
  #unreadBytes = 0;
  #pingIsUnread = false;
  readonly silent = { up: false, down: false };
  /** What the client says from now on takes so much longer. */
  lateMs = 0;
  /** Deltas that vanish next: a gap in the revs, which no network makes, but a bug may. */
  drop = 0;
  /** Acknowledgements that vanish next: deltas without ops. */
  dropAcks = 0;
  /** Snapshots that vanish next, with all parts that are still to come. */
  dropSnapshots = 0;
  /** Commands of the client that vanish next. */
  dropUp = 0;
  /** What the way down takes; what it does not waits at the server. */
  bytesPerMs = Infinity;
  /** So many frames of the server still come whole; in the next one, the connection is cut. */
  tearAfter = Infinity;
  /** Commands of the client that arrive twice next. */
  repeat = 0;

  constructor(number: number, options: NetworkOptions) {
    this.number = number;
    this.#options = options;
    const link = this;
    this.socket = {
      get readyState() {
        return link.#state;
      },
      send: (text) => link.#send("up", text),
      close: () => link.#close("up", 1000),
      onopen: null,
      onmessage: null,
      onclose: null,
      onerror: null,
    };
    this.#later("up", () => {
      if (this.#state !== 0 || this.silent.up) return;
      this.#end = options.accept(this);
      if (this.#end === undefined) return this.#clientGone(1006);
      this.#later("down", () => {
        if (this.#state !== 0) return;
        this.#state = 1;
        this.socket.onopen?.();
      });
    });
  }

  get isOpen(): boolean {
    return this.#state <= 1 && !this.#serverKnows;
  }

  // --- the server's --------------------------------------------------------------------------------------------------

  /** Bytes taken; 0 if the connection is gone. */
  sendDown(text: string): number {
    if (this.#serverKnows) return 0;
    if (this.#unreadBytes + text.length > (this.#options.backlogBytesMax ?? Infinity)) {
      this.closeDown(1006);
      return 0;
    }
    this.#send("down", text);
    return text.length;
  }

  closeDown(code: number): void {
    if (this.#serverKnows) return;
    this.#options.onClosed?.(this, code);
    this.#close("down", code);
  }

  /** The server knows no more of it. */
  get isOver(): boolean {
    return this.#serverKnows;
  }

  /** A ping of the protocol below: the client's platform answers it, once it comes to it. */
  ping(): void {
    this.#later("down", () => {
      if (this.silent.down || this.#state === 3) return;
      if (this.#unread === undefined) this.#pong();
      else this.#pingIsUnread = true;
    });
  }

  #pong(): void {
    this.#later("up", () => this.silent.up || this.#serverKnows || this.#end?.ponged());
  }

  get bufferedBytes(): number {
    return this.#unreadBytes;
  }

  // --- faults --------------------------------------------------------------------------------------------------------

  /** Both find out, each in its time; what is under way is lost. */
  cut(): void {
    this.silent.up = true;
    this.silent.down = true;
    const { clock, delayMs } = this.#options;
    clock.setTimer(delayMs(), () => this.#serverGone());
    clock.setTimer(delayMs(), () => this.#clientGone(1006));
  }

  /** The server's process is gone: it hears and says nothing more, and the client finds out in its time. */
  serverDied(): void {
    this.#serverKnows = true;
    this.silent.up = true;
    this.silent.down = true;
    this.#options.clock.setTimer(this.#options.delayMs(), () => this.#clientGone(1006));
  }

  /** The client alone finds out; the server hears what was said, and of the end, when it comes. */
  abandon(): void {
    this.#close("up", 1006);
  }

  /** The client reads nothing, until `read`. */
  stall(): void {
    this.#unread ??= [];
  }

  read(): void {
    const unread = this.#unread ?? [];
    this.#unread = undefined;
    this.#unreadBytes = 0;
    for (const text of unread) this.#arrived("down", text);
    if (this.#pingIsUnread) this.#pong();
    this.#pingIsUnread = false;
    if (!this.#serverKnows) this.#end?.drained();
  }

  // --- the way -------------------------------------------------------------------------------------------------------

  #send(way: Way, text: string): void {
    this.#options.onSent?.(way, this, text);
    if (way === "down" && this.drop > 0 && movesOn(text)) {
      this.drop--;
      return;
    }
    if (way === "down" && this.dropAcks > 0 && acknowledges(text)) {
      this.dropAcks--;
      return;
    }
    if (way === "down" && this.dropSnapshots > 0 && text.startsWith('{"type":"snapshot"')) {
      if (isWhole(text)) this.dropSnapshots--;
      return;
    }
    if (way === "up" && this.dropUp > 0 && text.startsWith('{"type":"command"')) {
      this.dropUp--;
      return;
    }
    if (way === "down" && --this.tearAfter < 0) return this.cut();
    const times = way === "up" && this.repeat > 0 && text.includes('"command"') ? 2 : 1;
    if (times === 2) this.repeat--;
    if (way === "down" && this.#unread !== undefined) this.#unreadBytes += text.length;
    else if (way === "down" && this.bytesPerMs < Infinity) return this.#trickle(text);
    for (let i = 0; i < times; i++) this.#later(way, () => this.#arrived(way, text));
  }

  #arrived(way: Way, text: string): void {
    if (this.silent[way]) return;
    if (way === "up") {
      if (!this.#serverKnows) this.#end?.received(text);
    } else if (this.#unread !== undefined) this.#unread.push(text);
    else if (this.#state === 1) {
      this.#options.onHeard?.(this, text);
      this.socket.onmessage?.({ data: text });
    }
  }

  /** Over a narrow way: after what waits already. */
  #trickle(text: string): void {
    const { clock } = this.#options;
    const startMs = Math.max(this.#lastMs.down, clock.monotonic());
    this.#lastMs.down = startMs + text.length / this.bytesPerMs;
    this.#unreadBytes += text.length;
    clock.setTimer(this.#lastMs.down - clock.monotonic(), () => {
      this.#arrived("down", text);
      if (this.#unread !== undefined) return; // it does not read any more
      this.#unreadBytes = Math.max(0, this.#unreadBytes - text.length);
      if (this.#unreadBytes === 0 && !this.#serverKnows) this.#end?.drained();
    });
  }

  /** The closer knows at once; what it sent before still arrives, then the other one hears. */
  #close(way: Way, code: number): void {
    if (way === "up") {
      this.#later("up", () => this.silent.up || this.#serverGone());
      this.#clientGone(code);
    } else {
      this.#later("down", () => this.silent.down || this.#clientGone(code));
      this.#serverGone();
    }
  }

  #serverGone(): void {
    if (this.#serverKnows) return;
    this.#serverKnows = true;
    // Bun tells of a close in a task of its own.
    this.#options.clock.setTimer(0, () => this.#end?.closed());
  }

  #clientGone(code: number): void {
    if (this.#state === 3) return;
    this.#state = 3;
    this.#options.clock.setTimer(0, () => this.socket.onclose?.({ code, reason: "" }));
  }

  #later(way: Way, run: () => void): void {
    const { clock, delayMs } = this.#options;
    const lateMs = way === "up" ? this.lateMs : 0;
    const atMs = Math.max(this.#lastMs[way], clock.monotonic() + delayMs() + lateMs);
    this.#lastMs[way] = atMs;
    clock.setTimer(atMs - clock.monotonic(), run);
  }
}

const movesOn = (text: string): boolean => {
  const revs = /^\{"type":"delta","payload":\{"from":(\d+),"to":(\d+),/.exec(text);
  return revs !== null && revs[1] !== revs[2];
};
const acknowledges = (text: string): boolean => text.startsWith('{"type":"delta"') && text.includes('"acked":') && !movesOn(text);
/** A snapshot, or the last part of one. */
const isWhole = (text: string): boolean => {
  const { part, parts } = (JSON.parse(text) as { payload: { part?: number; parts?: number } }).payload;
  return part === parts;
};
