/**
 * The embedded default: one SQLite file (WAL, synchronous=FULL) behind a worker, so that no fsync blocks the event loop.
 * From: the rooms. To: sqlite-worker.ts. While one transaction is under way, the writes of all rooms gather; together they are the next one.
 */
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import {
  type Appended,
  type Entry,
  type Journal,
  type JournalDeps,
  JournalError,
  type JournalFactory,
  type Listed,
  type Opened,
  type RoomName,
  readEntriesMax,
  type SnapshotRecord,
} from "./port.ts";
import type { Write, Written } from "./sqlite-log.ts";
import type { Answer, Call, Posted, Request } from "./sqlite-worker.ts";
import { Turns } from "./turns.ts";

export interface SqliteOptions {
  readonly path: string;
  /** The newest snapshots that are kept per room; older ones stay as key frames, at most ten, about one for every eighth of `keepOps`. Default 2. */
  readonly keepSnapshots?: number;
  /** Ops that are kept per room, at least, with a state under the oldest of them. Default 100,000. */
  readonly keepOps?: number;
}

export const sqlite =
  ({ path, keepSnapshots = 2, keepOps = 100_000 }: SqliteOptions): JournalFactory =>
  async (deps) => {
    await mkdir(dirname(path), { recursive: true });
    const journal = new SqliteJournal({ do: "init", path, keepSnapshots, keepOps, freshId: deps.newEpoch() }, deps);
    await journal.start();
    return journal;
  };

/** More in one commit saves nothing that can be seen, and everybody in it waits for all others. */
const writesPerCommit = 128;

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

class SqliteJournal implements Journal {
  readonly name: string;
  readonly #init: Extract<Call, { do: "init" }>;
  readonly #deps: JournalDeps;
  #worker: Worker | undefined;
  #lastId = 0;
  readonly #waiting = new Map<number, Waiting>();
  #writes: { readonly write: Write; readonly waiting: Waiting }[] = [];
  #writing: Promise<void> | undefined;
  readonly #turns = new Turns(writesPerCommit, () => this.#writing !== undefined);
  #closing: Promise<void> | undefined;

  constructor(init: Extract<Call, { do: "init" }>, deps: JournalDeps) {
    this.name = `sqlite ${init.path}`;
    this.#init = init;
    this.#deps = deps;
  }

  /** Opens the file, so that what is wrong with it is told at the start. */
  async start(): Promise<void> {
    try {
      await this.#begin();
    } catch (error) {
      this.#endWorker();
      throw error;
    }
  }

  open(room: RoomName): Promise<Opened> {
    return this.#call({ do: "open", room, freshEpoch: this.#deps.newEpoch() });
  }

  append(room: RoomName, cursor: Parameters<Journal["append"]>[1], batch: Parameters<Journal["append"]>[2]): Promise<Appended> {
    return this.#write({ kind: "append", room, cursor, batch });
  }

  /** Bounds what gathers, but for what is not told beforehand: snapshots, a room's first op. */
  ready(): Promise<void> | undefined {
    return this.#turns.ready();
  }

  read(room: RoomName, from: number, limit = readEntriesMax): Promise<readonly Entry[]> {
    return this.#call({ do: "read", room, from, limit });
  }

  async saveSnapshot(room: RoomName, snapshot: Parameters<Journal["saveSnapshot"]>[1], nextDueAt: number | null): Promise<void> {
    await this.#write({ kind: "snapshot", room, snapshot, nextDueAt });
  }

  list(after: RoomName, limit: number): Promise<readonly Listed[]> {
    return this.#call({ do: "list", after, limit });
  }

  head(room: RoomName): Promise<Pick<Listed, "epoch" | "rev"> | undefined> {
    return this.#call({ do: "head", room });
  }

  snapshotAt(room: RoomName, rev: number): Promise<SnapshotRecord | undefined> {
    return this.#call({ do: "snapshotAt", room, rev });
  }

