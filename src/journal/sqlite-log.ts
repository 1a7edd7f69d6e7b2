/**
 * The journal's work on one SQLite file, all of it synchronous. From: sqlite-worker.ts, which keeps it off the event loop.
 * Every entry carries a hash over the one before it, so damage is found at open; what was cut off is kept in `damaged`, for people.
 */
import type { Database } from "bun:sqlite";
import { chainHash, genesis } from "./chain.ts";
import {
  type Appended,
  type Batch,
  type Cursor,
  type Entry,
  type JournalAlarm,
  JournalError,
  type Listed,
  type Opened,
  type RoomName,
  type SnapshotRecord,
} from "./port.ts";
import { type Retention, retained } from "./retention.ts";
import { errorFrom } from "./sqlite-errors.ts";
import { Mark } from "./sqlite-mark.ts";
import { intactSnapshotAt, listRooms, readEntries, readHead } from "./sqlite-read.ts";
import { damagedAlarm, type Found, repair } from "./sqlite-repair.ts";
import { salvage } from "./sqlite-salvage.ts";
import { openFile, type RoomRow } from "./sqlite-schema.ts";

export interface LogOptions extends Retention {
  readonly path: string;
  readonly onAlarm: (alarm: JournalAlarm) => void;
}

export type Write =
  | { readonly kind: "append"; readonly room: RoomName; readonly cursor: Cursor; readonly batch: Batch }
  | { readonly kind: "snapshot"; readonly room: RoomName; readonly snapshot: SnapshotRecord; readonly nextDueAt: number | null }
  | { readonly kind: "probe" };
/** Per write: a conflict or a broken contract of one room never harms another's write in the same transaction. */
export type Written = Appended | { readonly ok: false; readonly code: "invalid"; readonly message: string };

export class SqliteLog {
  readonly #options: LogOptions;
  readonly #database: Database;
  readonly #fileId: string;
  readonly #mark: Mark;
  #commits: number;

  constructor(options: LogOptions, freshId: string) {
    const { path, onAlarm } = options;
    this.#options = options;
    const { database, fileId, commits } = openFile(path, freshId, onAlarm);
    this.#database = database;
    this.#fileId = fileId;
    this.#commits = commits;
    try {
      const marked = Mark.read(`${path}.mark`);
      this.#mark = new Mark(`${path}.mark`, fileId);
      if (marked === undefined || (marked.file === fileId && marked.commits <= commits)) this.#mark.write(commits);
      else this.#renewAll(marked);
    } catch (error) {
      database.close(); // it holds the lock, and nobody else could let go of it
      throw errorFrom(error, path);
    }
  }

