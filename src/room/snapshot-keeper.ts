/**
 * A room's snapshots in the journal. One is kept only if a replay from the one before gives the same state; only then may the journal trim.
 * From: room.ts, after a commit. A snapshot that fails never stops commands.
 */
import { fingerprint } from "./domain.ts";
import type { FateRecord } from "./fates.ts";
import { type Loaded, nextDueAt, replayTo, type SavedRoom, saveRecord } from "./load.ts";
import type { Committed } from "./owner.ts";
import type { RoomAlarm, RoomOptions } from "./room-options.ts";

export class SnapshotKeeper {
  readonly #options: RoomOptions;
  readonly #alarm: (code: RoomAlarm["code"], message: string, error?: unknown) => void;
  #saved: { readonly rev: number; readonly room: SavedRoom } | undefined;
  #saving: Promise<void> | undefined;

  constructor(options: RoomOptions, alarm: (code: RoomAlarm["code"], message: string, error?: unknown) => void) {
    this.#options = options;
    this.#alarm = alarm;
  }

  /** A log begins with a snapshot of its initial state, at rev 0, and goes on in another version with one of what was migrated; it is durable when this resolves. */
  async begin(loaded: Loaded, committed: Committed): Promise<void> {
    this.#saved = loaded.saved;
    if (loaded.saved !== undefined) return;
    const { def, machine, journal, limits, room } = this.#options;
    const { domain, roster } = committed;
    const record = saveRecord(def, machine, loaded, domain, roster, loaded.fates);
    await journal.saveSnapshot(room, { rev: domain.rev, data: JSON.stringify(record) }, nextDueAt(domain, roster.length, limits.graceMs));
    this.#saved = { rev: domain.rev, room: record };
  }

  /** Would the batch after `rev` be a good one to save? */
  isDue(rev: number): boolean {
    return this.#saving === undefined && rev + 1 - (this.#saved?.rev ?? 0) >= this.#options.limits.snapshotEveryOps;
  }

  /** `fates` are those of `committed`, not of what was decided since. Resolves when nothing is being saved any more. */
  async save(committed: Committed, fates: readonly FateRecord[]): Promise<void> {
    await this.#saving;
    this.#saving = this.#save(committed, fates);
    await this.#saving;
    this.#saving = undefined;
  }

  async #save(committed: Committed, fates: readonly FateRecord[]): Promise<void> {
    const saved = this.#saved;
    const { rev } = committed.domain;
    if (saved === undefined || saved.rev >= rev) return;
    try {
      const again = await replayTo(this.#options, saved, rev);
      if (fingerprint(again) !== fingerprint(committed.domain)) {
        this.#alarm("replay", `replaying the log up to rev ${rev} gives another state than memory has; no snapshot was saved`);
        return;
      }
      const { def, machine, journal, limits, room } = this.#options;
      const record = saveRecord(def, machine, saved.room, committed.domain, committed.roster, fates);
      const due = nextDueAt(committed.domain, committed.roster.length, limits.graceMs);
      await journal.saveSnapshot(room, { rev, data: JSON.stringify(record) }, due);
      this.#saved = { rev, room: record };
    } catch (error) {
      this.#alarm("snapshot", `the snapshot at rev ${rev} was not saved`, error);
    }
  }
}
