/**
 * How many connections a user has, and how fast they come: asked once a hello is authenticated, before the room does any work for it. From: connection.ts.
 * To: cluster/users-abroad.ts, where there are other nodes.
 */
import type { Limits } from "../protocol/limits.ts";
import { TokenBucket } from "./buckets.ts";

interface Entry {
  connections: number;
  readonly joins: TokenBucket;
}

export type Admission = { readonly ok: true } | { readonly ok: false; readonly reason: string; readonly retryAfterMs: number };

/** The same users on other nodes. */
export interface Abroad {
  connectionsOf(user: string): number;
  /** Somebody came to this node, with a join, or left it. */
  changed(user: string, joins: 0 | 1): void;
}

export class Users {
  readonly #users = new Map<string, Entry>();
  readonly #limits: Limits;
  /** Not there: this node is alone. Set before the first hello. */
  abroad: Abroad | undefined;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  admit(user: string, nowMs: number): Admission {
    const entry = this.#entryOf(user, nowMs);
    const connections = entry.connections + (this.abroad?.connectionsOf(user) ?? 0);
    if (connections >= this.#limits.connectionsPerUserMax)
      return { ok: false, reason: "You have too many connections.", retryAfterMs: 5_000 };
    const granted = entry.joins.take(nowMs);
    if (granted !== true) return { ok: false, reason: "You come too often.", retryAfterMs: granted.retryAfterMs };
    entry.connections++;
    this.abroad?.changed(user, 1);
    return { ok: true };
  }

  gone(user: string): void {
    const entry = this.#users.get(user);
    if (entry === undefined) return;
    entry.connections--;
    this.abroad?.changed(user, 0);
  }

  /** Other nodes have let the user in so often: here, too, that counts. */
  joinedAbroad(user: string, joins: number, nowMs: number): void {
    this.#entryOf(user, nowMs).joins.owe(joins, nowMs);
  }

  /** On this node. */
  connectionsOf(user: string): number {
    return this.#users.get(user)?.connections ?? 0;
  }

  /** Who has a connection to this node. */
  *connected(): Iterable<string> {
    for (const [user, { connections }] of this.#users) if (connections > 0) yield user;
  }

  /** Forgets who is gone and whose bucket has filled again: what is left is bounded by connections and recent hellos (L11). */
  sweep(nowMs: number): void {
    for (const [user, { connections, joins }] of this.#users) if (connections === 0 && joins.isFull(nowMs)) this.#users.delete(user);
  }

  get size(): number {
    return this.#users.size;
  }

  #entryOf(user: string, nowMs: number): Entry {
    const known = this.#users.get(user);
    if (known !== undefined) return known;
    const { joinsBurst, joinsPerSecond } = this.#limits;
    const entry = { connections: 0, joins: new TokenBucket({ capacity: joinsBurst, perSecond: joinsPerSecond }, nowMs) };
    this.#users.set(user, entry);
    return entry;
  }
}
