/**
 * Presence: what need not survive. Last write wins, no rev, never journaled; coalesced in the room's flush window.
 * From: the gateway's `presence` frames. To: one frame per window for all live sessions. Bounded: one value per session (L11).
 */
import { encodePresence } from "../protocol/frames.ts";

export class Presence {
  readonly #states = new Map<number, unknown>();
  /** Who had one and has none now, as long as somebody may have missed it. */
  #had = new Set<number>();
  #changed = new Set<number>();
  #gone = new Set<number>();

  set(who: number, state: unknown): void {
    this.#states.set(who, state);
    this.#changed.add(who);
    this.#gone.delete(who);
    this.#had.delete(who);
  }

  /** Returns whether there was anything to tell. */
  remove(who: number): boolean {
    this.#changed.delete(who);
    if (!this.#states.delete(who)) return false;
    this.#gone.add(who);
    this.#had.add(who);
    return true;
  }

  /** By number. */
  get states(): ReadonlyMap<number, unknown> {
    return this.#states;
  }

  /** What changed since the last call, as one frame. */
  takeFrame(): string | undefined {
    if (this.#changed.size === 0 && this.#gone.size === 0) return undefined;
    const frame = encodePresence(
      [...this.#changed].map((who) => [who, this.#states.get(who)] as const),
      [...this.#gone],
    );
    this.#changed = new Set();
    this.#gone = new Set();
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
