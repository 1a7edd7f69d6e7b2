/**
 * A network between simulated clients and a simulated server. Each connection keeps its order, as TCP does; a frame takes as long as chance says.
 * Faults are asked for by the test: a connection is cut, goes silent one way, is not read from, loses or repeats a frame.
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
  readonly silent = { up: false, down: false };
  /** What the client says from now on takes so much longer. */
  lateMs = 0;
  /** Deltas that vanish next: a gap in the revs, which no network makes, but a bug may. */
  drop = 0;
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
      if (this.#state !== 0) return;
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
    this.#send("down", text);
    return text.length;
  }

  closeDown(code: number): void {
    if (this.#serverKnows) return;
    this.#close("down", code);
  }

  /** A ping of the protocol below: the client's platform answers it. */
  ping(): void {
    this.#later("down", () => this.#later("up", () => this.#serverKnows || this.#end?.ponged()));
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
    if (!this.#serverKnows) this.#end?.drained();
  }

  // --- the way -------------------------------------------------------------------------------------------------------

  #send(way: Way, text: string): void {
    this.#options.onSent?.(way, this, text);
    if (way === "down" && this.drop > 0 && movesOn(text)) {
      this.drop--;
      return;
    }
    const times = way === "up" && this.repeat > 0 && text.includes('"command"') ? 2 : 1;
    if (times === 2) this.repeat--;
    if (way === "down" && this.#unread !== undefined) this.#unreadBytes += text.length;
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
