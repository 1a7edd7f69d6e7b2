/** Damage that repair.test.ts does not do: what exactly is cut off and kept, copies taken while open, files that are none. */
import { Database } from "bun:sqlite";
import { afterEach, describe, expect, test } from "bun:test";
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { entriesFrom } from "../contract/journal.contract.ts";
import { rejection } from "../support/rejection.ts";
import { append, begin, change, cleanUp, databasePath, made, room, start } from "./files.ts";

afterEach(cleanUp);

const roomA = "(SELECT room FROM rooms WHERE name = 'meeting/a')";
const entries = (from: number, to: number) => entriesFrom(from, to - from + 1).map(({ rev, data }) => ({ kind: "entry", rev, data }));

interface Cut {
  readonly kind: string;
  readonly rev: number;
  readonly data: string;
}
interface Damage {
  readonly what: string;
  readonly sql: string;
  /** Where the log ends now, and the snapshot that it is built on. */
  readonly end: number;
  readonly snapshot: number | undefined;
  readonly cut: readonly Cut[];
}

const damages: readonly Damage[] = [
  {
    what: "an entry's text was changed",
    sql: `UPDATE entries SET data = '"lie"' WHERE rev = 15 AND room = ${roomA}`,
    end: 14,
    snapshot: 10,
    cut: [{ kind: "entry", rev: 15, data: '"lie"' }, ...entries(16, 20)],
  },
  { what: "an entry is gone", sql: `DELETE FROM entries WHERE rev = 15 AND room = ${roomA}`, end: 14, snapshot: 10, cut: entries(16, 20) },
  {
    what: "every snapshot was changed",
    sql: `UPDATE snapshots SET data = '"lie"' WHERE room = ${roomA}`,
    end: 0,
    snapshot: undefined,
    cut: [...entries(1, 20), { kind: "snapshot", rev: 0, data: '"lie"' }, { kind: "snapshot", rev: 10, data: '"lie"' }],
  },
  { what: "the head says less than there is", sql: `UPDATE rooms SET rev = 18 WHERE room = ${roomA}`, end: 20, snapshot: 10, cut: [] },
];

/** The table `damaged`, with the journal closed. */
function cutOff(path: string): Cut[] {
  const database = new Database(path, { readonly: true });
  const rows = database.query<Cut, []>("SELECT kind, rev, data FROM damaged ORDER BY kind, rev").all();
  database.close();
  return rows;
}

describe("[L4] what damage cuts off is kept, and the log goes on", () => {
  for (const { what, sql, end, snapshot, cut } of damages) {
    test(what, async () => {
      const path = databasePath();
      const before = await made(path);
      change(path, sql);
      const { journal, alarms } = await start(path);
      const opened = await journal.open(room);
      expect(opened.cursor.rev).toBe(end);
      expect(opened.cursor.epoch).not.toBe(before.a);
      expect(opened.snapshot).toEqual(snapshot === undefined ? undefined : { rev: snapshot, data: `"at ${snapshot}"` });
      expect(alarms).toMatchObject([{ code: "damaged", room, lostFrom: end + 1 }]);
      expect(await journal.read(room, 1)).toEqual(entriesFrom(1, end));
      expect((await journal.open("meeting/b")).cursor).toMatchObject({ epoch: before.b, rev: 20 });
      if (opened.snapshot === undefined) await journal.saveSnapshot(room, { rev: 0, data: '"anew"' }, null);
      const cursor = await append(journal, opened.cursor, 3);
      await journal.saveSnapshot(room, { rev: cursor.rev, data: '"after"' }, null);
      await journal.close();
      expect(cutOff(path)).toEqual([...cut]);
      const again = await start(path);
      expect(await again.journal.open(room)).toEqual({ cursor, snapshot: { rev: end + 3, data: '"after"' } });
      expect(again.alarms).toEqual([]);
    });
  }

  test("canary: without damage nothing is cut and no alarm is raised", async () => {
    const path = databasePath();
    const before = await made(path);
    const { journal, alarms } = await start(path);
    expect(await journal.open(room)).toMatchObject({ cursor: { epoch: before.a, rev: 20 }, snapshot: { rev: 10, data: '"at 10"' } });
    await journal.close();
    expect([alarms, cutOff(path)]).toEqual([[], []]);
  });
});

