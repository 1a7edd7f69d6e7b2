/**
 * Durable timers: xstate does not restore `after`, so delayed raises are kept as data beside the state and fire as ops.
 * From: hosted.ts. To: the clock; the table goes into the room's snapshot.
 */
import type { EventObject } from "xstate";
import { type Clock, timerMsMax } from "../clock.ts";
import type { TimerChange } from "./step.ts";

export interface Timer {
  readonly id: string;
  readonly event: EventObject;
  /** Wall clock, ms since the Unix epoch. */
  readonly dueAt: number;
}

/** The table alone: immutable, rebuilt by replay. */
export class TimerTable {
  readonly #timers: ReadonlyMap<string, Timer>;
  readonly #max: number;

  constructor(timers: Iterable<Timer>, timersMax: number) {
    this.#timers = new Map([...timers].map((timer) => [timer.id, timer]));
    this.#max = timersMax;
  }

  /** In the order of the machine's actions: an exit cancels before an entry sets. Throws when there would be too many (L11). */
  with(changes: readonly TimerChange[], at: number): TimerTable {
    if (changes.length === 0) return this;
    const timers = new Map(this.#timers);
    for (const change of changes) {
      timers.delete(change.id);
      if (change.kind === "set") timers.set(change.id, { id: change.id, event: change.event, dueAt: at + change.delayMs });
    }
    if (timers.size > this.#max) throw new Error(`more than ${this.#max} timers in one room`);
    return new TimerTable(timers.values(), this.#max);
  }

  without(id: string): TimerTable {
    return this.#timers.has(id)
      ? new TimerTable(
          this.list().filter((timer) => timer.id !== id),
          this.#max,
        )
      : this;
  }

  none(): TimerTable {
    return new TimerTable([], this.#max);
  }

  get(id: string): Timer | undefined {
    return this.#timers.get(id);
  }

  /** Soonest first; ties in the order in which they were set. */
  list(): readonly Timer[] {
    return [...this.#timers.values()].sort((a, b) => a.dueAt - b.dueAt);
  }
}

/** Arms what is committed on the real clock. A running timer counts monotonically; only what a restart spans counts on the wall clock. */
export class Alarms {
  readonly #clock: Clock;
  readonly #fire: (timer: Timer) => void;
  /** Each arming is its own generation: a late firing of a replaced timer finds itself replaced. */
  readonly #armed = new Map<string, { readonly cancel: () => void }>();

  constructor(clock: Clock, fire: (timer: Timer) => void) {
    this.#clock = clock;
    this.#fire = fire;
  }

  arm(timer: Timer, delayMs: number): void {
    const { id } = timer;
    this.disarm(id);
    const dueMs = this.#clock.monotonic() + Math.max(0, delayMs);
    const wait = (): void => {
      const leftMs = dueMs - this.#clock.monotonic();
      const generation = {
        cancel: this.#clock.setTimer(Math.max(0, Math.min(leftMs, timerMsMax)), () => {
          if (this.#armed.get(id) !== generation) return;
          if (dueMs > this.#clock.monotonic()) return wait();
          this.#armed.delete(id);
          this.#fire(timer);
        }),
      };
      this.#armed.set(id, generation);
    };
    wait();
  }

  disarm(id: string): void {
    this.#armed.get(id)?.cancel();
    this.#armed.delete(id);
  }

  stop(): void {
    for (const { cancel } of this.#armed.values()) cancel();
    this.#armed.clear();
  }
}
