/**
 * A process with more to do than it can. Then all its rooms widen their windows: a frame for five ops costs little more than one for one, and
 * whoever waits a quarter of a second waits less than in a queue that only grows. From: the loop's lag, ten times a second. To: window.ts.
 */

/** Timers that late are no accident. */
const lagMsMax = 20;
const firstMs = 25;
/** Fast up, slowly down: half of it after two seconds, so that it is not all to be found out again at once. */
const growth = 1.5;
const decay = 0.97;

export class Pressure {
  readonly #windowMsMax: number;
  #windowMs = 0;

  constructor(windowMsMax: number) {
    this.#windowMsMax = windowMsMax;
  }

  /** What each room's window is at least, ms; 0: no pressure. */
  get windowMs(): number {
    return this.#windowMs;
  }

  sample(lagMs: number): void {
    if (lagMs > lagMsMax) this.#windowMs = Math.min(this.#windowMsMax, Math.max(firstMs, this.#windowMs * growth));
    else this.#windowMs = this.#windowMs * decay < 1 ? 0 : this.#windowMs * decay;
  }
}
