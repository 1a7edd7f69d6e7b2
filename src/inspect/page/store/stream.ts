/**
 * The stream of messages, which comes back by itself after growing pauses. From: inspector.ts.
 * Messages are handed over once per animation frame, however many come; in a page that nobody sees, once a second.
 */
import type { InspectMessage } from "../../messages.ts";

export type StreamStatus =
  | { readonly is: "connecting" }
  | { readonly is: "open" }
  | { readonly is: "waiting"; readonly attempt: number; readonly pauseMs: number };

export interface StreamHooks {
  onStatus(status: StreamStatus): void;
  /** A new connection, before its first messages. */
  onOpen(): void;
  onMessages(messages: readonly InspectMessage[]): void;
  /** The token is wrong: nothing is tried any more. */
  onRefused(): void;
}

const pauseMsMin = 500;
const pauseMsMax = 30_000;
const hiddenFlushMs = 1_000;
const unauthorized = 4401;

/** Half of it is chance: pages that a restart cut off do not come back together. */
export const pauseMs = (attempt: number, random: number): number =>
  Math.round(Math.min(pauseMsMax, pauseMsMin * 2 ** Math.min(attempt, 16)) * (0.5 + random / 2));

export class Stream {
  readonly #token: string;
  readonly #hooks: StreamHooks;
  #socket: WebSocket | undefined;
  #attempt = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #queue: InspectMessage[] = [];
  #flush: { readonly frame: number; readonly timer: ReturnType<typeof setTimeout> } | undefined;
  #isStopped = false;

  constructor(token: string, hooks: StreamHooks) {
    this.#token = token;
    this.#hooks = hooks;
    this.#connect();
  }

  /** At once, rather than when the pause is over. */
  retry(): void {
    if (this.#retry !== undefined) this.#connect();
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#retry);
    this.#cancelFlush();
    this.#socket?.close();
  }

  #connect(): void {
    clearTimeout(this.#retry);
    this.#retry = undefined;
    this.#hooks.onStatus({ is: "connecting" });
    const socket = new WebSocket(new URL("/api/stream", location.href.replace(/^http/, "ws")));
    this.#socket = socket;
    let isFirst = true;
    socket.onopen = () => socket.send(JSON.stringify({ token: this.#token }));
    socket.onmessage = ({ data }) => {
      if (this.#isStopped) return;
      if (isFirst) {
        isFirst = false;
        this.#attempt = 0;
        this.#hooks.onOpen();
        this.#hooks.onStatus({ is: "open" });
      }
      for (const message of JSON.parse(String(data)) as readonly InspectMessage[]) this.#queue.push(message);
      this.#flushLater();
    };
    socket.onclose = ({ code }) => {
      if (this.#isStopped) return;
      this.#handOver();
      if (code === unauthorized) return this.#hooks.onRefused();
      const pause = pauseMs(this.#attempt++, Math.random());
      this.#hooks.onStatus({ is: "waiting", attempt: this.#attempt, pauseMs: pause });
      this.#retry = setTimeout(() => this.#connect(), pause);
    };
  }

  #flushLater(): void {
    this.#flush ??= {
      frame: requestAnimationFrame(() => this.#handOver()),
      timer: setTimeout(() => this.#handOver(), hiddenFlushMs),
    };
  }

  #handOver(): void {
    this.#cancelFlush();
    const messages = this.#queue;
    this.#queue = [];
    if (messages.length > 0) this.#hooks.onMessages(messages);
  }

  #cancelFlush(): void {
    if (this.#flush === undefined) return;
    cancelAnimationFrame(this.#flush.frame);
    clearTimeout(this.#flush.timer);
    this.#flush = undefined;
  }
}
