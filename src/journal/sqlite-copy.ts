/**
 * A journal's SQLite file as it is now, for whoever only wants to read it: on a copy in a temporary folder, so that nothing beside the
 * original is written, mended or created, and what is still in the write-ahead log is seen. From: inspect/replay.ts.
 */
import { constants, Database } from "bun:sqlite";
import { existsSync } from "node:fs";
import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { chainHash, genesis } from "./chain.ts";
import { type Entry, type Journal, JournalError, type Listed, type RoomName, readEntriesMax, type SnapshotRecord } from "./port.ts";
import { errorFrom } from "./sqlite-errors.ts";
import { entryRows, intactSnapshotAt, listRooms, readHead } from "./sqlite-read.ts";
import { readMeta } from "./sqlite-schema.ts";

export class SqliteCopy implements Pick<Journal, "list" | "head" | "snapshotAt" | "read">, AsyncDisposable {
  readonly #path: string;
  readonly #folder: string;
  readonly #database: Database;

  private constructor(path: string, folder: string, database: Database) {
    this.#path = path;
    this.#folder = folder;
    this.#database = database;
  }

  /** Rejects with a `JournalError`: `locked` while a server has the file open. */
  static async of(path: string): Promise<SqliteCopy> {
    if (!existsSync(path)) throw new JournalError("unreadable", `there is no journal at ${path}`);
    if (isHeld(path))
      throw new JournalError(
        "locked",
        `a running server holds ${path}: copy it together with ${path}-wal to another folder and name that, or export the room from the inspector`,
      );
    const folder = await mkdtemp(join(tmpdir(), "quorate-copy-"));
    try {
      const copy = join(folder, "rooms.db");
      for (const suffix of ["", "-wal"]) if (existsSync(path + suffix)) await copyFile(path + suffix, copy + suffix);
      return new SqliteCopy(path, folder, openCopy(copy, path));
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw errorFrom(error, path);
    }
  }

  async list(after: RoomName, limit: number): Promise<readonly Listed[]> {
    return this.#try(() => listRooms(this.#database, after, limit));
  }

  async head(room: RoomName): Promise<Pick<Listed, "epoch" | "rev"> | undefined> {
    return this.#try(() => readHead(this.#database, room));
  }

  async snapshotAt(room: RoomName, rev: number): Promise<SnapshotRecord | undefined> {
    const found = this.#try(() => intactSnapshotAt(this.#database, room, rev));
    return found === undefined ? undefined : { rev: found.rev, data: found.data };
  }

  /** An entry that is not the one that was written is an error that names its rev. */
  async read(room: RoomName, from: number, limit = readEntriesMax): Promise<readonly Entry[]> {
    return this.#try(() => {
      const entries: Entry[] = [];
      let before = this.#hashBefore(room, from);
      for (const { rev, data, hash } of entryRows(this.#database, room, from, limit)) {
        if (before !== undefined && before.rev === rev - 1 && chainHash(before.hash, rev, data) !== hash)
          throw new JournalError("unreadable", `rev ${rev} of ${room} is not what was written: its hash does not fit`);
        before = { rev, hash };
        entries.push({ rev, data });
      }
      return entries;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#database.close();
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** What the entry `from` is chained to; `undefined` where that is not kept. */
  #hashBefore(room: RoomName, from: number): { readonly rev: number; readonly hash: string } | undefined {
    const rev = from - 1;
    const of = (sql: string) => this.#database.query<{ hash: string }, [string, number]>(sql).get(room, rev)?.hash;
    const hash =
      of("SELECT e.hash FROM entries e JOIN rooms r ON r.room = e.room WHERE r.name = ? AND e.rev = ?") ??
      of("SELECT s.chain AS hash FROM snapshots s JOIN rooms r ON r.room = s.room WHERE r.name = ? AND s.rev = ?") ??
      (rev === 0 ? genesis(room) : undefined);
    return hash === undefined ? undefined : { rev, hash };
  }

  #try<T>(run: () => T): T {
    try {
      return run();
    } catch (error) {
      throw errorFrom(error, this.#path);
    }
  }
}

/** A server has a write-ahead log as long as it runs, and all locks. To ask for one creates nothing this way: without the shared memory, which a server has none of, it goes no further. */
function isHeld(path: string): boolean {
  if (!existsSync(`${path}-wal`)) return false;
  try {
    const flags = constants.SQLITE_OPEN_READONLY | constants.SQLITE_OPEN_URI;
    const database = new Database(`${pathToFileURL(path).href}?mode=ro&readonly_shm=1`, flags);
    try {
      database.query("SELECT 1 FROM sqlite_schema").get();
    } finally {
      database.close();
    }
    return false;
  } catch (error) {
    return errorFrom(error, path).code === "locked";
  }
}

function openCopy(copy: string, path: string): Database {
  const database = new Database(copy, { readwrite: true, create: false, strict: true });
  try {
    if (database.query("SELECT 1 FROM sqlite_schema WHERE name = 'meta'").get() === null)
      throw new JournalError("unreadable", `${path} is no journal of rooms`);
    readMeta(database, path);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}
