/** Time that passes only when told to. For tests and the simulator; the same `Clock` as everywhere. */
import type { Clock } from "../clock.ts";

interface Timer {
  readonly dueMs: number;
  readonly order: number;
  /** undefined: it has fired, or will not. */
  fire: (() => void) | undefined;
}

export class VirtualClock implements Clock {
  /** A binary heap, the next one first. Who is cancelled stays in it until its turn. */
  readonly #timers: Timer[] = [];
  readonly #settle: () => Promise<void> | void;
  #armed = 0;
  #order = 0;
  #monotonicMs = 0;
  #wallMs: number;

  /**
   * `wallMs`: the wall clock's start, ms since the Unix epoch. `settle`: lets everything run that can run now, after each timer. By default that is a turn
   * of the event loop, so that real I/O has its chance, too.
   */
  constructor(wallMs = 1_700_000_000_000, settle: () => Promise<void> | void = turn) {
    this.#wallMs = wallMs;
    this.#settle = settle;
  }

  now(): number {
    return this.#wallMs;
  }

  monotonic(): number {
    return this.#monotonicMs;
  }

  setTimer(ms: number, fire: () => void): () => void {
    const timer: Timer = { dueMs: this.#monotonicMs + Math.max(0, ms), order: this.#order++, fire };
    push(this.#timers, timer);
    this.#armed++;
    return () => void this.#take(timer);
  }

  /** Timers that are armed now. */
  get pending(): number {
    return this.#armed;
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
    for (let next = this.#timers[0]; next !== undefined && next.dueMs <= end; next = this.#timers[0]) {
      pop(this.#timers);
      const fire = this.#take(next);
      if (fire === undefined) continue;
      this.#moveTo(Math.max(next.dueMs, this.#monotonicMs)); // after a freeze it is late
      fire();
      await this.#settle();
    }
    this.#moveTo(Math.max(end, this.#monotonicMs));
    await this.#settle();
  }

  #take(timer: Timer): (() => void) | undefined {
    const { fire } = timer;
    if (fire !== undefined) this.#armed--;
    timer.fire = undefined;
    return fire;
  }

  #moveTo(ms: number): void {
    this.#wallMs += ms - this.#monotonicMs;
    this.#monotonicMs = ms;
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const isBefore = (a: Timer, b: Timer): boolean => a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.order < b.order);

function push(heap: Timer[], timer: Timer): void {
  let at = heap.push(timer) - 1;
  while (at > 0) {
    const above = (at - 1) >> 1;
    const parent = heap[above] as Timer;
    if (!isBefore(timer, parent)) break;
    heap[at] = parent;
    at = above;
  }
  heap[at] = timer;
}

function pop(heap: Timer[]): void {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  let at = 0;
  for (;;) {
    let below = 2 * at + 1;
    if (below >= heap.length) break;
    if (below + 1 < heap.length && isBefore(heap[below + 1] as Timer, heap[below] as Timer)) below++;
    const child = heap[below] as Timer;
    if (!isBefore(child, last)) break;
    heap[at] = child;
    at = below;
  }
  heap[at] = last;
}
