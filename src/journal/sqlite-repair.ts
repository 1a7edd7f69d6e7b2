/** What of a room's log can be trusted? Walks it from the newest intact snapshot. From: sqlite-log.ts at open, sqlite-salvage.ts. Changes nothing until `cut` is called. */
import type { Database } from "bun:sqlite";
import { chainHash, genesis } from "./chain.ts";
import type { JournalAlarm, SnapshotRecord } from "./port.ts";
import { isUnreadable } from "./sqlite-errors.ts";
import { type EntryRow, isIntact, type SnapshotRow, snapshotRow } from "./sqlite-read.ts";
import type { RoomRow } from "./sqlite-schema.ts";

export interface Found {
  readonly snapshot: (SnapshotRecord & { readonly chain: string }) | undefined;
  /** Ids of the snapshots before it, newest first; nobody has looked whether they are intact. */
  readonly older: readonly number[];
  /** The last entry that is intact, and its hash. */
  readonly rev: number;
  readonly hash: string;
  /** Anything is missing or wrong. */
  readonly damaged: boolean;
  /** The first rev that may be lost. Without it the damage lost nothing: an older snapshot and the entries give the same state. */
  readonly lostFrom: number | undefined;
  /** Some of it is on pages that SQLite cannot read, so `cut` would fail. */
  readonly unreadable: boolean;
  /** Moves what cannot be trusted into `damaged`. To be called in a transaction. */
  readonly cut: () => void;
}

export function repair(database: Database, row: RoomRow): Found {
  const { good, bad, ...snapshots } = readSnapshots(database, row);
  const start = { rev: good?.rev ?? 0, hash: good?.chain ?? genesis(row.name) };
  // Without any snapshot nothing can be built on the entries: a room's log begins with one, at rev 0.
  const end = good === undefined ? { ...start, unreadable: false } : walk(database, row, start);
  const brandNew = good === undefined && snapshots.revs.length === 0 && row.rev === 0;
  const whole = brandNew || (good !== undefined && end.rev === row.rev && end.hash === row.hash);
  const beyondHead = snapshots.revs.some((rev) => rev > row.rev);
  return {
    snapshot: good,
    older: snapshots.older,
    rev: end.rev,
    hash: end.hash,
    damaged: !whole || bad.length > 0 || snapshots.unreadable,
    lostFrom: whole && !beyondHead ? undefined : end.rev + 1,
    unreadable: snapshots.unreadable || end.unreadable,
    cut: () => {
      database
        .query(
          "INSERT INTO damaged (room, kind, rev, data, hash) SELECT room, 'entry', rev, data, hash FROM entries WHERE room = ? AND rev > ?",
        )
        .run(row.room, end.rev);
      database.query("DELETE FROM entries WHERE room = ? AND rev > ?").run(row.room, end.rev);
      for (const { id, rev, data, checksum } of bad) {
        database
          .query("INSERT INTO damaged (room, kind, rev, data, hash) VALUES (?, 'snapshot', ?, ?, ?)")
          .run(row.room, rev, data, checksum);
        database.query("DELETE FROM snapshots WHERE id = ?").run(id);
      }
    },
  };
}

export function damagedAlarm(room: string, { rev, lostFrom }: Found, kept: string): JournalAlarm {
  if (lostFrom === undefined)
    return { code: "damaged", room, message: `a snapshot of ${room} is damaged; an older one serves, nothing is lost; ${kept}` };
  const message = `the log of ${room} is damaged from rev ${lostFrom}: it now ends at rev ${rev}, under a new epoch; ${kept}`;
  return { code: "damaged", room, lostFrom, message };
}

/** Rows up to the first page that cannot be read; then `onUnreadable`. */
export function* readableRows<T>(database: Database, sql: string, parameters: number[], onUnreadable: () => void): Generator<T> {
  try {
    yield* database.query<T, number[]>(sql).iterate(...parameters);
  } catch (error) {
    if (!isUnreadable(error)) throw error;
    onUnreadable();
  }
}

/** The newest intact one, and the newer ones that are not. Each is read by itself, so that an unreadable one hides no other. */
function readSnapshots(database: Database, { room, rev }: RoomRow) {
  const bad: SnapshotRow[] = [];
  let unreadable = false;
  const list = (from: string) => [
    ...readableRows<{ id: number; rev: number }>(database, `SELECT id, rev FROM ${from} WHERE room = ?`, [room], () => {
      unreadable = true;
    }),
  ];
  let listed = list("snapshots");
  if (unreadable) listed = list("snapshots NOT INDEXED"); // it may be the index alone that is broken
  const revs = listed.map((snapshot) => snapshot.rev);
  const ids = listed.sort((a, b) => b.rev - a.rev).map(({ id }) => id);
  for (const [i, id] of ids.entries()) {
    try {
      const row = snapshotRow(database, id);
      if (row === null)
        unreadable = true; // the index knows it, the table does not
      else if (row.rev <= rev && isIntact(row)) return { good: row, older: ids.slice(i + 1), bad, revs, unreadable };
      else bad.push(row);
    } catch (error) {
      if (!isUnreadable(error)) throw error;
      unreadable = true;
    }
  }
  return { good: undefined, older: [], bad, revs, unreadable };
}

function walk(database: Database, { room }: RoomRow, start: { rev: number; hash: string }) {
  let { rev, hash } = start;
  let unreadable = false;
  const sql = "SELECT rev, data, hash FROM entries WHERE room = ? AND rev > ? ORDER BY rev";
  // What cannot be read ends what can be trusted.
  for (const entry of readableRows<EntryRow>(database, sql, [room, rev], () => {
    unreadable = true;
  })) {
    if (entry.rev !== rev + 1 || chainHash(hash, entry.rev, entry.data) !== entry.hash) break;
    ({ rev, hash } = entry);
  }
  return { rev, hash, unreadable };
}