describe("[L7] a snapshot that lies about its place is not built on: the one before serves, and no entry is lost", () => {
  for (const [what, sql] of [
    ["it says a later rev", `UPDATE snapshots SET rev = 12 WHERE rev = 10 AND room = ${roomA}`],
    ["it says another place in the chain", `UPDATE snapshots SET chain = 'wrong' WHERE rev = 10 AND room = ${roomA}`],
    [
      "it says that it is the head",
      `UPDATE snapshots SET rev = 20, chain = (SELECT hash FROM rooms WHERE name = 'meeting/a') WHERE rev = 10 AND room = ${roomA}`,
    ],
  ] as const) {
    test(what, async () => {
      const path = databasePath();
      await made(path);
      change(path, sql);
      const { journal, alarms } = await start(path);
      const opened = await journal.open(room);
      expect(opened.snapshot).toEqual({ rev: 0, data: '"at 0"' });
      expect(opened.cursor.rev).toBe(20);
      expect(await journal.read(room, 1)).toEqual(entriesFrom(1, 20));
      expect(alarms).toMatchObject([{ code: "damaged", room }]);
    });
  }
});

describe("[L4] a copy that was taken while the journal was open is put back", () => {
  test("it is found, once; what was known before the loss is a conflict", async () => {
    const path = databasePath();
    const first = await start(path);
    const copied = await append(first.journal, await begin(first.journal), 5);
    const other = await begin(first.journal, "meeting/b");
    for (const suffix of ["", "-wal"]) copyFileSync(path + suffix, `${path}.copy${suffix}`);
    await append(first.journal, copied, 5);
    await first.journal.close();
    for (const suffix of ["", "-wal"]) copyFileSync(`${path}.copy${suffix}`, path + suffix);

    const { journal, alarms } = await start(path);
    // This cursor fits the old copy to the last byte; only the epoch to come makes it stale.
    expect(await journal.append(room, copied, { entries: entriesFrom(6, 1), nextDueAt: null })).toEqual({ ok: false, code: "conflict" });
    const a = (await journal.open(room)).cursor;
    const b = (await journal.open("meeting/b")).cursor;
    expect([a.rev, b.rev]).toEqual([5, 0]);
    expect([a.epoch, b.epoch]).not.toContain(copied.epoch);
    expect(b.epoch).not.toBe(other.epoch);
    expect(alarms).toMatchObject([{ code: "rolledBack" }]);
    const goesOn = await append(journal, a, 1);
    await journal.close();
    const again = await start(path);
    expect((await again.journal.open(room)).cursor).toEqual(goesOn);
    expect((await again.journal.open("meeting/b")).cursor).toEqual(b);
    expect(again.alarms).toEqual([]);
  });
});

describe("what stands in the file's place", () => {
  test("an empty file is a new journal", async () => {
    const path = databasePath();
    writeFileSync(path, "");
    const { journal, alarms } = await start(path);
    expect((await append(journal, await begin(journal), 1)).rev).toBe(1);
    expect(alarms).toEqual([]);
  });

  test("a folder is refused and left as it is", async () => {
    const path = databasePath();
    mkdirSync(join(path, "inside"), { recursive: true });
    expect(await rejection(start(path))).toMatchObject({ name: "JournalError", code: "io" });
    expect(readdirSync(path)).toEqual(["inside"]);
  });

  test("[L4] the write-ahead log of a file that is no database goes aside with it, and is not played onto the new one", async () => {
    const path = databasePath();
    await made(path);
    const first = await start(path);
    await append(first.journal, (await first.journal.open(room)).cursor, 5);
    copyFileSync(`${path}-wal`, `${path}.copy`); // it holds the last pages only, and mends no file
    await first.journal.close();
    writeFileSync(path, "no database ".repeat(1_000));
    copyFileSync(`${path}.copy`, `${path}-wal`);
    const { journal, alarms } = await start(path);
    expect(alarms).toMatchObject([{ code: "unreadable" }]);
    expect((await journal.open(room)).cursor.rev).toBe(0);
    expect(readFileSync(`${path}.damaged-1-wal`).equals(readFileSync(`${path}.copy`))).toBe(true);
    expect(existsSync(`${path}.damaged-1.mark`)).toBe(true);
  });
});

test("a read that was cut short by its byte limit holds nothing open: close leaves no write-ahead log", async () => {
  const path = databasePath();
  const { journal } = await start(path);
  let cursor = await begin(journal);
  const data = JSON.stringify("x".repeat(1024 * 1024));
  for (let rev = 1; rev <= 6; rev++) {
    const appended = await journal.append(room, cursor, { entries: [{ rev, data }], nextDueAt: null });
    if (!appended.ok) throw new Error("conflict");
    ({ cursor } = appended);
  }
  expect((await journal.read(room, 1)).length).toBeLessThan(6);
  await append(journal, cursor, 1);
  await journal.close();
  expect(existsSync(`${path}-wal`)).toBe(false);
  expect(statSync(path).size).toBeGreaterThan(6 * 1024 * 1024);
});
