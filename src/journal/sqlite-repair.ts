/** What of a room's log can be trusted? Walks it from the newest intact snapshot. From: sqlite-log.ts at open. Changes nothing until `cut` is called. */
import type { Database } from "bun:sqlite";
import { chainHash, textHash } from "./chain.ts";
import type { SnapshotRecord } from "./port.ts";
import { isUnreadable } from "./sqlite-errors.ts";
import type { RoomRow } from "./sqlite-schema.ts";

export interface Found {
  readonly snapshot: SnapshotRecord | undefined;
  /** The last entry that is intact, and its hash. */
  readonly rev: number;
  readonly hash: string;
  /** Set if anything is missing or wrong. */
  readonly lostFrom: number | undefined;
  /** Moves what cannot be trusted into `damaged`. To be called in a transaction. */
  readonly cut: () => void;
}

interface SnapshotRow {
  readonly id: number;
  readonly rev: number;
  readonly data: string;
  readonly checksum: string;
  readonly chain: string;
}

export function repair(database: Database, row: RoomRow, genesis: string): Found {
  const { good, bad } = snapshots(database, row);
  const start = { rev: good?.rev ?? 0, hash: good?.chain ?? genesis };
  // Without any snapshot nothing can be built on the entries: a room's log begins with one, at rev 0.
  const end = good === undefined ? start : walk(database, row, start);
  const whole = end.rev === row.rev && end.hash === row.hash;
  const brandNew = good === undefined && bad.length === 0 && row.rev === 0;
  const damage = bad.length > 0 || !(whole || brandNew);
  return {
    snapshot: good === undefined ? undefined : { rev: good.rev, data: good.data },
    ...end,
    // A bad snapshot of which the replay gets the same state again has lost nothing; but then it is damage all the same.
    lostFrom: damage ? end.rev + 1 : undefined,
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

/** The newest intact one, and the newer ones that are not. */
function snapshots(database: Database, { room, rev }: RoomRow): { good: SnapshotRow | undefined; bad: SnapshotRow[] } {
  const bad: SnapshotRow[] = [];
  const rows = database
    .query<SnapshotRow, [number]>("SELECT id, rev, data, checksum, chain FROM snapshots WHERE room = ? ORDER BY rev DESC")
    .iterate(room);
  for (const row of rows) {
    if (row.rev <= rev && textHash(row.data) === row.checksum) return { good: row, bad };
    bad.push(row);
  }
  return { good: undefined, bad };
}

function walk(database: Database, { room }: RoomRow, start: { rev: number; hash: string }): { rev: number; hash: string } {
  let { rev, hash } = start;
  const rows = database
    .query<{ rev: number; data: string; hash: string }, [number, number]>(
      "SELECT rev, data, hash FROM entries WHERE room = ? AND rev > ? ORDER BY rev",
    )
    .iterate(room, rev);
  try {
    for (const entry of rows) {
      if (entry.rev !== rev + 1 || chainHash(hash, entry.rev, entry.data) !== entry.hash) break;
      ({ rev, hash } = entry);
    }
  } catch (error) {
    if (!isUnreadable(error)) throw error; // a page that SQLite cannot read ends what can be trusted
  }
  return { rev, hash };
}