  open(name: RoomName, freshEpoch: string): Opened {
    const known = this.#room(name);
    if (known === null) {
      const hash = genesis(name);
      this.#transaction(() =>
        this.#database.query("INSERT INTO rooms (name, epoch, rev, hash) VALUES (?, ?, 0, ?)").run(name, freshEpoch, hash),
      );
      return { cursor: { epoch: freshEpoch, rev: 0, fence: hash }, snapshot: undefined };
    }
    const found = repair(this.#database, known);
    // What SQLite cannot read it cannot delete either: the caller has to salvage first.
    if (found.unreadable) throw new JournalError("unreadable", `${this.#options.path}: pages of ${name} cannot be read`);
    if (!found.damaged && known.renew === 0) return { cursor: cursorOf(known), snapshot: recordOf(found.snapshot) };
    const { rev, hash, lostFrom } = found;
    const epoch = lostFrom !== undefined || known.renew !== 0 ? freshEpoch : known.epoch;
    this.#transaction(() => {
      found.cut();
      this.#database.query("UPDATE rooms SET epoch = ?, rev = ?, hash = ?, renew = 0 WHERE room = ?").run(epoch, rev, hash, known.room);
    });
    if (found.damaged) this.#options.onAlarm(damagedAlarm(name, found, "what was cut off is in the table 'damaged'"));
    return { cursor: { epoch, rev, fence: hash }, snapshot: recordOf(found.snapshot) };
  }

  /** After SQLite met pages it cannot read: a new file with all that can be trusted takes this one's place. This log is done then. */
  salvage(): void {
    const { path, onAlarm } = this.#options;
    this.#mark.close();
    salvage({ from: this.#database, path, fileId: this.#fileId, commits: this.#commits, onAlarm });
  }

  /** One transaction, one fsync, for all rooms that are due. Throws if it did not commit. */
  write(writes: readonly Write[]): Written[] {
    return this.#transaction(() => writes.map((write) => this.#writeOne(write)));
  }

  read(name: RoomName, from: number, limit: number): Entry[] {
    return readEntries(this.#database, name, from, limit);
  }

  list(after: RoomName, limit: number): Listed[] {
    return listRooms(this.#database, after, limit);
  }

  head(name: RoomName): Pick<Listed, "epoch" | "rev"> | undefined {
    return readHead(this.#database, name);
  }

  snapshotAt(name: RoomName, rev: number): SnapshotRecord | undefined {
    return recordOf(intactSnapshotAt(this.#database, name, rev));
  }

  nextDue(limit: number): { room: RoomName; dueAt: number }[] {
    return this.#database
      .query<{ room: RoomName; dueAt: number }, [number]>(
        "SELECT name AS room, next_due AS dueAt FROM rooms WHERE next_due IS NOT NULL ORDER BY next_due LIMIT ?",
      )
      .all(limit);
  }

  /** Everything into the main file, so that no WAL is left behind; on a full disk it stays, and the next start has it. */
  close(): void {
    try {
      this.#database.run("PRAGMA wal_checkpoint(TRUNCATE)");
    } catch (error) {
      if (errorFrom(error, this.#options.path).code !== "full") throw error;
    } finally {
      this.abandon();
    }
  }

  /** After an I/O error: lets go without touching the file. A retried fsync would lie. */
  abandon(): void {
    this.#mark.close();
    this.#database.close();
  }

  #renewAll(marked: { readonly file: string; readonly commits: number }): void {
    const { path, onAlarm } = this.#options;
    const told =
      marked.file === this.#fileId
        ? `${path} has ${this.#commits} transactions, but ${marked.commits} were acknowledged`
        : `${path} took the place of another file`;
    onAlarm({ code: "rolledBack", message: `${told}: history may have been lost, every room gets a new epoch` });
    this.#commits = Math.max(this.#commits, marked.commits);
    this.#transaction(() => this.#database.run("UPDATE rooms SET renew = 1"));
  }

  #writeOne(write: Write): Written {
    if (write.kind === "probe") return { ok: true, cursor: { epoch: "", rev: 0, fence: "" } };
    const row = this.#room(write.room);
    if (row === null) return { ok: false, code: "invalid", message: `${write.room} was never opened` };
    return write.kind === "append" ? this.#append(row, write) : this.#saveSnapshot(row, write);
  }

  #append(row: RoomRow, { cursor, batch }: Extract<Write, { kind: "append" }>): Written {
    if (row.epoch !== cursor.epoch || row.rev !== cursor.rev || row.hash !== cursor.fence || row.renew !== 0)
      return { ok: false, code: "conflict" };
    if (batch.entries.some(({ rev }, i) => rev !== cursor.rev + 1 + i))
      return { ok: false, code: "invalid", message: `the entries do not follow rev ${cursor.rev}` };
    if (row.rev === 0 && this.#database.query("SELECT 1 FROM snapshots WHERE room = ? LIMIT 1").get(row.room) === null)
      return { ok: false, code: "invalid", message: `${row.name} has no snapshot yet` };
    const insert = this.#database.query("INSERT INTO entries (room, rev, data, hash) VALUES (?, ?, ?, ?)");
    let { hash, rev } = row;
    for (const entry of batch.entries) {
      hash = chainHash(hash, entry.rev, entry.data);
      rev = entry.rev;
      insert.run(row.room, rev, entry.data, hash);
    }
    this.#database.query("UPDATE rooms SET rev = ?, hash = ?, next_due = ? WHERE room = ?").run(rev, hash, batch.nextDueAt, row.room);
    return { ok: true, cursor: { epoch: row.epoch, rev, fence: hash } };
  }

  #saveSnapshot(row: RoomRow, { snapshot, nextDueAt }: Extract<Write, { kind: "snapshot" }>): Written {
    const { rev, data } = snapshot;
    const at = this.#database
      .query<{ hash: string }, [number, number]>("SELECT hash FROM entries WHERE room = ? AND rev = ?")
      .get(row.room, rev);
    const chain = rev === row.rev ? row.hash : at?.hash;
    if (chain === undefined) return { ok: false, code: "invalid", message: `a snapshot at rev ${rev}, which ${row.name} does not have` };
    this.#database
      .query("INSERT OR REPLACE INTO snapshots (room, rev, data, checksum, chain) VALUES (?, ?, ?, ?, ?)")
      .run(row.room, rev, data, chainHash(chain, rev, data), chain);
    if (rev === row.rev) this.#database.query("UPDATE rooms SET next_due = ? WHERE room = ?").run(nextDueAt, row.room);
    const all = this.#database.query<{ rev: number }, [number]>("SELECT rev FROM snapshots WHERE room = ?").all(row.room);
    const revs = all.map((one) => one.rev);
    const { snapshots, trimTo } = retained(revs, row.rev, this.#options);
    const remove = this.#database.query("DELETE FROM snapshots WHERE room = ? AND rev = ?");
    for (const one of revs) if (!snapshots.includes(one)) remove.run(row.room, one);
    this.#database.query("DELETE FROM entries WHERE room = ? AND rev <= ?").run(row.room, trimTo);
    return { ok: true, cursor: cursorOf(row) };
  }

  #room(name: RoomName): RoomRow | null {
    return this.#database.query<RoomRow, [string]>("SELECT room, name, epoch, rev, hash, renew FROM rooms WHERE name = ?").get(name);
  }

  #transaction<T>(run: () => T): T {
    const commits = this.#commits + 1;
    try {
      this.#database.run("BEGIN IMMEDIATE");
      const result = run();
      this.#database.query("UPDATE meta SET value = ? WHERE key = 'commits'").run(String(commits));
      this.#database.run("COMMIT");
      this.#commits = commits;
      this.#mark.write(commits);
      return result;
    } catch (error) {
      if (this.#database.inTransaction) this.#database.run("ROLLBACK");
      throw error instanceof JournalError ? error : errorFrom(error, this.#options.path);
    }
  }
}

const recordOf = (snapshot: Found["snapshot"]): SnapshotRecord | undefined =>
  snapshot === undefined ? undefined : { rev: snapshot.rev, data: snapshot.data };
const cursorOf = ({ epoch, rev, hash }: RoomRow): Cursor => ({ epoch, rev, fence: hash });
