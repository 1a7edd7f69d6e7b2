/** The clock of one process in a simulation: it dies with the process, its timers with it, and its wall clock may be wrong. */
import type { Clock } from "../clock.ts";

export class LifeClock implements Clock {
  readonly #world: Clock;
  readonly #timers = new Set<() => void>();
  #isDead = false;
  /** How far its wall clock is ahead of the world's, ms. */
  skewMs: number;

  constructor(world: Clock, skewMs = 0) {
    this.#world = world;
    this.skewMs = skewMs;
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  /** Timers that are armed now. */
  get pending(): number {
    return this.#timers.size;
  }

  readonly now = (): number => this.#world.now() + this.skewMs;
  readonly monotonic = (): number => this.#world.monotonic();
  readonly setTimer = (ms: number, fire: () => void): (() => void) => {
    if (this.#isDead) return () => undefined;
    const stop = () => {
      cancel();
      this.#timers.delete(stop);
    };
    const cancel = this.#world.setTimer(ms, () => {
      this.#timers.delete(stop);
      fire();
    });
    this.#timers.add(stop);
    return stop;
  };

  /** Nothing of this process runs any more. */
  kill(): void {
    this.#isDead = true;
    for (const stop of [...this.#timers]) stop();
  }
}
