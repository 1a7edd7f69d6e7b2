/** The tables of the SQLite journal, and opening the file so that nothing about it is taken on trust. From: sqlite-log.ts, sqlite-salvage.ts. */
import { constants, Database } from "bun:sqlite";
import { existsSync, renameSync } from "node:fs";
import { type JournalAlarm, JournalError } from "./port.ts";
import { errorFrom, isUnreadable } from "./sqlite-errors.ts";

const schemaVersion = 1;
/** Each room writes to pages of its own: with a thousand busy ones, SQLite's default of 1,000 would copy all of them into the file after each commit. 32 MiB. */
const walPagesMax = 8_192;

const tables = `
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE rooms (
  room INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  epoch TEXT NOT NULL,
  rev INTEGER NOT NULL,
  hash TEXT NOT NULL,
  next_due INTEGER,
  renew INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX rooms_due ON rooms (next_due) WHERE next_due IS NOT NULL;
CREATE TABLE entries (room INTEGER NOT NULL, rev INTEGER NOT NULL, data TEXT NOT NULL, hash TEXT NOT NULL, PRIMARY KEY (room, rev)) WITHOUT ROWID;
CREATE TABLE snapshots (id INTEGER PRIMARY KEY, room INTEGER NOT NULL, rev INTEGER NOT NULL, data TEXT NOT NULL, checksum TEXT NOT NULL, chain TEXT NOT NULL, UNIQUE (room, rev));
CREATE TABLE damaged (id INTEGER PRIMARY KEY, room INTEGER NOT NULL, kind TEXT NOT NULL, rev INTEGER NOT NULL, data TEXT NOT NULL, hash TEXT NOT NULL);
`;

/** A row of `rooms`, without what only queries need. */
export interface RoomRow {
  readonly room: number;
  readonly name: string;
  readonly epoch: string;
  readonly rev: number;
  readonly hash: string;
  readonly renew: number;
}

export interface OpenedFile {
  readonly database: Database;
  /** Random, made with the file: ties the mark beside it to this very file. */
  readonly fileId: string;
  /** Transactions so far. */
  readonly commits: number;
}

/** Opens or creates. A file that is no database is set aside, never deleted. */
export function openFile(path: string, freshId: string, onAlarm: (alarm: JournalAlarm) => void): OpenedFile {
  try {
    return openOrCreate(path, freshId);
  } catch (error) {
    if (!isUnreadable(error)) throw errorFrom(error, `${path} could not be opened`);
    const aside = setAside(path);
    onAlarm({ code: "unreadable", message: `${path} is no readable database: it was set aside as ${aside}, and a new one was begun` });
    return openOrCreate(path, freshId);
  }
}

export function openOrCreate(path: string, freshId: string): OpenedFile {
  const database = new Database(path, { create: true, strict: true });
  try {
    // Until it is known to be a database: to close one that is none would delete the write-ahead log beside it.
    database.fileControl(constants.SQLITE_FCNTL_PERSIST_WAL, 1);
    // Exclusive: a second server on the same file would break the chain. It has to be set before the first access.
    database.run("PRAGMA locking_mode = EXCLUSIVE");
    database.run("PRAGMA busy_timeout = 2000");
    database.run("PRAGMA journal_mode = WAL");
    database.run("PRAGMA synchronous = FULL");
    database.run(`PRAGMA wal_autocheckpoint = ${walPagesMax}`);
    if (database.query("SELECT 1 FROM sqlite_schema WHERE name = 'meta'").get() === null) {
      database.transaction(() => {
        database.run(tables);
        const insert = database.query("INSERT INTO meta VALUES (?, ?)");
        for (const [key, value] of Object.entries({ schema: schemaVersion, file: freshId, commits: 0 })) insert.run(key, String(value));
      })();
    }
    const meta = readMeta(database, path);
    database.fileControl(constants.SQLITE_FCNTL_PERSIST_WAL, 0);
    return { database, fileId: meta.get("file") ?? "", commits: Number(meta.get("commits")) };
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Throws if another version of the schema made it. */
export function readMeta(database: Database, path: string): ReadonlyMap<string, string> {
  const rows = database.query<{ key: string; value: string }, []>("SELECT key, value FROM meta").all();
  const meta = new Map(rows.map(({ key, value }) => [key, value]));
  const version = Number(meta.get("schema"));
  if (version !== schemaVersion)
    throw new JournalError("tooNew", `${path} has schema version ${version}; this server knows ${schemaVersion}. It was left as it is.`);
  return meta;
}

function setAside(path: string): string {
  const aside = freeName(path);
  for (const suffix of ["", "-wal", "-shm", ".mark"]) if (existsSync(path + suffix)) renameSync(path + suffix, aside + suffix);
  return aside;
}

/** Where a damaged file goes that is kept for people. */
export function freeName(path: string): string {
  let n = 1;
  while (existsSync(`${path}.damaged-${n}`)) n++;
  return `${path}.damaged-${n}`;
}
