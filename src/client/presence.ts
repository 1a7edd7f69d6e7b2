/**
 * Presence on the client: the others' by their number, one's own merged and throttled. Nothing of it is durable.
 * From: sync.ts (frames, welcomes). To: the wire, at most `perSecond` times a second; the last one always goes.
 */
import type { Clock } from "../clock.ts";
import { share } from "../protocol/share.ts";
import type { Link } from "./link.ts";
import type { Replica } from "./replica.ts";

export interface Other {
  readonly who: number;
  readonly user: string;
  readonly name: string;
  readonly role: string;
  readonly client: string;
  readonly state: unknown;
}

export class Presence {
  perSecond = 20;
  readonly #clock: Clock;
  readonly #link: Link;
  readonly #replica: Replica;
  readonly #changed: () => void;
  /** This client's own number. */
  #who = 0;
  readonly #states = new Map<number, unknown>();
  #others: ReadonlyMap<number, Other> | undefined;
  /** The roster that they were made with. */
  #roster: Replica["roster"] | undefined;
  #mine: Readonly<Record<string, unknown>> | undefined;
  #saidMs = -Infinity;
  #cancel: (() => void) | undefined;

  constructor(clock: Clock, link: Link, replica: Replica, changed: () => void) {
    this.#clock = clock;
    this.#link = link;
    this.#replica = replica;
    this.#changed = changed;
  }

  /** A new map after each change. */
  get others(): ReadonlyMap<number, Other> {
    const { roster } = this.#replica;
    if (this.#others === undefined || this.#roster !== roster) this.#others = this.#collect(this.#others, roster);
    this.#roster = roster;
    return this.#others;
  }

  get mine(): Readonly<Record<string, unknown>> | undefined {
    return this.#mine;
  }

  /** Merged over the present one; `null` takes it away. */
  readonly set = (change: Readonly<Record<string, unknown>> | null): void => {
    this.#mine = change === null ? undefined : { ...this.#mine, ...change };
    this.#changed();
    if (this.#cancel !== undefined) return;
    const waitMs = this.#saidMs + 1_000 / this.perSecond - this.#clock.monotonic();
    if (waitMs <= 0) this.#say();
    else
      this.#cancel = this.#clock.setTimer(waitMs, () => {
        this.#cancel = undefined;
        this.#say();
      });
  };

  /** Another connection: everything is told anew. */
  restart(who: number): void {
    this.#who = who;
    this.#states.clear();
    this.#others = undefined;
  }

  heard(set: readonly (readonly [who: number, state: unknown])[], gone: readonly number[]): void {
    const size = this.#states.size;
    for (const who of gone) this.#states.delete(who);
    let changed = this.#states.size !== size;
    for (const [who, state] of set) {
      if (who === this.#who) continue; // one's own comes back, too
      this.#states.set(who, state);
      changed = true;
    }
    if (changed) this.#roster = undefined;
  }

  /** The server knows of none yet: it is said after each welcome. */
  joined(): void {
    if (this.#mine !== undefined) this.#say();
  }

  stop(): void {
    this.#cancel?.();
  }

  #say(): void {
    // Without a connection, the next welcome is followed by it.
    if (this.#link.isJoined && this.#link.send("presence", { state: this.#mine ?? null })) this.#saidMs = this.#clock.monotonic();
  }

  /** Whoever is as before keeps their object. */
  #collect(before: ReadonlyMap<number, Other> | undefined, roster: Replica["roster"]): ReadonlyMap<number, Other> {
    const others = new Map<number, Other>();
    for (const [who, state] of this.#states) {
      const entry = roster.get(who);
      if (entry !== undefined) others.set(who, share(before?.get(who), { ...entry, state }));
    }
    return others;
  }
}
