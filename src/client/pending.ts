/**
 * Commands without a fate, in the order of their seqs. From: sync.ts. To: the wire (go-back-N), prediction.ts, and whoever waits for an outcome.
 * Everything here is synchronous: what is added is pending at once, what is settled is gone at once.
 */
import type { EventObject } from "xstate";
import type { AnyRoomType } from "../room/define-room.ts";
import type { Refusal } from "../room/verdict.ts";

/** A verdict that only a client gives. `unknown`: the server no longer knows. `closed`: nobody waited for it. `full`: too many are open. */
export type LocalRefusal = { readonly code: "unknown" | "closed" | "full"; readonly reason: string };
/** What became of a command. `rev`: that of its op; where the server only told that it took effect, a rev by which it had. */
export type Settled<R extends AnyRoomType> =
  | { readonly ok: true; readonly rev: number }
  | ({ readonly ok: false; readonly rev?: number } & (Refusal<R> | LocalRefusal));

export interface StoredCommand {
  readonly seq: number;
  readonly event: EventObject;
  /** When it was given, by the room's time, ms since the Unix epoch. */
  readonly at: number;
}

export class Entry {
  /** Who gave it, where the server had said so by then. */
  readonly user: string | undefined;
  seq: number;
  readonly event: EventObject;
  readonly at: number;
  readonly settled: Promise<unknown>;
  readonly settle: (outcome: unknown) => void;
  /** The number of the connection over which it went last; 0: none. */
  sentOver = 0;
  /** When it went last, by the monotonic clock. */
  sentMs = Infinity;
  /** It may have reached a server, in this life or an earlier one. */
  wasSent: boolean;
  /** It will survive this process. */
  isStored = false;
  /** The view shows it. */
  predicted = false;
  /** It was refused, and some before it have no fate yet. */
  refusal: unknown;
  /** As the app saw it last. */
  view: unknown;
  /** The machine failed on it here, which was told. */
  failed = false;

  constructor({ seq, event, at }: StoredCommand, user: string | undefined, wasSent: boolean) {
    this.user = user;
    this.seq = seq;
    this.event = event;
    this.at = at;
    this.wasSent = wasSent;
    const { promise, resolve } = Promise.withResolvers<unknown>();
    this.settled = promise;
    this.settle = resolve;
  }
}

export class Pending {
  nextSeq = 1;
  #entries: readonly Entry[] = [];

  /** A new array after each change. */
  get entries(): readonly Entry[] {
    return this.#entries;
  }

  /** What a hello says: the lowest seq without a fate. */
  get openSeq(): number {
    return this.#entries[0]?.seq ?? this.nextSeq;
  }

  add(event: EventObject, at: number, user: string | undefined): Entry {
    const entry = new Entry({ seq: this.nextSeq++, event, at }, user, false);
    this.#entries = [...this.#entries, entry];
    return entry;
  }

  /** What an earlier page, or process, left: before anything of this one, whose commands get their numbers now. */
  restore(nextSeq: number, stored: readonly StoredCommand[], user: string | undefined, wasSent: boolean): void {
    const own = this.#entries;
    this.nextSeq = nextSeq;
    for (const entry of own) entry.seq = this.nextSeq++;
    const restored = stored.map((command) => {
      const entry = new Entry(command, user, wasSent);
      entry.isStored = true;
      return entry;
    });
    this.#entries = [...restored, ...own];
  }

  /** Returns whether it was pending. */
  settle(seq: number, outcome: unknown): boolean {
    const entry = this.#entries.find((other) => other.seq === seq);
    if (entry === undefined) return false;
    this.#entries = this.#entries.filter((other) => other !== entry);
    entry.settle(outcome);
    const [first] = this.#entries;
    if (first?.refusal !== undefined) this.settle(first.seq, first.refusal);
    return true;
  }

  /**
   * A refusal is final once all before it have their fates: until it is journaled with a later op, a server that crashes forgets it,
   * and expects its seq again. So what is open stays without gaps (SPEC REF-1).
   */
  refuse(seq: number, refusal: unknown): boolean {
    const entry = this.#entries.find((other) => other.seq === seq);
    if (entry === undefined) return false;
    entry.refusal = refusal;
    return entry === this.#entries[0] && this.settle(seq, refusal);
  }

  /** Every command up to `seq` has its fate; those that were not refused took effect (SPEC WEL-3). Returns whether any was pending. */
  acked(seq: number, rev: number): boolean {
    const done = this.#entries.filter((entry) => entry.seq <= seq);
    for (const entry of done) this.settle(entry.seq, { ok: true, rev }); // which settles refused ones behind it
    return done.length > 0;
  }

  /** Those of `entries` that are still pending get new numbers from `nextSeq` on, behind all others, as if given now. */
  renumber(entries: readonly Entry[], nextSeq: number): void {
    const moved = this.#entries.filter((entry) => entries.includes(entry));
    this.nextSeq = nextSeq;
    for (const entry of moved) {
      entry.seq = this.nextSeq++;
      entry.wasSent = false;
      entry.sentOver = 0;
      entry.isStored = false;
      entry.refusal = undefined;
    }
    this.#entries = [...this.#entries.filter((entry) => !entries.includes(entry)), ...moved];
  }

  stored(): StoredCommand[] {
    return this.#entries.map(({ seq, event, at }) => ({ seq, event, at }));
  }
}
