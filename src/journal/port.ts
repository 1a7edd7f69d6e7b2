/**
 * The journal: where ops are durable before anyone hears of them (L3, L4).
 * From: `room/` (the owner's flush). To: memory.ts, sqlite.ts, nats.ts. One contract suite runs on all (`test/contract/`).
 *
 * A journal holds one log per room. It knows nothing of what an entry means: `data` is JSON text.
 */

/** `<type>/<id>`, for example `meeting/weekly`. */
export type RoomName = string;

/** One op as the room wrote it. Revs of a room are 1, 2, 3 … without gaps (L1). */
export interface Entry {
  readonly rev: number;
  readonly data: string;
}

/** The whole state of a room after `rev`; `rev` 0 is the initial state. */
export interface SnapshotRecord {
  readonly rev: number;
  readonly data: string;
}

/** A writer's proof that it has seen the log's tail. `fence` is the implementation's own; pass it back as it came. */
export interface Cursor {
  readonly epoch: string;
  readonly rev: number;
  readonly fence: string;
}

export interface Opened {
  readonly cursor: Cursor;
  /** The newest intact snapshot. Every entry after it, up to `cursor.rev`, can be read and was verified. Without one, the log is new: `cursor.rev` is 0. */
  readonly snapshot: SnapshotRecord | undefined;
}

export interface Batch {
  readonly entries: readonly Entry[];
  /** When the room next has to wake, in ms since the Unix epoch; `null` if no timer runs. Durable together with the entries. */
  readonly nextDueAt: number | null;
}

export type Appended = { readonly ok: true; readonly cursor: Cursor } | { readonly ok: false; readonly code: "conflict" };

export const journalAlarmCodes = ["damaged", "rolledBack", "unreadable", "io", "full"] as const;
/** Something that an operator must know: history was lost or damaged, or the disk fails. Never carries an entry's text. */
export interface JournalAlarm {
  readonly code: (typeof journalAlarmCodes)[number];
  readonly room?: RoomName;
  /** The first rev that is lost, where it is known. */
  readonly lostFrom?: number;
  readonly message: string;
}

export const journalErrorCodes = ["full", "io", "closed", "unreadable", "tooNew", "locked", "invalid", "unsupported"] as const;
/** `invalid`: the caller broke the contract; nothing was written. `unsupported`: what it stores in is too old, or set up in a way that would lose data. */
export type JournalErrorCode = (typeof journalErrorCodes)[number];
/** A failed call. After a failed `append` the outcome is unknown: the entries may or may not be durable. */
export class JournalError extends Error {
  override readonly name = "JournalError";
  readonly code: JournalErrorCode;
  constructor(code: JournalErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** A room that has a log, and how far it is. */
export interface Listed {
  readonly room: RoomName;
  readonly epoch: string;
  readonly rev: number;
}

export const readEntriesMax = 1_000;
/** Per `read`, in UTF-16 code units: an entry that goes over it is the last. */
export const readBytesMax = 4 * 1024 * 1024;

export interface Journal {
  /** For people: `memory`, `sqlite data/rooms.db`. */
  readonly name: string;
  /** Finds the room's log or creates an empty one under a fresh random epoch. Damage found here cuts the log at the last intact entry, changes the epoch and raises an alarm. Calls for one room never overlap. */
  open(room: RoomName): Promise<Opened>;
  /** Appends if, and only if, the log still ends at `cursor` (compare-and-append). Resolves once durable. A log begins with a snapshot at rev 0: an append before it is `invalid`, since nothing could be built on it. Any other rejection means *unknown*: open again and look. */
  append(room: RoomName, cursor: Cursor, batch: Batch): Promise<Appended>;
  /** A room that has something to decide waits for it first: what one commit should hold is there already, and what is not decided yet waits shorter. `undefined`, or not there: go on. Never rejects. */
  ready?(): Promise<void> | undefined;
  /** Entries with `rev >= from`, in order, at most `limit` (default `readEntriesMax`) of them and about `readBytesMax`; none only if there are none. */
  read(room: RoomName, from: number, limit?: number): Promise<readonly Entry[]>;
  /** Keeps a snapshot, then deletes what the retention setting no longer asks for. The caller has verified it by replay. `nextDueAt` as in `Batch`; it counts if the snapshot is of the newest rev. */
  saveSnapshot(room: RoomName, snapshot: SnapshotRecord, nextDueAt: number | null): Promise<void>;
  /** Rooms by name, in code-unit order, the first one after `after`; "" begins with the first of all. This and the next two only look: beside a room that runs, at any time, and nothing is repaired, created or renewed. */
  list(after: RoomName, limit: number): Promise<readonly Listed[]>;
  /** How far the room's log is; `undefined` if it has none. */
  head(room: RoomName): Promise<Pick<Listed, "epoch" | "rev"> | undefined>;
  /** The newest kept snapshot at or before `rev` that is intact. */
  snapshotAt(room: RoomName, rev: number): Promise<SnapshotRecord | undefined>;
  /** Rooms with a running timer, soonest first. */
  nextDue(limit: number): Promise<readonly { readonly room: RoomName; readonly dueAt: number }[]>;
  /** Resolves if a write can be made durable now; rejects with the reason. */
  probe(): Promise<void>;
  /** Waits for what is under way, then lets go of the files. Later calls reject with `closed`. */
  close(): Promise<void>;
}

/** What a composition root gives a journal. */
export interface JournalDeps {
  /** A fresh random epoch, for example 12 characters of base62. */
  readonly newEpoch: () => string;
  readonly onAlarm: (alarm: JournalAlarm) => void;
}

/** What `memory()`, `sqlite(…)` and `nats(…)` give: the server calls it with what only it has. */
export type JournalFactory = (deps: JournalDeps) => Journal | Promise<Journal>;
