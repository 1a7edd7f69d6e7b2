/** A client's device in a simulation: what its storage holds outlives the pages and processes on it, which may die at any moment of a save. */

import { keeping } from "../client/keeping.ts";
import { byUse, type ClientRecord, type ClientStorage, isOutdated, type Slot } from "../client/storage.ts";
import type { Clock } from "../clock.ts";

export class Device {
  /** As text: a save happens with each command, but only the next page reads it. */
  readonly #records = new Map<string, string>();
  readonly #held = new Map<string, object>();

  /** One page's, or process's. `saveMs`: how long the next save, or the look for what is there, takes; `lands`: whether one that its page did not outlive is there. */
  storage(clock: Clock, saveMs: () => number, lands: () => boolean): ClientStorage & { die(): void } {
    const life = {};
    const saves = new Set<() => void>();
    const keyOf = (room: string, client: string) => `${room} ${client}`;
    const free = (room: string): ClientRecord[] =>
      byUse(
        [...this.#records].filter(([key]) => key.startsWith(`${room} `) && !this.#held.has(key)).map(([, record]) => JSON.parse(record)),
      );
    const hold = (room: string, record: ClientRecord): Slot => {
      const key = keyOf(room, record.client);
      if (this.#held.has(key)) throw new Error("a fresh client id is taken");
      this.#held.set(key, life);
      return {
        record,
        save: (next) =>
          new Promise((resolve) => {
            const kept = JSON.stringify(next);
            const land = () => void this.#records.set(key, kept);
            saves.add(land);
            clock.setTimer(saveMs(), () => {
              saves.delete(land);
              land();
              resolve();
            });
          }),
        release: async (forget = false) => {
          this.#held.delete(key);
          if (forget) this.#records.delete(key);
        },
      };
    };
    return {
      ...keeping,
      async claim(room, fresh) {
        await new Promise<void>((resolve) => clock.setTimer(saveMs(), resolve));
        const records = free(room).filter((record) => !isOutdated(record, fresh.usedAt));
        return hold(room, records[0] ?? fresh);
      },
      claimFresh: async (room, fresh) => hold(room, fresh),
      orphans: async (room) =>
        free(room)
          .filter(({ pending }) => pending.length > 0)
          .map((record) => hold(room, record)),
      die: () => {
        for (const land of saves) if (lands()) land();
        for (const [key, holder] of [...this.#held]) if (holder === life) this.#held.delete(key);
      },
    };
  }
}
