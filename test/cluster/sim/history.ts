/** All that the room's log of a simulated run ever held, though it is trimmed, and may lose its end. From: world.ts. To: reckoning.ts. */
import type { Entry } from "../../../src/journal/port.ts";
import type { Message } from "../../support/shared-log.ts";

export class History {
  epoch = "";
  /** Of that epoch, from rev 1 on. */
  entries: readonly Entry[] = [];
  /** Tags of all commands whose op was ever durable. */
  readonly tags = new Set<string>();
  /** By epoch, how far it ever got: what was durable then may be told by a slow socket after its end was lost. */
  readonly #heads = new Map<string, number>();

  get rev(): number {
    return this.entries.length;
  }

  note({ epoch, rev, count }: Message, entries: readonly Entry[]): void {
    this.epoch = epoch;
    // What a new epoch does not go on from is lost.
    this.entries = [...this.entries.slice(0, rev - count), ...entries];
    this.#heads.set(epoch, Math.max(rev, this.#heads.get(epoch) ?? 0));
    for (const { data } of entries) this.tags.add(/"tag":"([^"]*)"/.exec(data)?.[1] ?? "");
  }

  isDurable(epoch: string, rev: number): boolean {
    return (this.#heads.get(epoch) ?? -1) >= rev;
  }
}
