/**
 * Presence: what need not survive. Last write wins, no rev, never journaled; coalesced in the room's flush window, and, where many move, over as many
 * windows as keep each client's share of the wire within a budget. Who is gone is told with the next flush all the same: their number may get another owner.
 * From: the gateway's `presence` frames. To: one frame per window for all live sessions. Bounded: one value per session (L11).
 */
import type { Clock } from "../clock.ts";
import { encodePresence } from "../protocol/frames.ts";

/** However many move, nobody's last word waits longer. */
const pauseMsMax = 1_000;

export class Presence {
  readonly #clock: Clock;
  readonly #bytesPerSecond: number;
  readonly #flush: () => void;
  #pausedUntilMs = -Infinity;
  #cancel: (() => void) | undefined;
  readonly #states = new Map<number, unknown>();
  /** Who had one and has none now, as long as somebody may have missed it. */
  #had = new Set<number>();
  #changed = new Set<number>();
  #gone = new Set<number>();

  /** `flush` is asked for when there is something to tell, and it may be told. */
  constructor(clock: Clock, bytesPerSecond: number, flush: () => void) {
    this.#clock = clock;
    this.#bytesPerSecond = bytesPerSecond;
    this.#flush = flush;
  }

  set(who: number, state: unknown): void {
    this.#states.set(who, state);
    this.#changed.add(who);
    this.#had.delete(who);
    // Told at once: else whoever had the number before would be shown under it for as long as the pause is.
    if (this.#gone.delete(who)) this.#pausedUntilMs = -Infinity;
    const waitMs = this.#pausedUntilMs - this.#clock.monotonic();
    if (waitMs <= 0) return this.#flush();
    this.#cancel ??= this.#clock.setTimer(waitMs, () => {
      this.#cancel = undefined;
      this.#flush();
    });
  }

  /** Returns whether there was anything to tell. */
  remove(who: number): boolean {
    this.#changed.delete(who);
    if (!this.#states.delete(who)) return false;
    this.#gone.add(who);
    this.#had.add(who);
    this.#flush();
    return true;
  }

  stop(): void {
    this.#cancel?.();
  }

  /** By number. */
  get states(): ReadonlyMap<number, unknown> {
    return this.#states;
  }

  /** What changed and may be told now, as one frame. */
  takeFrame(): string | undefined {
    const nowMs = this.#clock.monotonic();
    const changed = nowMs < this.#pausedUntilMs ? [] : [...this.#changed];
    if (changed.length === 0 && this.#gone.size === 0) return undefined;
    const frame = encodePresence(
      changed.map((who) => [who, this.#states.get(who)] as const),
      [...this.#gone],
    );
    this.#gone = new Set();
    if (changed.length > 0) {
      this.#changed = new Set();
      this.#pausedUntilMs = nowMs + Math.min(pauseMsMax, (frame.length * 1_000) / this.#bytesPerSecond);
    }
    return frame;
  }

  /** Nobody was away from the feed just now: who is gone was told to all, but for what the next frame tells. */
  allHeard(): void {
    this.#had = new Set(this.#gone);
  }

  /** Everything, for someone who has just become live. `again`: who was so before, over the same connection, may know some who are gone. */
  wholeFrame(again: boolean): string | undefined {
    const gone = again ? [...this.#had] : [];
    return this.#states.size === 0 && gone.length === 0 ? undefined : encodePresence([...this.#states], gone);
  }
}
