/** The clock of one process in a simulation: it dies with the process, its timers with it; it may stand still, and its wall clock may be wrong. */
import type { Clock } from "../clock.ts";

export class LifeClock implements Clock {
  readonly #world: Clock;
  readonly #timers = new Set<() => void>();
  #isDead = false;
  /** While it stands still: what comes due, or comes in. */
  #waiting: (() => void)[] | undefined;
  #isPaused = false;
  /** How far its wall clock is ahead of the world's, ms. */
  skewMs: number;

  constructor(world: Clock, skewMs = 0) {
    this.#world = world;
    this.skewMs = skewMs;
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  /** As at SIGSTOP: nothing of it runs, time passes. */
  get isPaused(): boolean {
    return this.#isPaused;
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
    const cancel = this.#world.setTimer(ms, () =>
      this.run(() => {
        if (this.#timers.delete(stop)) fire();
      }),
    );
    this.#timers.add(stop);
    return stop;
  };

  /** What comes in from outside: now, once it goes on, or never. */
  run(take: () => void): void {
    if (this.#isDead) return;
    if (this.#waiting === undefined) take();
    else this.#waiting.push(take);
  }

  pause(): void {
    this.#isPaused = true;
    this.#waiting ??= [];
  }

  /** What waited has its turn first, one after the other. */
  resume(): void {
    this.#isPaused = false;
    this.#world.setTimer(0, () => {
      if (this.#isPaused || this.#isDead) return;
      const next = this.#waiting?.shift();
      if (next === undefined) this.#waiting = undefined;
      else {
        next();
        this.resume();
      }
    });
  }

  /** Nothing of this process runs any more. */
  kill(): void {
    this.#isDead = true;
    for (const stop of [...this.#timers]) stop();
  }
}
