/** An open loop: what is due is sent when it is due, however slow the server is. A latency counts from the due time, so a server that stalls is not spared what it held up. */

export interface Pace {
  /** Of all writers together. */
  readonly perSecond: number;
  /** Sends number `i`, 0, 1, 2 …, that was due at that time. */
  readonly send: (i: number, dueMs: number) => void;
}

export class Schedule {
  sent = 0;
  readonly #pace: Pace;
  readonly #startMs: number;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isStopped = false;

  constructor(pace: Pace) {
    this.#pace = pace;
    this.#startMs = performance.now();
    this.#run();
  }

  /** Sends nothing more; how many were sent. */
  stop(): number {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    return this.sent;
  }

  #run(): void {
    if (this.#isStopped) return;
    const now = performance.now();
    for (let dueMs = this.#dueMs(); dueMs <= now; dueMs = this.#dueMs()) this.#pace.send(this.sent++, dueMs);
    this.#timer = setTimeout(() => this.#run(), Math.max(1, this.#dueMs() - performance.now()));
  }

  /** To a tenth of a millisecond: it travels as a mark, and every digit is a byte of each op. */
  #dueMs(): number {
    return Math.round((this.#startMs + (this.sent * 1_000) / this.#pace.perSecond) * 10) / 10;
  }
}
