/** Asking for the whole state: once at a time, with a budget, so that no loop lasts. From: client-room.ts. To: the connection's machine and the wire. */
import type { Clock } from "../clock.ts";
import type { Link } from "./link.ts";

const perMinuteMax = 5;
const answerMsMax = 15_000;

export class Resyncs {
  readonly #clock: Clock;
  readonly #link: Link;
  #reason: "gap" | "diverged" | undefined;
  #isComing = false;
  /** Since `#sinceMs`; begun anew after a minute, unless it waits still. */
  #asked = 0;
  #sinceMs = 0;
  #cancel: (() => void) | undefined;

  constructor(clock: Clock, link: Link) {
    this.#clock = clock;
    this.#link = link;
  }

  /** A snapshot is on its way; deltas before it mean nothing. */
  get isWaiting(): boolean {
    return this.#isComing || this.#reason !== undefined;
  }

  /** The state is not the server's: nothing to go on from. */
  get isWrong(): boolean {
    return this.#reason === "diverged";
  }

  need(reason: "gap" | "diverged"): void {
    const now = this.#clock.monotonic();
    if (this.#reason === undefined && now - this.#sinceMs > 60_000) {
      this.#asked = 0;
      this.#sinceMs = now;
    }
    this.#reason = reason;
    if (++this.#asked > perMinuteMax) this.#link.edge({ type: "hopeless", reason: "The room cannot be brought in step." });
    else this.#link.edge({ type: "behind" });
  }

  askNow(): void {
    if (this.#reason === undefined) return;
    this.#link.send("resync", { reason: this.#reason });
    this.heard();
  }

  /** A part of it came. */
  heard(): void {
    if (this.isWaiting) this.#arm(answerMsMax, () => this.need(this.#reason ?? "gap"));
  }

  /** The server granted none at the moment. */
  askLater(ms: number): void {
    this.#arm(ms, () => this.askNow());
  }

  /** The welcome said that one follows. */
  coming(): void {
    this.done();
    this.#isComing = true;
    this.heard();
  }

  done(): void {
    this.stop();
    this.#reason = undefined;
    this.#isComing = false;
  }

  /** A person wants it tried again. */
  forgive(): void {
    this.#asked = 0;
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #arm(ms: number, then: () => void): void {
    this.stop();
    this.#cancel = this.#clock.setTimer(ms, () => {
      this.#cancel = undefined;
      then();
    });
  }
}
