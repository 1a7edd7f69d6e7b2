/**
 * The flush window. An idle room flushes at once; a busy one once per window, and the window is wider where a flush is dearer,
 * so big rooms batch more. Where several ops come in a window it is wider still: one frame for many costs little more than one for one.
 * One flush at a time: what comes meanwhile is the next batch.
 * What can only go out with the next flush may as well be decided then: many commands in one go cost a fraction of as many single ones.
 * From: room/room.ts (`request` per op, presence or waiter; `hold` per command). To: the flush that it was given, once the journal is ready for it.
 */
import type { Clock } from "../clock.ts";

export interface WindowLimits {
  readonly broadcastWindowMinMs: number;
  readonly broadcastWindowMaxMs: number;
  readonly heldCharsMax: number;
}

/** Does what was held back; settled once it is done. Never throws or rejects. */
export type Held = () => void | Promise<void>;

/** Flushes may take this share of the time; dearer ones get wider windows. */
const dutyMax = 0.25;
/** And this one, where ops come so fast that waiting gathers some. */
const busyDutyMax = 0.036;
/** How far back "now" reaches in what comes now. */
const rateOverMs = 500;

export class FlushWindow {
  readonly #clock: Clock;
  readonly #limits: WindowLimits;
  readonly #flush: () => Promise<void>;
  readonly #flushCostMs: () => number;
  readonly #ready: () => Promise<void> | undefined;
  #wanted = false;
  #flushing = false;
  #lastStartMs = -Infinity;
  #requests = 0;
  #requestsPerMs = 0;
  #cancel: (() => void) | undefined;
  #done: Promise<void> = Promise.resolve();
  #stopped = false;
  #held: Held[] = [];
  #heldChars = 0;
  #taking: Promise<void> | undefined;

  /** `flush` and `ready` must not reject. `flushCostMs`: what one costs now, apart from its ops, for which waiting makes no difference. */
  constructor(
    clock: Clock,
    limits: WindowLimits,
    flush: () => Promise<void>,
    flushCostMs: () => number,
    ready: () => Promise<void> | undefined,
  ) {
    this.#clock = clock;
    this.#limits = limits;
    this.#flush = flush;
    this.#flushCostMs = flushCostMs;
    this.#ready = ready;
  }

  /** ms between the starts of two flushes of a busy room, now. */
  get windowMs(): number {
    const { broadcastWindowMinMs: minMs, broadcastWindowMaxMs: maxMs } = this.#limits;
    const isBusy = this.#requestsPerMs * minMs > 1;
    return Math.min(maxMs, Math.max(minMs, this.#flushCostMs() / (isBusy ? busyDutyMax : dutyMax)));
  }

  request(): void {
    this.#wanted = true;
    this.#requests++;
    this.#schedule();
  }

  /** Keeps `take` for the next flush, in order. False if that could begin now: then nothing is gained by waiting, and nothing was held. */
  hold(take: Held, chars: number): boolean {
    const isOpen = this.#held.length === 0 && this.#taking === undefined && !this.#flushing && this.#waitMs() <= 0;
    if (this.#stopped || isOpen) return false;
    this.#held.push(take);
    this.#heldChars += chars;
    if (this.#heldChars >= this.#limits.heldCharsMax) void this.takeHeld();
    else this.#schedule();
    return true;
  }

  /** What is held has its turn now, one after another; resolves when nothing is held any more. */
  takeHeld(): Promise<void> {
    this.#taking ??= this.#takeAll();
    return this.#taking;
  }

  async #takeAll(): Promise<void> {
    await undefined; // after the running task, so that what comes in with it goes out with it
    for (let take = this.#held.shift(); take !== undefined; take = this.#held.shift()) await take();
    this.#heldChars = 0;
    this.#taking = undefined;
  }

  /** Flushes what is wanted by now without waiting for the window. Resolves when it is done, whatever has come meanwhile. */
  async drain(): Promise<void> {
    if (this.#flushing) await this.#done;
    if (!this.#flushing && this.#isWanted) this.#start();
    await this.#done;
  }

  /** The same until nothing is wanted any more. It has an end only if nothing new is taken. */
  async empty(): Promise<void> {
    while (this.#flushing || this.#isWanted) await this.drain();
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel?.();
  }

  get #isWanted(): boolean {
    return this.#wanted || this.#held.length > 0;
  }

  #waitMs(): number {
    return this.#lastStartMs + this.windowMs - this.#clock.monotonic();
  }

  #schedule(): void {
    if (this.#stopped || this.#flushing || this.#cancel !== undefined || !this.#isWanted) return;
    const waitMs = this.#waitMs();
    if (waitMs <= 0) this.#start();
    else this.#cancel = this.#clock.setTimer(waitMs, () => this.#start());
  }

  #start(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#flushing = true;
    this.#done = this.#run();
  }

  async #run(): Promise<void> {
    const ready = this.#ready();
    if (ready !== undefined) await ready;
    await this.takeHeld();
    this.#wanted = false;
    this.#count(this.#clock.monotonic());
    try {
      await this.#flush();
    } finally {
      this.#flushing = false;
      this.#schedule();
    }
  }

  #count(nowMs: number): void {
    const sinceMs = Math.max(nowMs - this.#lastStartMs, this.#limits.broadcastWindowMinMs, 1);
    this.#requestsPerMs += (this.#requests / sinceMs - this.#requestsPerMs) * Math.min(1, sinceMs / rateOverMs);
    this.#requests = 0;
    this.#lastStartMs = nowMs;
  }
}
