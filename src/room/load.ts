/** Brings a room up from its log: newest snapshot, then every op after it, by replay. From: room.ts. To: the owner (domain, roster, fates) and the feed (ring). */
import type { AnyStateMachine, EventObject } from "xstate";
import type { Cursor, Entry, Journal, Opened, RoomName } from "../journal/port.ts";
import { type EncodedOp, encodeOp, type RosterEntry } from "../protocol/frames.ts";
import type { AnyRoomType } from "./define-room.ts";
import { type DomainRecord, type DomainState, recordDomain, replay, restoreDomain } from "./domain.ts";
import { type FateRecord, Fates } from "./fates.ts";
import { Migration, newerVersion, OtherVersionError, VersionError } from "./migrate.ts";
import { decodeOpRecord } from "./op.ts";
import type { RoomOptions } from "./room-options.ts";
import { Roster } from "./roster.ts";
import { inertScope } from "./step.ts";

/** A room's snapshot in the journal. */
export interface SavedRoom {
  /** The room type's version that wrote it; replay under another one happens only through a migration. */
  readonly version: number;
  /** The ops up to this rev are an older version's. Not there: all are this version's. */
  readonly migratedAt?: number | undefined;
  readonly input: { readonly id: string; readonly at: number };
  readonly domain: DomainRecord;
  readonly roster: readonly RosterEntry[];
  readonly fates: readonly FateRecord[];
}

export interface Loaded {
  readonly cursor: Cursor;
  readonly input: { readonly id: string; readonly at: number };
  /** Not there for a new room. */
  readonly domain: DomainState | undefined;
  readonly roster: readonly RosterEntry[];
  readonly fates: readonly FateRecord[];
  /** Users whom the machine removed, and whose connections the room may not have closed any more. */
  readonly removed: readonly string[];
  /** The newest ops of this version, oldest first, for the ring. */
  readonly ringOps: readonly EncodedOp[];
  /** As in `SavedRoom`. Nobody can go on from a rev up to this one: what they have there is an older version's. */
  readonly migratedAt: number | undefined;
  /** The snapshot that it started from. Not there for a log that has none by this version yet. */
  readonly saved: { readonly rev: number; readonly room: SavedRoom } | undefined;
}

export type LoadOptions = Pick<RoomOptions, "def" | "machine" | "room" | "id" | "journal" | "clock" | "limits">;

/** What another node has made durable: nothing is opened, so nothing is taken from it. Rejects while there is nothing yet. */
export async function loadFollowed(options: LoadOptions): Promise<Loaded> {
  const { journal, room, def } = options;
  const head = await journal.head(room);
  const snapshot = head && (await journal.snapshotAt(room, head.rev));
  if (head === undefined || snapshot === undefined) throw new Error(`${room} has no snapshot to follow from yet`);
  const { version } = JSON.parse(snapshot.data) as SavedRoom;
  if (version !== def.version) throw new OtherVersionError(room, version, def.version);
  return loadRoom(options, { cursor: { ...head, fence: "" }, snapshot });
}

/** `opened`: where the log was opened already. */
export async function loadRoom(options: LoadOptions, opened?: Opened): Promise<Loaded> {
  const { def, machine, room, journal, clock, limits } = options;
  const { cursor, snapshot } = opened ?? (await journal.open(room));
  if (snapshot === undefined) {
    return {
      cursor,
      input: { id: options.id, at: clock.now() },
      domain: undefined,
      roster: [],
      fates: [],
      removed: [],
      ringOps: [],
      migratedAt: undefined,
      saved: undefined,
    };
  }
  const saved = JSON.parse(snapshot.data) as SavedRoom;
  const scope = inertScope(machine, saved.input);
  const migration = saved.version === def.version ? undefined : new Migration(options, saved.version, scope);
  let domain =
    migration === undefined
      ? restoreDomain(machine, snapshot.rev, saved.domain, scope, limits.timersMax)
      : migration.begin(snapshot.rev, saved.domain);
  const roster = new Roster(saved.roster);
  const fates = new Fates(limits, saved.fates, saved.roster);
  const removed = new Set<string>();
  const ringOps: EncodedOp[] = [];
  const migratedAt = migration === undefined ? saved.migratedAt : cursor.rev;
  const ringFrom = Math.max((migratedAt ?? 0) + 1, cursor.rev - limits.ringOpsMax + 1);
  for await (const entry of entriesFrom(journal, room, Math.min(snapshot.rev + 1, ringFrom), cursor.rev)) {
    const op = decodeOpRecord(entry.rev, entry.data);
    if (op.rev >= ringFrom) ringOps.push(encodeOp(op, JSON.stringify(op.event)));
    if (op.rev <= snapshot.rev) continue;
    // The snapshot of that version is damaged, and the one before it is older: what a newer version did is not for this one to judge.
    if (op.version !== undefined && op.version > def.version) throw new VersionError(room, op.version, def.version, newerVersion);
    const onCues = (cues: readonly EventObject[]) => {
      for (const user of removedBy(cues)) removed.add(user);
    };
    domain = migration === undefined ? replay(machine, domain, op, scope, onCues) : migration.replay(domain, op, onCues);
    if (op.event.type === "participant.joined") removed.delete(op.by.user);
    roster.apply(op);
    fates.apply(op);
  }
  if (domain.rev !== cursor.rev) throw new Error(`the log of ${room} ends at rev ${domain.rev}, not at ${cursor.rev}`);
  migration?.verify(domain);
  return {
    cursor,
    input: saved.input,
    domain,
    roster: roster.list(),
    fates: fates.records(),
    removed: [...removed],
    ringOps,
    migratedAt,
    saved: migration === undefined ? { rev: snapshot.rev, room: saved } : undefined,
  };
}

/** The one cue that the room itself acts on: the machine takes somebody out. */
export const removedBy = (cues: readonly EventObject[]): string[] =>
  cues.flatMap((cue) => (cue.type === "participant.removed" && "user" in cue ? [String(cue.user)] : []));

export const saveRecord = (
  def: AnyRoomType,
  machine: AnyStateMachine,
  { input, migratedAt }: Pick<Loaded, "input" | "migratedAt"> | SavedRoom,
  domain: DomainState,
  roster: readonly RosterEntry[],
  fates: readonly FateRecord[],
): SavedRoom => ({
  version: def.version,
  migratedAt,
  input,
  domain: recordDomain(machine, domain),
  roster,
  fates,
});

/** When the room next has to wake: its next timer; and at once after a crash if somebody was in it, so that no ghost stays. */
export function nextDueAt(domain: DomainState, rosterSize: number, graceMs: number): number | null {
  const timer = domain.timers.list()[0]?.dueAt ?? null;
  if (rosterSize === 0) return timer;
  const grace = domain.at + graceMs;
  return timer === null ? grace : Math.min(timer, grace);
}

async function* entriesFrom(journal: Journal, room: RoomName, from: number, to: number): AsyncGenerator<Entry> {
  // A ring that reaches back beyond what is kept gets what there is.
  for (let next = from; next <= to; ) {
    const page = await journal.read(room, next);
    if (page.length === 0) return;
    for (const entry of page) {
      if (entry.rev > to) return;
      yield entry;
      next = entry.rev + 1;
    }
  }
}
