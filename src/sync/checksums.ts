/** When deltas carry checksums: a share of the process's time, and a pace for each room. From: feed.ts, before it publishes a batch. */
import type { Clock } from "../clock.ts";

/** 1% of one core: after checksums that took 5 ms, no room makes any for 500 ms. */
const restPerCost = 100;

/** What all rooms of a process share. */
export class ChecksumBudget {
  readonly clock: Clock;
  /** Monotonic ms. */
  restsUntilMs = -Infinity;

  constructor(clock: Clock) {
    this.clock = clock;
  }
}

/** One room's. */
export class Checksums {
  readonly #budget: ChecksumBudget;
  readonly #everyMsMin: number;
  #dueMs = -Infinity;

  constructor(budget: ChecksumBudget, everyMsMin: number) {
    this.#budget = budget;
    this.#everyMsMin = everyMsMin;
  }

  /** What `make` gives, or `undefined` if it is too soon. Its time is measured, so all that the checksums cost belongs into it. */
  ifDue<T>(make: () => T): T | undefined {
    const { clock, restsUntilMs } = this.#budget;
    const startMs = clock.monotonic();
    if (startMs < this.#dueMs || startMs < restsUntilMs) return undefined;
    const made = make();
    const endMs = clock.monotonic();
    this.#dueMs = startMs + this.#everyMsMin;
    this.#budget.restsUntilMs = endMs + restPerCost * (endMs - startMs);
    return made;
  }
}
