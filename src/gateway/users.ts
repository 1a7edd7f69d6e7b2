/** How many connections a user has, and how fast they come: asked once a hello is authenticated, before the room does any work for it. From: connection.ts. */
import type { Limits } from "../protocol/limits.ts";
import { TokenBucket } from "./buckets.ts";

interface Entry {
  connections: number;
  readonly joins: TokenBucket;
  lastMs: number;
}

export type Admission = { readonly ok: true } | { readonly ok: false; readonly reason: string; readonly retryAfterMs: number };

export class Users {
  readonly #users = new Map<string, Entry>();
  readonly #limits: Limits;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  admit(user: string, nowMs: number): Admission {
    const { connectionsPerUserMax, joinsBurst, joinsPerSecond } = this.#limits;
    let entry = this.#users.get(user);
    if (entry === undefined) {
      entry = { connections: 0, joins: new TokenBucket({ capacity: joinsBurst, perSecond: joinsPerSecond }, nowMs), lastMs: nowMs };
      this.#users.set(user, entry);
    }
    if (entry.connections >= connectionsPerUserMax) return { ok: false, reason: "You have too many connections.", retryAfterMs: 5_000 };
    const granted = entry.joins.take(nowMs);
    if (granted !== true) return { ok: false, reason: "You come too often.", retryAfterMs: granted.retryAfterMs };
    entry.connections++;
    entry.lastMs = nowMs;
    return { ok: true };
  }

  gone(user: string): void {
    const entry = this.#users.get(user);
    if (entry !== undefined) entry.connections--;
  }

  /** Forgets who is gone and whose bucket has filled again: what is left is bounded by connections and recent hellos (L11). */
  sweep(nowMs: number): void {
    const { joinsBurst, joinsPerSecond } = this.#limits;
    for (const [user, { connections, lastMs }] of this.#users) {
      if (connections === 0 && nowMs - lastMs > (joinsBurst / joinsPerSecond) * 1_000) this.#users.delete(user);
    }
  }

  get size(): number {
    return this.#users.size;
  }
}
