import { Database } from "bun:sqlite";
import { afterEach, describe, expect, test } from "bun:test";
import { copyFileSync, existsSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { sqlite } from "../../src/journal/sqlite.ts";
import { errorFrom } from "../../src/journal/sqlite-errors.ts";
import { entriesFrom } from "../contract/journal.contract.ts";
import { rejection } from "../support/rejection.ts";
import { append, begin, change, cleanUp, databasePath, made, room, start, workersStarted } from "./files.ts";

afterEach(cleanUp);

const inRoomA = "room = (SELECT room FROM rooms WHERE name = 'meeting/a')";

describe("[L4] damage is found at open: the log is cut, the epoch changes, an alarm tells", () => {
  const cases: readonly (readonly [what: string, sql: string, end: number, snapshot: string | undefined])[] = [
    ["an entry's text was changed", `UPDATE entries SET data = replace(data, 'x', 'y') WHERE rev = 15 AND ${inRoomA}`, 14, '"at 10"'],
    ["an entry's hash was changed", `UPDATE entries SET hash = 'wrong' WHERE rev = 15 AND ${inRoomA}`, 14, '"at 10"'],
    ["an entry is gone from the middle", `DELETE FROM entries WHERE rev = 15 AND ${inRoomA}`, 14, '"at 10"'],
    ["the first entry after the snapshot is gone", `DELETE FROM entries WHERE rev = 11 AND ${inRoomA}`, 10, '"at 10"'],
    ["the last entry is gone", `DELETE FROM entries WHERE rev = 20 AND ${inRoomA}`, 19, '"at 10"'],
    [
      "two entries were exchanged",
      `UPDATE entries SET rev = CASE rev WHEN 13 THEN 1014 WHEN 14 THEN 1013 END WHERE rev IN (13, 14) AND ${inRoomA}`,
      12,
      '"at 10"',
    ],
    [
      "all snapshots were changed: nothing can be built on the entries",
      `UPDATE snapshots SET data = '"lies"' WHERE ${inRoomA}`,
      0,
      undefined,
    ],
    ["the head says more than there is", `UPDATE rooms SET rev = 25 WHERE name = 'meeting/a'`, 20, '"at 10"'],
    ["the head's hash is another", `UPDATE rooms SET hash = 'wrong' WHERE name = 'meeting/a'`, 20, '"at 10"'],
  ];
  for (const [what, sql, end, snapshot] of cases) {
    test(what, async () => {
      const path = databasePath();
      const before = await made(path);
      change(path, sql);
      const { journal, alarms } = await start(path);
      const opened = await journal.open(room);
      expect(opened.cursor.rev).toBe(end);
      expect(opened.cursor.epoch).not.toBe(before.a);
      expect(opened.snapshot?.data).toBe(snapshot as string);
      expect(alarms).toMatchObject([{ code: "damaged", room, lostFrom: end + 1 }]);
      // The other room did not notice.
      expect((await journal.open("meeting/b")).cursor).toMatchObject({ epoch: before.b, rev: 20 });
      // What was cut is kept for people, and the log goes on.
      if (snapshot === undefined) await begin(journal);
      const cursor = await append(journal, opened.cursor, 3);
      await journal.saveSnapshot(room, { rev: cursor.rev, data: '"new"' }, null);
      await journal.close();
      const database = new Database(path, { readonly: true });
      const cut = database.query<{ n: number }, []>("SELECT count(*) AS n FROM damaged").get();
      database.close();
      if (what.startsWith("the head") || what === "the last entry is gone" || what === "the first entry after the snapshot is gone")
        expect(cut?.n).toBeLessThanOrEqual(9);
      else expect(cut?.n).toBeGreaterThan(0);
      const again = await start(path);
      expect((await again.journal.open(room)).cursor).toEqual(cursor);
      expect(again.alarms).toEqual([]);
    });
  }

  test("a damaged snapshot before which the log is whole loses nothing: the epoch stays, an alarm tells, once", async () => {
    const path = databasePath();
    const before = await made(path);
    change(path, `UPDATE snapshots SET data = '"lies"' WHERE rev = 10 AND ${inRoomA}`);
    const { journal, alarms } = await start(path);
    const opened = await journal.open(room);
    expect(opened).toMatchObject({ cursor: { epoch: before.a, rev: 20 }, snapshot: { rev: 0, data: '"at 0"' } });
    expect(await journal.read(room, 1)).toHaveLength(20);
    expect(alarms).toEqual([{ code: "damaged", room, message: expect.stringContaining("nothing is lost") }]);
    const cursor = await append(journal, opened.cursor, 1);
    await journal.close();
    const again = await start(path);
    expect((await again.journal.open(room)).cursor).toEqual(cursor);
    expect(again.alarms).toEqual([]);
  });

  test("a head that went back behind a snapshot has lost something, though all before it is whole", async () => {
    const path = databasePath();
    const before = await made(path);
    change(path, `DELETE FROM entries WHERE rev > 5 AND ${inRoomA}`);
    change(
      path,
      `UPDATE rooms SET rev = 5, hash = (SELECT hash FROM entries e WHERE e.room = rooms.room AND e.rev = 5) WHERE name = '${room}'`,
    );
    const { journal, alarms } = await start(path);
    const opened = await journal.open(room);
    expect(opened).toMatchObject({ cursor: { rev: 5 }, snapshot: { rev: 0 } });
    expect(opened.cursor.epoch).not.toBe(before.a);
    expect(alarms).toMatchObject([{ code: "damaged", lostFrom: 6 }]);
  });

  test("who only looks is given the snapshot before a damaged one, and mends nothing", async () => {
    const path = databasePath();
    await made(path);
    change(path, `UPDATE snapshots SET data = '"lies"' WHERE rev = 10 AND ${inRoomA}`);
    change(path, `UPDATE entries SET hash = 'wrong' WHERE rev = 15 AND ${inRoomA}`);
    const { journal, alarms } = await start(path);
    expect(await journal.snapshotAt(room, 20)).toEqual({ rev: 0, data: '"at 0"' });
    expect(await journal.snapshotAt("meeting/b", 20)).toEqual({ rev: 10, data: '"at 10"' });
    expect(await journal.head(room)).toMatchObject({ rev: 20 });
    expect(await journal.list("", 5)).toMatchObject([
      { room, rev: 20 },
      { room: "meeting/b", rev: 20 },
    ]);
    expect(alarms).toEqual([]);
    await journal.close();
    const database = new Database(path, { readonly: true });
    expect(database.query("SELECT count(*) AS n FROM snapshots").get()).toEqual({ n: 4 });
    expect(database.query("SELECT count(*) AS n FROM damaged").get()).toEqual({ n: 0 });
    database.close();
  });

  test("an undamaged log keeps its epoch, with no alarm", async () => {
    const path = databasePath();
    const before = await made(path);
    change(path, "UPDATE rooms SET rev = rev");
    const { journal, alarms } = await start(path);
    expect((await journal.open(room)).cursor).toMatchObject({ epoch: before.a, rev: 20 });
    expect(alarms).toEqual([]);
  });
});

describe("[L4] a lost end is found, though the file opens cleanly", () => {
  test("an old copy was put back: every room gets a new epoch, once", async () => {
    const path = databasePath();
    const before = await made(path);
    copyFileSync(path, `${path}.backup`);
    const later = await start(path);
    await append(later.journal, (await later.journal.open(room)).cursor, 5);
    const staleB = (await later.journal.open("meeting/b")).cursor;
    await later.journal.close();
    copyFileSync(`${path}.backup`, path);
    const { journal, alarms } = await start(path);
    expect(alarms).toMatchObject([{ code: "rolledBack" }]);
    // Nothing that this room has is lost, but nobody can know that: it has to be opened again before it goes on.
    expect(await journal.append("meeting/b", staleB, { entries: entriesFrom(21, 1), nextDueAt: null })).toEqual({
      ok: false,
      code: "conflict",
    });
    const a = await journal.open(room);
    const b = await journal.open("meeting/b");
    expect([a.cursor.rev, b.cursor.rev]).toEqual([20, 20]);
    expect(a.cursor.epoch).not.toBe(before.a);
    expect(b.cursor.epoch).not.toBe(before.b);
    await append(journal, a.cursor, 1);
    await journal.close();
    const again = await start(path);
    expect((await again.journal.open(room)).cursor.epoch).toBe(a.cursor.epoch);
    expect(again.alarms).toEqual([]);
  });

  for (const [how, harm] of [
    ["cut off", (wal: string) => truncateSync(wal, Math.floor(statSync(wal).size / 2))],
    [
      "zeroed",
      (wal: string) => {
        const bytes = readFileSync(wal);
        bytes.fill(0, Math.floor(bytes.length / 2));
        writeFileSync(wal, bytes);
      },
    ],
  ] as const) {
    test(`the end of the write-ahead log was ${how} after a SIGKILL`, async () => {
      const path = databasePath();
      const child = Bun.spawn([process.execPath, join(import.meta.dir, "append-child.ts"), path, "1", "40"], {
        stdout: "pipe",
        stderr: "inherit",
      });
      const acked = await new Response(child.stdout).text();
      await child.exited;
      expect(acked.trim().split("\n").at(-1)).toBe("crash/0 40");
      harm(`${path}-wal`);
      const { journal, alarms } = await start(path);
      expect(alarms).toMatchObject([{ code: "rolledBack" }]);
      const { cursor } = await journal.open("crash/0");
      expect(cursor.rev).toBeLessThan(40);
    });
  }

  test("a file that took another's place may be an older one: every room gets a new epoch", async () => {
    const [path, other] = [databasePath(), databasePath()];
    const before = await made(path);
    await made(other);
    writeFileSync(`${path}.mark`, readFileSync(`${other}.mark`));
    const { journal, alarms } = await start(path);
    expect(alarms).toMatchObject([{ code: "rolledBack", message: expect.stringContaining("took the place of another file") }]);
    const { cursor } = await journal.open(room);
    expect(cursor.rev).toBe(20);
    expect(cursor.epoch).not.toBe(before.a);
    await journal.close();
  });

  test("a mark that is torn, no mark, or gone proves nothing", async () => {
    for (const mark of ["", "garbage", `other 9999999999999999 ${"0".repeat(16)}\n`, undefined]) {
      const path = databasePath();
      const before = await made(path);
      if (mark === undefined) rmSync(`${path}.mark`);
      else writeFileSync(`${path}.mark`, mark);
      const { journal, alarms } = await start(path);
      expect((await journal.open(room)).cursor).toMatchObject({ epoch: before.a, rev: 20 });
      expect(alarms).toEqual([]);
      await journal.close();
      expect(readFileSync(`${path}.mark`, "utf8")).toMatch(/^\S+ \d{16} [0-9a-f]{16}\n/);
    }
  });
});

describe("what is no journal", () => {
  test("a file that is no database is set aside, numbered, never deleted", async () => {
    const path = databasePath();
    for (const n of [1, 2]) {
      writeFileSync(path, `this is no database ${n}`.repeat(100));
      const { journal, alarms } = await start(path);
      expect(alarms).toMatchObject([{ code: "unreadable", message: expect.stringContaining(`.damaged-${n}`) }]);
      await append(journal, await begin(journal), 1);
      await journal.close();
      expect(readFileSync(`${path}.damaged-${n}`, "utf8")).toContain(`no database ${n}`);
    }
  });

  test("a file of a newer server is refused and left as it is", async () => {
    const path = databasePath();
    await made(path);
    change(path, "UPDATE meta SET value = '2' WHERE key = 'schema'");
    const before = readFileSync(path);
    const workers = workersStarted();
    const alarms: unknown[] = [];
    const deps = { newEpoch: () => "never", onAlarm: (alarm: unknown) => alarms.push(alarm) };
    const told = await rejection(Promise.resolve(sqlite({ path })(deps)));
    await new Promise((resolve) => workers[0]?.addEventListener("close", resolve));
    workers.restore();
    expect(told).toMatchObject({ name: "JournalError", code: "tooNew" });
    expect(alarms).toEqual([]); // that its worker was ended is no news
    expect(readFileSync(path).equals(before)).toBe(true);
    expect(readdirSync(join(path, "..")).some((name) => name.includes("damaged"))).toBe(false);
  });

  test("a file that another process has open is refused, and the other goes on", async () => {
    const path = databasePath();
    const first = await start(path);
    const cursor = await begin(first.journal);
    const child = Bun.spawn([process.execPath, join(import.meta.dir, "append-child.ts"), path, "1", "1"], {
      stdout: "pipe",
      stderr: "pipe",
    });
    const told = await new Response(child.stderr).text();
    expect(await child.exited).not.toBe(0);
    expect(told).toContain("another process has it open");
    expect((await append(first.journal, cursor, 1)).rev).toBe(1);
    expect(existsSync(`${path}.damaged-1`)).toBe(false);
  }, 20_000);
});

describe("[L12] the disk takes no more", () => {
  test("an append rejects with a code, an alarm tells, reads go on; with room again, everything acknowledged is there", async () => {
    const path = databasePath();
    // 300 blocks of 1 KiB for any one file. Without the trap the signal would end the process; a full disk does not.
    const limited = `trap '' XFSZ; ulimit -f 300; exec "${process.execPath}" "${join(import.meta.dir, "disk-full-child.ts")}" "${path}"`;
    const child = Bun.spawn(["bash", "-c", limited], { stdout: "pipe", stderr: "inherit" });
    const told = JSON.parse(await new Response(child.stdout).text());
    await child.exited;
    expect(told).toMatchObject({ failed: "io", alarms: ["io"], read: told.acked });
    expect(told.acked).toBeGreaterThan(3);
    const { journal, alarms } = await start(path);
    const { cursor } = await journal.open("a/b");
    expect(cursor.rev).toBeGreaterThanOrEqual(told.acked);
    await append(journal, cursor, 10, "a/b");
    expect(alarms).toEqual([]);
  });

  test("SQLite's words, as the journal's codes", () => {
    const codes = ["SQLITE_FULL", "SQLITE_IOERR_FSYNC", "SQLITE_BUSY", "SQLITE_CORRUPT", "SQLITE_NOTADB", "ENOSPC"];
    expect(codes.map((code) => errorFrom(Object.assign(new Error("x"), { code }), "it").code)).toEqual([
      "full",
      "io",
      "locked",
      "unreadable",
      "unreadable",
      "full",
    ]);
  });
});
