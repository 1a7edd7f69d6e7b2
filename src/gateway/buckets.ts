/** Rate limits as token buckets: a burst, then a steady rate. From: gateway/connection.ts, before the expensive work. Pure numbers, no timers. */

export interface Rate {
  /** The burst, and how full the bucket can get, in tokens. At least 1. */
  readonly capacity: number;
  /** Refill, tokens a second. May be below 1. */
  readonly perSecond: number;
}

export class TokenBucket {
  readonly #full: number;
  readonly #perSecond: number;
  #level: number;
  #atMs: number;

  /** Starts full. Throws a RangeError for a rate that could never grant. */
  constructor({ capacity, perSecond }: Rate, nowMs: number) {
    if (!(capacity >= 1 && capacity < Infinity && perSecond > 0 && perSecond < Infinity)) {
      throw new RangeError(`a token bucket needs a capacity of at least 1 and a rate above 0, not ${capacity} and ${perSecond}`);
    }
    this.#full = capacity * token;
    this.#perSecond = perSecond;
    this.#level = this.#full;
    this.#atMs = nowMs;
  }

  /** Takes one token, or says in how many whole ms, and not one less, there will be one. A refusal takes nothing. */
  take(nowMs: number): true | { readonly retryAfterMs: number } {
    const level = this.#levelAt(nowMs);
    if (level < token) return { retryAfterMs: this.#waitAt(nowMs) };
    this.#level = level - token;
    this.#atMs = Math.max(this.#atMs, nowMs);
    return true;
  }

  /** So many more were taken elsewhere. It may owe as much as it can hold. */
  owe(tokens: number, nowMs: number): void {
    this.#level = Math.max(-this.#full, this.#levelAt(nowMs) - tokens * token);
    this.#atMs = Math.max(this.#atMs, nowMs);
  }

  isFull(nowMs: number): boolean {
    return this.#levelAt(nowMs) === this.#full;
  }

  // A clock that goes back refills nothing until it is where it was.
  #levelAt(nowMs: number): number {
    return Math.min(this.#full, this.#level + Math.max(0, nowMs - this.#atMs) * this.#perSecond);
  }

  #waitAt(nowMs: number): number {
    const exactMs = this.#atMs + (token - this.#level) / this.#perSecond - nowMs;
    const waitMs = Math.ceil(exactMs);
    // Rounding can put the division one ms off what `#levelAt` will say; that has the last word.
    if (this.#levelAt(nowMs + waitMs) < token) return waitMs + 1;
    return this.#levelAt(nowMs + waitMs - 1) < token ? waitMs : waitMs - 1;
  }
}

/** Levels are in thousandths of a token: with whole rates and whole ms, a refill is then whole, and nothing rounds. */
const token = 1_000;
