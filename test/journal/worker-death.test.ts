/** The journal's worker is terminated, or cannot begin. The global `Worker` is watched, so that the journal needs nothing made for tests. */
import { Database } from "bun:sqlite";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import type { JournalAlarm } from "../../src/journal/port.ts";
import { sqlite } from "../../src/journal/sqlite.ts";
import { entriesFrom } from "../contract/journal.contract.ts";
import { eventually } from "../support/eventually.ts";
import { rejection } from "../support/rejection.ts";
import { append, begin, change, cleanUp, databasePath, made, room, start } from "./files.ts";

const RealWorker = globalThis.Worker;
let workers: Worker[] = [];
const gone = new Set<Worker>();
beforeAll(() => {
  globalThis.Worker = class extends RealWorker {
    constructor(...parameters: ConstructorParameters<typeof Worker>) {
      super(...parameters);
      workers.push(this);
      this.addEventListener("close", () => gone.add(this));
    }
  };
});
beforeEach(() => {
  workers = [];
});
afterEach(cleanUp);
afterAll(() => {
  globalThis.Worker = RealWorker;
});

/** Every worker so far has ended, and who listens for that was told. */
const allAreGone = () => eventually(() => workers.every((worker) => gone.has(worker)), "the workers' end");

describe("[L12] a worker that is terminated", () => {
  test("what was under way rejects with `io`, one alarm tells, the next call has a fresh worker and the file", async () => {
    const path = databasePath();
    const { journal, alarms } = await start(path);
    const acked = await append(journal, await begin(journal), 10);
    workers[0]?.terminate();
    const underWay = [
      journal.append(room, acked, { entries: entriesFrom(11, 5), nextDueAt: null }),
      journal.append("meeting/b", acked, { entries: entriesFrom(11, 5), nextDueAt: null }),
      journal.open("meeting/b"),
      journal.read(room, 1),
      journal.nextDue(1),
      journal.probe(),
    ];
    for (const error of await Promise.all(underWay.map(rejection))) expect(error).toMatchObject({ name: "JournalError", code: "io" });
    expect(alarms).toMatchObject([{ code: "io" }]);

    expect((await journal.open(room)).cursor).toEqual(acked);
    const cursor = await append(journal, acked, 5);
    expect(workers).toHaveLength(2);
    await journal.close();
    const again = await start(path);
    expect((await again.journal.open(room)).cursor).toEqual(cursor);
    expect([alarms.length, again.alarms]).toEqual([1, []]);
  });

  test("amid a long transaction: all of it is there afterwards, or nothing", async () => {
    const { journal } = await start(databasePath());
    const before = await append(journal, await begin(journal), 10);
    const long = rejection(journal.append(room, before, { entries: entriesFrom(11, 50_000), nextDueAt: null }));
    // The worker goes in order: with this answer it takes up the long one.
    await journal.nextDue(1);
    workers[0]?.terminate();
    expect(await long).toMatchObject({ code: "io" });
    const { cursor } = await journal.open(room);
    expect(cursor.epoch).toBe(before.epoch);
    expect([10, 50_010]).toContain(cursor.rev);
    expect((await append(journal, cursor, 1)).rev).toBe(cursor.rev + 1);
  });

  test("close answers every call, with no worker and with one that has just begun", async () => {
    for (const calls of [0, 1, 2]) {
      const { journal } = await start(databasePath());
      await begin(journal);
      workers.at(-1)?.terminate();
      await allAreGone();
      const answers = Promise.allSettled(Array.from({ length: calls }, () => journal.open(room)));
      await journal.close();
      for (const answer of await answers)
        if (answer.status === "rejected") expect(answer.reason).toMatchObject({ name: "JournalError", code: "closed" });
      expect(await rejection(journal.open(room))).toMatchObject({ code: "closed" });
    }
  });

  test("while another holds the file every call is refused as `locked`, and later ones are not", async () => {
    const path = databasePath();
    const { journal } = await start(path);
    const acked = await append(journal, await begin(journal), 10);
    workers[0]?.terminate();
    await allAreGone();
    const holder = new Database(path);
    try {
      holder.run("PRAGMA locking_mode = EXCLUSIVE");
      holder.run("BEGIN EXCLUSIVE");
      const calls = [journal.open(room), journal.open("meeting/b"), journal.probe()];
      for (const error of await Promise.all(calls.map(rejection))) expect(error).toMatchObject({ name: "JournalError", code: "locked" });
    } finally {
      holder.close();
    }
    expect((await journal.open(room)).cursor).toEqual(acked);
    expect(workers).toHaveLength(2);
  }, 20_000);
});

test("a start that is refused is told by its rejection: the end of its worker is no alarm", async () => {
  const path = databasePath();
  await made(path);
  await allAreGone();
  change(path, "UPDATE meta SET value = '2' WHERE key = 'schema'");
  const alarms: JournalAlarm[] = [];
  expect(
    await rejection(Promise.resolve(sqlite({ path })({ newEpoch: () => "never", onAlarm: (alarm) => alarms.push(alarm) }))),
  ).toMatchObject({ code: "tooNew" });
  await allAreGone();
  expect([workers.length, alarms]).toEqual([2, []]);
});
