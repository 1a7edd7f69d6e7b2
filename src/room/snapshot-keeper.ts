/**
 * A room's snapshots in the journal. One is kept only if a replay of the log gives the same state; only then may the journal trim.
 * The replay goes along with the room, some dozens of ops at a time: a thousand at once would hold everyone up for a tenth of a second,
 * and each one alone costs several times as much as one of many.
 * From: room.ts, after a commit. A snapshot that fails never stops commands.
 */
import type { AnyActorScope } from "xstate";
import type { Entry } from "../journal/port.ts";
import { type DomainState, fingerprint, replay } from "./domain.ts";
import type { FateRecord } from "./fates.ts";
import { type Loaded, nextDueAt, type SavedRoom, saveRecord } from "./load.ts";
import { decodeOpRecord } from "./op.ts";
import type { Committed } from "./owner.ts";
import type { RoomAlarm, RoomOptions } from "./room-options.ts";
import { inertScope } from "./step.ts";

/** Got by replay alone: from what was loaded, and from what the journal was given since. */
interface Replayed {
  readonly scope: AnyActorScope;
  state: DomainState;
  /** Durable after `state`, in order. */
  ahead: Entry[];
  /** It could not go on. */
  failure: unknown;
}

/** So many ops are replayed at a time. */
const chunkOps = 64;

export class SnapshotKeeper {
  readonly #options: RoomOptions;
  readonly #alarm: (code: RoomAlarm["code"], message: string, error?: unknown) => void;
  #saved: { readonly rev: number; readonly room: SavedRoom } | undefined;
  #saving: Promise<void> | undefined;
  #replayed: Replayed | undefined;
  /** The last rev at which one was to be saved, be it that it failed: it is not tried, and told, with every batch. */
  #triedRev = 0;

  constructor(options: RoomOptions, alarm: (code: RoomAlarm["code"], message: string, error?: unknown) => void) {
    this.#options = options;
    this.#alarm = alarm;
  }

  /** A log begins with a snapshot of its initial state, at rev 0, and goes on in another version with one of what was migrated; it is durable when this resolves. */
  async begin(loaded: Loaded, committed: Committed): Promise<void> {
    const { def, machine, journal, limits, room } = this.#options;
    this.#replayed = { scope: inertScope(machine, loaded.input), state: committed.domain, ahead: [], failure: undefined };
    this.#saved = loaded.saved;
    if (loaded.saved !== undefined) return;
    const { domain, roster } = committed;
    const record = saveRecord(def, machine, loaded, domain, roster, loaded.fates);
    await journal.saveSnapshot(room, { rev: domain.rev, data: JSON.stringify(record) }, nextDueAt(domain, roster.length, limits.graceMs));
    this.#saved = { rev: domain.rev, room: record };
  }

  /** These are durable: they are replayed as a restart would. */
  follow(entries: readonly Entry[]): void {
    const replayed = this.#replayed;
    if (replayed === undefined || replayed.failure !== undefined) return;
    replayed.ahead.push(...entries);
    if (replayed.ahead.length >= chunkOps) this.#catchUp(replayed);
  }

  #catchUp(replayed: Replayed): void {
    const entries = replayed.ahead;
    replayed.ahead = [];
    try {
      for (const { rev, data } of entries)
        replayed.state = replay(this.#options.machine, replayed.state, decodeOpRecord(rev, data), replayed.scope);
    } catch (error) {
      replayed.failure = error; // told when there is something to save
    }
  }

  /** Would the batch after `rev` be a good one to save? */
  isDue(rev: number): boolean {
    return this.#saving === undefined && rev + 1 - Math.max(this.#triedRev, this.#saved?.rev ?? 0) >= this.#options.limits.snapshotEveryOps;
  }

  /** `fates` are those of `committed`, not of what was decided since. Resolves when nothing is being saved any more. */
  async save(committed: Committed, fates: readonly FateRecord[]): Promise<void> {
    // At once: the replay goes on with the room.
    this.#triedRev = committed.domain.rev;
    const isConfirmed = this.#confirms(committed);
    await this.#saving;
    this.#saving = isConfirmed ? this.#save(committed, fates) : undefined;
    await this.#saving;
    this.#saving = undefined;
  }

  #confirms({ domain }: Committed): boolean {
    const replayed = this.#replayed;
    if (replayed === undefined || (this.#saved?.rev ?? domain.rev) >= domain.rev) return false;
    this.#catchUp(replayed);
    if (replayed.failure !== undefined)
      this.#alarm("snapshot", `the snapshot at rev ${domain.rev} was not saved: the log does not replay`, replayed.failure);
    else if (fingerprint(replayed.state) !== fingerprint(domain))
      this.#alarm("replay", `replaying the log up to rev ${domain.rev} gives another state than memory has; no snapshot was saved`);
    else return true;
    return false;
  }

  async #save(committed: Committed, fates: readonly FateRecord[]): Promise<void> {
    const saved = this.#saved;
    const { rev } = committed.domain;
    if (saved === undefined || saved.rev >= rev) return;
    try {
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
