/** Time that passes only when told to. For tests and the simulator; the same `Clock` as everywhere. */
import type { Clock } from "../clock.ts";

interface Timer {
  readonly dueMs: number;
  readonly order: number;
  readonly fire: () => void;
}

export class VirtualClock implements Clock {
  #timers = new Set<Timer>();
  #order = 0;
  #monotonicMs = 0;
  #wallMs: number;

  /** `wallMs`: the wall clock's start, ms since the Unix epoch. */
  constructor(wallMs = 1_700_000_000_000) {
    this.#wallMs = wallMs;
  }

  now(): number {
    return this.#wallMs;
  }

  monotonic(): number {
    return this.#monotonicMs;
  }

  setTimer(ms: number, fire: () => void): () => void {
    const timer = { dueMs: this.#monotonicMs + Math.max(0, ms), order: this.#order++, fire };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** Timers that are armed now. */
  get pending(): number {
    return this.#timers.size;
  }

  /** The wall clock jumps; durations do not notice. */
  jumpWall(ms: number): void {
    this.#wallMs += ms;
  }

  /** The event loop stands still: time passes, and everything that came due meanwhile fires afterwards, at once. */
  freeze(ms: number): void {
    this.#moveTo(this.#monotonicMs + ms);
  }

  /** Fires what comes due, by deadline, also what is armed meanwhile; after each, everything that can run does. */
  async advance(ms: number): Promise<void> {
    const end = this.#monotonicMs + ms;
    for (let next = this.#next(end); next !== undefined; next = this.#next(end)) {
      this.#timers.delete(next);
      this.#moveTo(Math.max(next.dueMs, this.#monotonicMs)); // after a freeze it is late
      next.fire();
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
    this.#moveTo(Math.max(end, this.#monotonicMs));
    await new Promise<void>((resolve) => setImmediate(resolve));
  }

  #moveTo(ms: number): void {
    this.#wallMs += ms - this.#monotonicMs;
    this.#monotonicMs = ms;
  }

  #next(end: number): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.dueMs > end) continue;
      if (next === undefined || timer.dueMs < next.dueMs || (timer.dueMs === next.dueMs && timer.order < next.order)) next = timer;
    }
    return next;
  }
}
