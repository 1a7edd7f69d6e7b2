/**
 * A disk that outlives the simulated server's processes, with the journal's real SQLite code on it (all of it but the thread). Each call takes its time on
 * the process's clock; calls fail, crashes fall before or after a commit, files are rolled back or damaged: as the plan says.
 */
import { copyFileSync, existsSync, linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "../../src/clock.ts";
import { type Journal, type JournalDeps, JournalError, type JournalFactory, readEntriesMax } from "../../src/journal/port.ts";
import { errorFrom } from "../../src/journal/sqlite-errors.ts";
import { SqliteLog, type Write, type Written } from "../../src/journal/sqlite-log.ts";
import { type Damage, damage } from "./damage.ts";

export type WriteFault = "none" | "eioBefore" | "eioAfter" | "full";
export const callKinds = ["open", "append", "read", "snapshot", "nextDue", "probe"] as const;
export type CallKind = (typeof callKinds)[number];

/** The process dies at one of its next calls: before it is done, or before its answer. */
export interface Death {
  calls: number;
  /** Only calls of this kind count; any does without it. */
  readonly kind: CallKind | undefined;
  readonly after: boolean;
  readonly die: (kind: CallKind) => void;
}

const files = ["rooms.db", "rooms.db-wal", "rooms.db-shm", "rooms.db.mark"];

export class SimDisk {
  readonly folder: string;
  /** What the next writes meet. */
  readonly faults: WriteFault[] = [];
  isFull = false;
  readFails = 0;
  #log: SqliteLog | undefined;
  dieAt: Death | undefined;
  /** Every rev that a commit made durable: `room` → `[epoch, rev]`. */
  readonly durable = new Map<string, { epoch: string; rev: number }>();
  /** Tags of all commands whose op was ever durable. */
  readonly tags = new Set<string>();
  /** An append failed, in this process's life. */
  appendFailed = false;
  #backup: ReadonlyMap<string, Buffer> | undefined;

  constructor(folder: string) {
    this.folder = folder;
    mkdirSync(folder, { recursive: true });
  }

  /** The journal of one process. */
  factory(clock: Clock, delayMs: () => number): JournalFactory {
    return async (deps) => {
      const open = () => this.#open(deps);
      const call = async <T>(kind: CallKind, run: (log: SqliteLog) => T): Promise<T> => {
        await new Promise<void>((resolve) => void clock.setTimer(delayMs(), resolve));
        const death = this.dieAt;
        if (death !== undefined && (death.kind ?? kind) === kind && --death.calls <= 0) {
          this.dieAt = undefined;
          if (death.after) run(open());
          death.die(kind);
          return new Promise<T>(() => undefined); // nobody is there to hear it
        }
        try {
          return run(open());
        } catch (thrown) {
          const error = errorFrom(thrown, "the simulated disk");
          if (kind === "append") this.appendFailed = true;
          if (error.code === "io") this.#letGo();
          if (error.code === "io" || error.code === "full") deps.onAlarm({ code: error.code, message: error.message });
          throw error;
        }
      };
      let closed = false;
      let queue: Promise<unknown> = Promise.resolve();
      const inOrder = <T>(kind: CallKind, run: (log: SqliteLog) => T): Promise<T> => {
        if (closed) return Promise.reject(new JournalError("closed", "this journal is closed"));
        const done = queue.then(() => call(kind, run));
        queue = done.catch(() => undefined);
        return done;
      };
      const write = async (one: Write) => {
        const [written] = await inOrder(one.kind, (log) => this.#write(log, one));
        if (written?.ok === false && written.code === "invalid") throw new JournalError("invalid", written.message);
        return written as Exclude<Written, { code: "invalid" }>;
      };
      this.appendFailed = false;
      await inOrder("open", () => undefined);
      return {
        name: "simulated disk",
        open: (room) =>
          inOrder("open", (log) => {
            this.#failRead();
            const opened = log.open(room, deps.newEpoch());
            this.durable.set(room, { epoch: opened.cursor.epoch, rev: opened.cursor.rev });
            return opened;
          }),
        append: (room, cursor, batch) => write({ kind: "append", room, cursor, batch }),
        read: (room, from, limit = readEntriesMax) =>
          inOrder("read", (log) => {
            this.#failRead();
            return log.read(room, from, limit);
          }),
        saveSnapshot: async (room, snapshot, nextDueAt) => void (await write({ kind: "snapshot", room, snapshot, nextDueAt })),
        list: (after, limit) => inOrder("read", (log) => log.list(after, limit)),
        head: (room) => inOrder("read", (log) => log.head(room)),
        snapshotAt: (room, rev) => inOrder("read", (log) => log.snapshotAt(room, rev)),
        nextDue: (limit) => inOrder("nextDue", (log) => log.nextDue(limit)),
        probe: async () => void (await write({ kind: "probe" })),
        close: async () => {
          await queue;
          closed = true;
          this.#log?.close();
          this.#log = undefined;
        },
      } satisfies Journal;
    };
  }

  /** SIGKILL: what was committed is there, and nothing is tidied up. */
  kill(): void {
    this.dieAt = undefined;
    const here = (file: string) => join(this.folder, file);
    const kept = files.filter((file) => !file.endsWith("-shm") && existsSync(here(file)));
    // To let go of the database would tidy up: it writes to a copy, and deletes one name of a log that has two.
    for (const file of kept) (file === "rooms.db" ? copyFileSync : linkSync)(here(file), here(`${file}.kept`));
    this.#letGo();
    for (const file of files) rmSync(here(file), { force: true });
    for (const file of kept) renameSync(here(`${file}.kept`), here(file));
  }

  /** For later: the whole disk as it is now. The mark is not among it: it is what tells. */
  backUp(): void {
    const kept = this.#copy();
    kept.delete("rooms.db.mark");
    this.#backup = kept;
  }

  /** Between two processes: an old copy is put back. Returns whether there was one. */
  rollBack(): boolean {
    if (this.#backup === undefined) return false;
    const mark = join(this.folder, "rooms.db.mark");
    const kept = existsSync(mark) ? readFileSync(mark) : undefined;
    this.#restore(this.#backup);
    if (kept !== undefined) writeFileSync(mark, kept);
    return true;
  }

  /** Between two processes. Returns whether there was something to damage. */
  damage(how: Damage, chance: () => number): boolean {
    return damage(this.folder, how, chance);
  }

  destroy(): void {
    this.#letGo();
    rmSync(this.folder, { recursive: true, force: true });
  }

  #open(deps: JournalDeps): SqliteLog {
    this.#log ??= new SqliteLog(
      { path: join(this.folder, "rooms.db"), keepSnapshots: 2, keepOps: 100_000, onAlarm: deps.onAlarm },
      deps.newEpoch(),
    );
    return this.#log;
  }

  #write(log: SqliteLog, write: Write): Written[] {
    if (this.isFull) throw new JournalError("full", "the disk is full");
    const fault = this.faults.shift();
    if (fault === "full") throw new JournalError("full", "the disk is full");
    if (fault === "eioBefore") throw new JournalError("io", "the write failed");
    const written = log.write([write]);
    const [one] = written;
    if (write.kind === "append" && one?.ok) {
      this.durable.set(write.room, { epoch: one.cursor.epoch, rev: one.cursor.rev });
      for (const { data } of write.batch.entries) this.tags.add(/"tag":"([^"]*)"/.exec(data)?.[1] ?? "");
    }
    if (fault === "eioAfter") throw new JournalError("io", "the answer was lost");
    return written;
  }

  #failRead(): void {
    if (this.readFails <= 0) return;
    this.readFails--;
    throw new JournalError("io", "the read failed");
  }

  #letGo(): void {
    try {
      this.#log?.abandon();
    } finally {
      this.#log = undefined;
    }
  }

  #copy(): Map<string, Buffer> {
    return new Map(
      files.filter((file) => existsSync(join(this.folder, file))).map((file) => [file, readFileSync(join(this.folder, file))]),
    );
  }

  #restore(kept: ReadonlyMap<string, Buffer>): void {
    for (const file of files) rmSync(join(this.folder, file), { force: true });
    for (const [file, bytes] of kept) if (!file.endsWith("-shm")) writeFileSync(join(this.folder, file), bytes);
  }
}
