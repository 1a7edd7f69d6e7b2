/** What disks, operators and accidents do to a journal's files while no server runs. From: damage.test.ts. */
import { Database } from "bun:sqlite";
import { copyFileSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const pageBytes = 4_096;
export const walOf = (data: string): string => join(data, "rooms.db-wal");
export const databaseOf = (data: string): string => join(data, "rooms.db");
export const walBytes = (data: string): number => statSync(walOf(data)).size;

export const cut = (path: string, bytes: number): void => truncateSync(path, bytes);

export function flip(path: string, at: number): void {
  const bytes = readFileSync(path);
  for (let i = at; i < at + 16; i++) bytes[i] = (bytes[i] ?? 0) ^ 0xff;
  writeFileSync(path, bytes);
}

/** As a disk does that lost a sector: the page that holds `text`. */
export function zeroPageOf(path: string, text: string): void {
  const bytes = readFileSync(path);
  const at = bytes.indexOf(text);
  if (at === -1) throw new Error(`'${text}' is not in ${path}`);
  const page = Math.floor(at / pageBytes) * pageBytes;
  writeFileSync(path, bytes.fill(0, page, page + pageBytes));
}

/** Everything from the write-ahead log into the database, as SQLite does it now and then. */
export function checkpoint(data: string): void {
  const database = new Database(databaseOf(data));
  database.run("PRAGMA wal_checkpoint(TRUNCATE)");
  database.close();
}

/** An older copy of the database takes its place. `withMark`: of the whole folder, so that nothing beside it is newer. */
export function putBack(from: string, data: string, withMark: boolean): void {
  rmSync(walOf(data), { force: true });
  copyFileSync(databaseOf(from), databaseOf(data));
  if (withMark) copyFileSync(`${databaseOf(from)}.mark`, `${databaseOf(data)}.mark`);
}
