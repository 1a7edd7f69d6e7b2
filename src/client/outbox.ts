/**
 * Sends what is pending, in order, each once per connection, and again from where the server says (go-back-N, SPEC CMD-2).
 * From: sync.ts, whenever something may be sendable. To: the link.
 */
import type { Clock } from "../clock.ts";
import type { Link } from "./link.ts";
import type { Pending } from "./pending.ts";

const fateMsMax = 5_000;

export class Outbox {
  /** The rate that the server grants. */
  commandsPerSecond = 50;
  readonly #clock: Clock;
  readonly #pending: Pending;
  readonly #link: Link;
  #notBeforeMs = 0;
  /** The rate was exceeded: one at a time, until nothing is open. */
  #paced = false;
  #cancel: (() => void) | undefined;

  constructor(clock: Clock, pending: Pending, link: Link) {
    this.#clock = clock;
    this.#pending = pending;
    this.#link = link;
  }

  pump(): void {
    if (!this.#link.isJoined) return;
    const { number } = this.#link;
    for (const entry of this.#pending.entries) {
      if (entry.sentOver === number) continue;
      // The order is law, so the first that has to wait stops the rest.
      if (!entry.isStored) return;
      const waitMs = this.#notBeforeMs - this.#clock.monotonic();
      if (waitMs > 0) return this.#later(waitMs);
      entry.wasSent = true;
      if (!this.#link.send("command", { seq: entry.seq, event: entry.event })) return;
      entry.sentOver = number;
      entry.sentMs = this.#clock.monotonic();
      if (this.#paced) this.#notBeforeMs = this.#clock.monotonic() + 1_000 / this.commandsPerSecond;
    }
    if (this.#pending.entries.length === 0) this.#paced = false;
  }

  /** The connection works, and what was sent long ago has no fate: its answer was lost. Asking again changes nothing. */
  askAfterFates(): void {
    const [first] = this.#pending.entries;
    if (first?.sentOver === this.#link.number && this.#clock.monotonic() - first.sentMs >= fateMsMax) this.again(first.seq, 0, false);
  }

  /** The server took nothing from `seq` on. */
  again(seq: number, afterMs: number, paced: boolean): void {
    const again = this.#pending.entries.filter((entry) => entry.seq >= seq);
    for (const entry of again) entry.sentOver = 0;
    // What it asks for had its fate here, in a history that was lost there.
    if (again[0] !== undefined && again[0].seq > seq) this.#link.send("settled", { seq: again[0].seq - 1 });
    this.#notBeforeMs = this.#clock.monotonic() + afterMs;
    this.#paced ||= paced;
    this.stop();
    this.pump();
  }

  /** Another connection: nothing of what the last one asked for holds. */
  restart(): void {
    this.stop();
    this.#notBeforeMs = 0;
    this.#paced = false;
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #later(waitMs: number): void {
    this.#cancel ??= this.#clock.setTimer(waitMs, () => {
      this.#cancel = undefined;
      this.pump();
    });
  }
}
