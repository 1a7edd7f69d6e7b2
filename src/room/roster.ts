/** Who is in the room: `who → {user, name, role, client}`, moved by join and leave ops only, so replay gives the same. From: owner.ts, load.ts. To: snapshots, the wire. */
import type { RosterEntry } from "../protocol/frames.ts";
import type { Op } from "./op.ts";

export class Roster {
  readonly #entries = new Map<number, RosterEntry>();
  #copy: readonly RosterEntry[] | undefined;

  constructor(entries: readonly RosterEntry[] = []) {
    for (const entry of entries) this.#entries.set(entry.who, entry);
  }

  apply(op: Op): void {
    if (op.event.type === "participant.joined") {
      const { user, name, role, who } = op.event as unknown as Omit<RosterEntry, "client">;
      this.#entries.set(who, { who, user, name, role, client: op.by.client });
    } else if (op.event.type === "participant.left") {
      this.#entries.delete(op.who);
    } else return;
    this.#copy = undefined;
  }

  /** The smallest number that is free, so that it stays short on the wire. */
  free(): number {
    let who = 1;
    while (this.#entries.has(who)) who++;
    return who;
  }

  get(who: number): RosterEntry | undefined {
    return this.#entries.get(who);
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Never changes once given; made anew only after a join or a leave. */
  list(): readonly RosterEntry[] {
    this.#copy ??= [...this.#entries.values()].sort((a, b) => a.who - b.who);
    return this.#copy;
  }
}
