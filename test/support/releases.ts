/** One server process after the other on what is stored, each with its own version of a room type. On a virtual clock, with the journal of choice. */
import { Database } from "bun:sqlite";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fromPromise } from "xstate";
import type { Clock } from "../../src/clock.ts";
import { type MemoryStore, memory } from "../../src/journal/memory.ts";
import type { JournalFactory, SnapshotRecord } from "../../src/journal/port.ts";
import type { Limits } from "../../src/protocol/limits.ts";
import type { AnyRoomType } from "../../src/room/define-room.ts";
import type { SavedRoom } from "../../src/room/load.ts";
import { serve } from "../../src/room/serve.ts";
import { VirtualClock } from "../../src/testing/clock.ts";
import { LifeClock } from "../../src/testing/life.ts";
import { SimDisk } from "../sim/disk.ts";
import { Harness } from "./harness.ts";

/** What outlives the processes. */
interface Stored extends Disposable {
  journal(life: Clock): JournalFactory;
  crash(): void;
  /** Oldest first. */
  snapshots(): readonly SnapshotRecord[];
  entries(): readonly string[];
}

/** Also what no journal would do can be done to `store`. */
export const inMemory = (store: MemoryStore): Stored => ({
  journal: () => memory({ store }),
  crash: () => undefined,
  snapshots: () => [...store.values()].flatMap(({ snapshots }) => snapshots),
  entries: () => [...store.values()].flatMap(({ entries }) => entries.map(({ data }) => data)),
  [Symbol.dispose]: () => undefined,
});

export const storages: Readonly<Record<string, () => Stored>> = {
  memory: () => inMemory(new Map()),
  sqlite: () => {
    const disk = new SimDisk(mkdtempSync(join(tmpdir(), "quorate-releases-")));
    /** Of a copy, since a process that runs has the file for itself. */
    const query = <T>(sql: string): T[] => {
      const copy = `${disk.folder}-copy`;
      cpSync(disk.folder, copy, { recursive: true });
      const database = new Database(join(copy, "rooms.db"));
      try {
        return database.query<T, []>(sql).all();
      } finally {
        database.close();
        rmSync(copy, { recursive: true });
      }
    };
    return {
      journal: (life) => disk.factory(life, () => 0),
      crash: () => disk.kill(),
      snapshots: () => query("SELECT rev, data FROM snapshots ORDER BY rev"),
      entries: () => query<{ data: string }>("SELECT data FROM entries ORDER BY rev").map(({ data }) => data),
      [Symbol.dispose]: () => disk.destroy(),
    };
  },
};

export class Releases implements Disposable {
  readonly clock = new VirtualClock();
  readonly stored: Stored;
  /** What services were given, in all processes; none of them ever ends. */
  readonly jobs: unknown[] = [];
  readonly #limits: Partial<Limits>;
  #running: { readonly harness: Harness; readonly life: LifeClock } | undefined;

  constructor({ stored = inMemory(new Map()), limits = {} }: { readonly stored?: Stored; readonly limits?: Partial<Limits> } = {}) {
    this.stored = stored;
    this.#limits = limits;
  }

  /** The process that runs, if one does, crashes: nothing is saved. */
  async start(def: AnyRoomType, wrap: (factory: JournalFactory) => JournalFactory = (factory) => factory): Promise<Harness> {
    this.crash();
    const job = fromPromise<number, unknown>(({ input }) => {
      this.jobs.push(input);
      return new Promise(() => undefined);
    });
    const life = new LifeClock(this.clock);
    const starting = Harness.start({
      types: [serve(def, { services: { job } as never })],
      journal: wrap(this.stored.journal(life)),
      limits: this.#limits,
      clock: this.clock,
      life,
    });
    const harness = await this.#passing(starting);
    this.#running = { harness, life };
    return harness;
  }

  /** A clean end: each room has saved a snapshot at its head. */
  async stop(): Promise<void> {
    if (this.#running !== undefined) await this.#passing(this.#running.harness.directory.stop());
    this.crash();
  }

  /** Time passes until it is done: what is stored takes its time. */
  async #passing<T>(doing: Promise<T>): Promise<T> {
    let isDone = false;
    const done = doing.finally(() => {
      isDone = true;
    });
    while (!isDone) await this.clock.advance(1);
    return done;
  }

  crash(): void {
    if (this.#running === undefined) return;
    this.#running.life.kill();
    this.#running = undefined;
    this.stored.crash();
  }

  /** The newest snapshot that is stored. */
  get saved(): { readonly rev: number } & SavedRoom {
    const newest = this.stored.snapshots().at(-1);
    if (newest === undefined) throw new Error("there is no snapshot");
    return { ...(JSON.parse(newest.data) as SavedRoom), rev: newest.rev };
  }

  [Symbol.dispose](): void {
    this.crash();
    this.stored[Symbol.dispose]();
  }
}
