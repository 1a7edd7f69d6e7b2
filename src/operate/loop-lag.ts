/** How late a timer fires, and with it all else in this process. From: gateway/server.ts, ten times a second. To: /livez and the metrics. */
import type { Clock } from "../clock.ts";

const everyMs = 100;
const maxOverMs = 10_000;

export class LoopLag {
  readonly #clock: Clock;
  readonly #onSample: ((ms: number) => void) | undefined;
  #dueMs = Infinity;
  #lastMs = 0;
  #maxMs = 0;
  #maxBeforeMs = 0;
  #turnMs = Infinity;
  #cancel: (() => void) | undefined;

  constructor(clock: Clock, onSample?: (ms: number) => void) {
    this.#clock = clock;
    this.#onSample = onSample;
  }

  start(): void {
    this.#turnMs = this.#clock.monotonic() + maxOverMs;
    this.#arm();
  }

  /** Of the newest timer; or of one that is overdue, where something else had its turn first. */
  get nowMs(): number {
    return Math.max(this.#lastMs, this.#clock.monotonic() - this.#dueMs);
  }

  /** The most in the last 10 s, and up to 10 s before them. */
  get maxMs(): number {
    return Math.max(this.#maxBeforeMs, this.#maxMs, this.nowMs);
  }

  stop(): void {
    this.#cancel?.();
  }

  #arm(): void {
    this.#dueMs = this.#clock.monotonic() + everyMs;
    this.#cancel = this.#clock.setTimer(everyMs, () => this.#fired());
  }

  #fired(): void {
    const now = this.#clock.monotonic();
    this.#lastMs = Math.max(0, now - this.#dueMs);
    if (now >= this.#turnMs) {
      this.#turnMs = now + maxOverMs;
      this.#maxBeforeMs = this.#maxMs;
      this.#maxMs = 0;
    }
    this.#maxMs = Math.max(this.#maxMs, this.#lastMs);
    this.#arm();
    this.#onSample?.(this.#lastMs);
  }
}