  nextDue(limit: number): Promise<readonly { room: RoomName; dueAt: number }[]> {
    return this.#call({ do: "nextDue", limit });
  }

  async probe(): Promise<void> {
    await this.#write({ kind: "probe" });
  }

  close(): Promise<void> {
    this.#closing ??= (async () => {
      await this.#writing; // no write is taken any more
      if (this.#worker === undefined) return;
      try {
        await this.#post({ do: "close" });
      } finally {
        this.#endWorker();
      }
    })();
    return this.#closing;
  }

  async #write(write: Write): Promise<Appended> {
    if (this.#closing !== undefined) throw closed();
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#writes.push({ write, waiting: { resolve, reject } });
    this.#writing ??= this.#writeAll();
    const written = (await promise) as Written;
    if (!written.ok && written.code === "invalid") throw new JournalError("invalid", written.message);
    return written as Appended;
  }

  /** Group commit: everything that gathered during one transaction is the next. */
  async #writeAll(): Promise<void> {
    await undefined; // what comes in the same task belongs together
    while (this.#writes.length > 0) {
      const gathered = this.#writes;
      this.#writes = [];
      this.#turns.next();
      try {
        const written = await this.#call<Written[]>({ do: "write", writes: gathered.map(({ write }) => write) }, true);
        gathered.forEach(({ waiting }, i) => {
          waiting.resolve(written[i]);
        });
      } catch (error) {
        for (const { waiting } of gathered) waiting.reject(error instanceof Error ? error : new Error(String(error)));
      }
    }
    this.#writing = undefined;
    this.#turns.next();
  }

  async #call<T>(call: Call, whileClosing = false): Promise<T> {
    if (this.#closing !== undefined && !whileClosing) throw closed();
    if (this.#worker === undefined) {
      await this.#begin();
      // A close that came meanwhile went first: after it nobody would answer this.
      if (this.#closing !== undefined && !whileClosing) throw closed();
    }
    return (await this.#post(call)) as T;
  }

  #post(call: Call): Promise<unknown> {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const id = ++this.#lastId;
    this.#waiting.set(id, { resolve, reject });
    const request = { id, call } satisfies Request;
    this.#worker?.postMessage((call.do === "write" ? JSON.stringify(request) : request) satisfies Posted<Request>);
    return promise;
  }

  /** A worker, also after one died. Requests go to it in order, so `init` comes first. */
  #begin(): Promise<unknown> {
    const worker = new Worker(new URL("./sqlite-worker.ts", import.meta.url).href);
    worker.onmessage = ({ data }: MessageEvent<Posted<Answer>>) =>
      this.#answered(typeof data === "string" ? (JSON.parse(data) as Answer) : data);
    worker.onerror = (event) => this.#died(worker, reasonIn(event.message));
    worker.addEventListener("close", () => this.#died(worker, "it ended"));
    this.#worker = worker;
    return this.#post(this.#init);
  }

  #answered(answer: Answer): void {
    if ("alarm" in answer) return this.#deps.onAlarm(answer.alarm);
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if ("error" in answer) waiting?.reject(new JournalError(answer.error.code, answer.error.message));
    else waiting?.resolve(answer.value);
  }

  #endWorker(): void {
    const worker = this.#worker;
    this.#worker = undefined; // so that its end is no news
    worker?.terminate();
  }

  #died(worker: Worker, why: string): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    const message = `the worker of ${this.name} died: ${why}`;
    if (this.#closing === undefined) this.#deps.onAlarm({ code: "io", message });
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject } of waiting) reject(new JournalError("io", `${message}; the outcome is unknown`));
  }
}

/** Bun puts the source around the line into the message; an alarm needs the error alone. */
const reasonIn = (message: string): string => /^\w*Error\b.*$/m.exec(message)?.[0] ?? message;
const closed = (): JournalError => new JournalError("closed", "this journal is closed");
