/** What only looks at a journal's SQLite file: a room's entries, its snapshots, which rooms there are. From: sqlite-log.ts, sqlite-copy.ts. */
import type { Database } from "bun:sqlite";
import { chainHash } from "./chain.ts";
import { type Entry, type Listed, type RoomName, readBytesMax, type SnapshotRecord } from "./port.ts";
import { isUnreadable } from "./sqlite-errors.ts";

export interface EntryRow {
  readonly rev: number;
  readonly data: string;
  readonly hash: string;
}

export interface SnapshotRow {
  readonly id: number;
  readonly rev: number;
  readonly data: string;
  readonly checksum: string;
  readonly chain: string;
}

export const isIntact = ({ chain, rev, data, checksum }: SnapshotRow): boolean => chainHash(chain, rev, data) === checksum;

export const snapshotRow = (database: Database, id: number): SnapshotRow | null =>
  database.query<SnapshotRow, [number]>("SELECT id, rev, data, checksum, chain FROM snapshots WHERE id = ?").get(id);

/** Up to `limit` of them and about `readBytesMax`, the one that goes over it being the last. */
export function* entryRows(database: Database, name: RoomName, from: number, limit: number): Generator<EntryRow> {
  let bytes = 0;
  const rows = database
    .query<EntryRow, [string, number, number]>(
      "SELECT e.rev, e.data, e.hash FROM entries e JOIN rooms r ON r.room = e.room WHERE r.name = ? AND e.rev >= ? ORDER BY e.rev LIMIT ?",
    )
    .iterate(name, from, limit);
  for (const row of rows) {
    yield row;
    bytes += row.data.length;
    if (bytes >= readBytesMax) return;
  }
}

export const readEntries = (database: Database, name: RoomName, from: number, limit: number): Entry[] =>
  [...entryRows(database, name, from, limit)].map(({ rev, data }) => ({ rev, data }));

/** Names are compared byte by byte, which is their code-unit order: a room's name is ASCII. */
export const listRooms = (database: Database, after: RoomName, limit: number): Listed[] =>
  database
    .query<Listed, [string, number]>("SELECT name AS room, epoch, rev FROM rooms WHERE name > ? ORDER BY name LIMIT ?")
    .all(after, limit);

export const readHead = (database: Database, name: RoomName): Pick<Listed, "epoch" | "rev"> | undefined =>
  database.query<Pick<Listed, "epoch" | "rev">, [string]>("SELECT epoch, rev FROM rooms WHERE name = ?").get(name) ?? undefined;

/** One that is damaged, or that SQLite cannot read, is passed over for the one before. */
export function intactSnapshotAt(
  database: Database,
  name: RoomName,
  rev: number,
): (SnapshotRecord & { readonly chain: string }) | undefined {
  const listed = database
    .query<{ id: number }, [string, number]>(
      "SELECT s.id FROM snapshots s JOIN rooms r ON r.room = s.room WHERE r.name = ? AND s.rev <= min(?, r.rev) ORDER BY s.rev DESC",
    )
    .all(name, rev);
  for (const { id } of listed) {
    try {
      const row = snapshotRow(database, id);
      if (row !== null && isIntact(row)) return { rev: row.rev, data: row.data, chain: row.chain };
    } catch (error) {
      if (!isUnreadable(error)) throw error;
    }
  }
  return undefined;
}
