/**
 * Pages of the file cannot be read. Writing on would fail wherever SQLite touches them, so all that can be trusted moves to a new file,
 * and the old one is kept, untouched, for people. From: sqlite-log.ts. A crash at any point leaves the old file in place, or the new one.
 */
import type { Database } from "bun:sqlite";
import { closeSync, existsSync, fsyncSync, linkSync, openSync, renameSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { chainHash } from "./chain.ts";
import type { JournalAlarm } from "./port.ts";
import { isUnreadable } from "./sqlite-errors.ts";
import { type EntryRow, isIntact, snapshotRow } from "./sqlite-read.ts";
import { damagedAlarm, type Found, readableRows, repair } from "./sqlite-repair.ts";
import { freeName, openOrCreate, type RoomRow } from "./sqlite-schema.ts";

export interface Salvage {
  /** Closed at the end. */
  readonly from: Database;
  readonly path: string;
  readonly fileId: string;
  readonly commits: number;
  readonly onAlarm: (alarm: JournalAlarm) => void;
}

export function salvage({ from, path, fileId, commits, onAlarm }: Salvage): void {
  const fresh = `${path}.salvage`;
  const aside = freeName(path);
  const alarms: JournalAlarm[] = [];
  try {
    for (const suffix of ["", "-wal"]) rmSync(fresh + suffix, { force: true }); // a crash may have left half of one
    const to = openOrCreate(fresh, fileId).database;
    try {
      to.transaction(() => {
        to.query("UPDATE meta SET value = ? WHERE key = 'commits'").run(String(commits));
        alarms.push(...copyRooms(from, to, aside));
      })();
      to.run("PRAGMA wal_checkpoint(TRUNCATE)");
    } finally {
      to.close();
    }
  } finally {
    from.close();
  }
  linkSync(path, aside);
  // A WAL belongs to whatever file has its name: left behind, it would be played onto the new one.
  for (const suffix of ["-wal", "-shm"]) if (existsSync(path + suffix)) renameSync(path + suffix, aside + suffix);
  renameSync(fresh, path);
  syncFolder(dirname(path)); // else a power loss could bring the old file back, without what is acknowledged from here on
  const message = `${path} had pages that cannot be read: what can be trusted is in a new file, the old one is ${aside}`;
  onAlarm({ code: "unreadable", message });
  for (const alarm of alarms) onAlarm(alarm);
}

interface DueRoom extends RoomRow {
  readonly next_due: number | null;
}

function copyRooms(from: Database, to: Database, aside: string): JournalAlarm[] {
  const alarms: JournalAlarm[] = [];
  const incomplete = () => {
    const message = `the list of rooms itself is damaged: rooms that are missing begin anew; the damaged file is ${aside}`;
    alarms.push({ code: "unreadable", message });
  };
  const sql = "SELECT room, name, epoch, rev, hash, renew, next_due FROM rooms";
  for (const row of readableRows<DueRoom>(from, sql, [], incomplete)) {
    const found = repair(from, row);
    copyRoom(from, to, row, found);
    if (found.damaged) alarms.push(damagedAlarm(row.name, found, `the damaged file is ${aside}`));
  }
  return alarms;
}

function copyRoom(from: Database, to: Database, row: DueRoom, { snapshot, older, rev, hash, lostFrom }: Found): void {
  const { room, name, epoch } = row;
  to.query("INSERT INTO rooms (room, name, epoch, rev, hash, next_due, renew) VALUES (?, ?, ?, ?, ?, ?, ?)").run(
    ...[room, name, epoch, rev, hash, row.next_due, lostFrom === undefined ? row.renew : 1],
  );
  if (snapshot === undefined) return;
  insertSnapshot(to, room, snapshot);
  const insert = to.query("INSERT INTO entries (room, rev, data, hash) VALUES (?, ?, ?, ?)");
  const select = "SELECT rev, data, hash FROM entries WHERE room = ?";
  // Not one row further than `repair` got: the next may be on a page that cannot be read.
  const trusted = from.query<EntryRow, number[]>(`${select} AND rev > ? ORDER BY rev LIMIT ?`);
  for (const entry of trusted.iterate(room, snapshot.rev, rev - snapshot.rev)) insert.run(room, entry.rev, entry.data, entry.hash);
  // Nothing is built on the older ones; they are kept as far back as they can be read without a gap.
  const olderEntries = readableRows<EntryRow>(from, `${select} AND rev <= ? ORDER BY rev DESC`, [room, snapshot.rev], () => undefined);
  let oldest = snapshot.rev + 1;
  for (const entry of olderEntries) {
    if (entry.rev !== oldest - 1) break;
    insert.run(room, entry.rev, entry.data, entry.hash);
    oldest = entry.rev;
  }
  copyKeyFrames(from, to, room, older, oldest - 1);
}

/** Snapshots from which older entries go on. One that is damaged is no loss to the room: it stays in the old file. */
function copyKeyFrames(from: Database, to: Database, room: number, older: readonly number[], oldest: number): void {
  for (const id of older) {
    try {
      const frame = snapshotRow(from, id);
      if (frame !== null && isIntact(frame) && frame.rev >= oldest) insertSnapshot(to, room, frame);
    } catch (error) {
      if (!isUnreadable(error)) throw error;
    }
  }
}

const insertSnapshot = (to: Database, room: number, { rev, data, chain }: NonNullable<Found["snapshot"]>) =>
  to
    .query("INSERT INTO snapshots (room, rev, data, checksum, chain) VALUES (?, ?, ?, ?, ?)")
    .run(room, rev, data, chainHash(chain, rev, data), chain);

function syncFolder(path: string): void {
  const fd = openSync(path, "r");
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
