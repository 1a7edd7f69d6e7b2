/**
 * What is told to a receiver of Stately's WebSocket protocol that runs elsewhere: `bun run server --inspect=ws://host:port`. A frame is one message.
 * From: the recorder, as one of its watchers. After each connection it is told anew who lives; what the receiver missed is not kept.
 */
import type { Clock } from "../clock.ts";
import type { InspectMessage } from "./messages.ts";

/** On `watch` it tells who lives now, parents first, and what was last, before `watch` returns; then what happens. Returns how to end it. */
export interface InspectSource {
  watch(sink: InspectSink): () => void;
}
export interface InspectSink {
  /** All of them; where it throws, none. */
  send(messages: readonly InspectMessage[]): void;
}

export interface OutboundOptions {
  /** `ws://…` or `wss://…`. */
  readonly address: string;
  readonly source: InspectSource;
  readonly clock: Clock;
  /** Numbers in [0, 1). */
  readonly random: () => number;
  /** A sentence, once per outage, however many attempts that takes. */
  readonly onTrouble: (sentence: string) => void;
}

const backoffMinMs = 500;
const backoffMaxMs = 30_000;
const connectMsMax = 10_000;
/** A connection that lasted so long ends the outage before it. */
const settledMs = 5_000;
const bufferBytesMax = 4 << 20;
const drainEveryMs = 100;

/** Throws a `TypeError` if the address is none of a WebSocket. */
export function startOutbound(options: OutboundOptions): { stop(): void } {
  const outbound = new Outbound(options, addressOf(options.address));
  outbound.connect();
  return { stop: () => outbound.stop() };
}

function addressOf(text: string): URL {
  const url = URL.parse(text);
  if (url === null || !["ws:", "wss:"].includes(url.protocol))
    throw new TypeError(`--inspect=${text}: a receiver's address is ws://host:port or wss://host:port`);
  url.hash = ""; // no WebSocket takes one
  return url;
}

class Outbound {
  readonly #options: OutboundOptions;
  readonly #url: URL;
  #socket: WebSocket | undefined;
  #unwatch: (() => void) | undefined;
  /** Of the connect timeout, the next attempt, or the next look at the buffer: never two at once. */
  #cancelTimer: (() => void) | undefined;
  #openedMs: number | undefined;
  #failures = 0;
  #isTold = false;

  constructor(options: OutboundOptions, url: URL) {
    this.#options = options;
    this.#url = url;
  }

  connect(): void {
    const { clock } = this.#options;
    const socket = new WebSocket(this.#url);
    this.#socket = socket;
    this.#setTimer(connectMsMax, () => this.#lose(socket));
    socket.onopen = () => {
      if (socket !== this.#socket) return;
      this.#cancelTimer?.();
      this.#openedMs = clock.monotonic();
      this.#watch(socket);
    };
    socket.onclose = () => this.#lose(socket);
  }

  stop(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    this.#openedMs = undefined;
    this.#cancelTimer?.();
    this.#unwatch?.();
    this.#unwatch = undefined;
    socket?.close();
  }

  #watch(socket: WebSocket): void {
    // Who lives has to go out as a whole, or it would begin again for ever. So it has its own room in the buffer, as big as it is.
    let bytesMax = Infinity;
    let isOver = false;
    const send = (messages: readonly InspectMessage[]) => {
      if (isOver) return;
      // All are encoded before the first goes out.
      const texts = messages.filter(({ type }) => !type.startsWith("quorate.")).map((message) => JSON.stringify(message));
      for (const text of texts) {
        if (isOver) return;
        socket.send(text);
        if (socket.bufferedAmount <= bytesMax) continue;
        isOver = true;
        this.#drain(socket);
      }
    };
    this.#unwatch = this.#options.source.watch({ send });
    bytesMax = socket.bufferedAmount + bufferBytesMax;
  }

  /** The receiver is slow: nothing more until it has what is on its way, and then everything anew. */
  #drain(socket: WebSocket): void {
    this.#unwatch?.();
    this.#unwatch = undefined;
    const look = () => {
      if (socket.bufferedAmount > 0) this.#setTimer(drainEveryMs, look);
      else this.#watch(socket);
    };
    this.#setTimer(drainEveryMs, look);
  }

  #lose(socket: WebSocket): void {
    if (socket !== this.#socket) return;
    const { clock, random, onTrouble } = this.#options;
    const wasOpen = this.#openedMs !== undefined;
    const hadSettled = this.#openedMs !== undefined && clock.monotonic() - this.#openedMs >= settledMs;
    this.stop();
    if (hadSettled) {
      this.#failures = 0;
      this.#isTold = false;
    }
    const cap = Math.min(backoffMaxMs, backoffMinMs * 2 ** Math.min(this.#failures++, 20));
    this.#setTimer(backoffMinMs + random() * (cap - backoffMinMs), () => this.connect());
    if (this.#isTold) return;
    this.#isTold = true;
    // Without what may be secret in an address: a user, a password, a query.
    const { protocol, host, pathname } = this.#url;
    onTrouble(`the receiver ${protocol}//${host}${pathname} ${wasOpen ? "has closed the connection" : "cannot be reached"}; trying again`);
  }

  #setTimer(ms: number, fire: () => void): void {
    this.#cancelTimer = this.#options.clock.setTimer(ms, fire);
  }
}
