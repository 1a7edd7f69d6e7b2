/**
 * Presence: what need not survive. Last write wins, no rev, never journaled; coalesced in the room's flush window.
 * From: the gateway's `presence` frames. To: one frame per window for all live sessions. Bounded: one value per session (L11).
 */
import { encodePresence } from "../protocol/frames.ts";

export class Presence {
  readonly #states = new Map<number, unknown>();
  #changed = new Set<number>();
  #gone = new Set<number>();

  set(who: number, state: unknown): void {
    this.#states.set(who, state);
    this.#changed.add(who);
    this.#gone.delete(who);
  }

  /** Returns whether there was anything to tell. */
  remove(who: number): boolean {
    this.#changed.delete(who);
    if (!this.#states.delete(who)) return false;
    this.#gone.add(who);
    return true;
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

  /** Everything, for someone who has just become live. */
  wholeFrame(): string | undefined {
    return this.#states.size === 0 ? undefined : encodePresence([...this.#states], []);
  }
}
