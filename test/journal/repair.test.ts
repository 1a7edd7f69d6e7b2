import { Database } from "bun:sqlite";
import { afterEach, describe, expect, test } from "bun:test";
import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Cursor, Journal, JournalAlarm } from "../../src/journal/port.ts";
import { sqlite } from "../../src/journal/sqlite.ts";
import { errorFrom } from "../../src/journal/sqlite-errors.ts";
import { entriesFrom } from "../contract/journal.contract.ts";
import { rejection } from "../support/rejection.ts";

const room = "meeting/a";
let cleanUp: (() => unknown)[] = [];
afterEach(async () => {
  for (const clean of cleanUp.reverse()) await clean();
  cleanUp = [];
});

function folder() {
  const path = mkdtempSync(join(tmpdir(), "quorate-repair-"));
  cleanUp.push(() => rmSync(path, { recursive: true, force: true }));
  return join(path, "rooms.db");
}

let epochs = 0;
async function start(path: string): Promise<{ journal: Journal; alarms: JournalAlarm[] }> {
  const alarms: JournalAlarm[] = [];
  const journal = await sqlite({ path, keepSnapshots: 2 })({ newEpoch: () => `epoch${++epochs}`, onAlarm: (alarm) => alarms.push(alarm) });
  cleanUp.push(() => journal.close());
  return { journal, alarms };
}

async function append(journal: Journal, cursor: Cursor, count: number, name = room): Promise<Cursor> {
  const appended = await journal.append(name, cursor, { entries: entriesFrom(cursor.rev + 1, count), nextDueAt: null });
  if (!appended.ok) throw new Error("conflict");
  return appended.cursor;
}

/** A closed log: snapshots at rev 0 and 10, entries up to 20; and another room, untouched. */
async function made(path: string) {
  const { journal, alarms } = await start(path);
  for (const name of [room, "meeting/b"]) {
    let { cursor } = await journal.open(name);
    await journal.saveSnapshot(name, { rev: 0, data: '"at 0"' }, null);
    cursor = await append(journal, cursor, 10, name);
    await journal.saveSnapshot(name, { rev: 10, data: '"at 10"' }, null);
    await append(journal, cursor, 10, name);
  }
  const epochs = { a: (await journal.open(room)).cursor.epoch, b: (await journal.open("meeting/b")).cursor.epoch };
  await journal.close();
  expect(alarms).toEqual([]);
  return epochs;
}

function change(path: string, sql: string): void {
  const database = new Database(path);
  database.run(sql);
  database.run("PRAGMA wal_checkpoint(TRUNCATE)");
  database.close();
}

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
      "the newest snapshot was changed: the one before serves",
      `UPDATE snapshots SET data = '"lies"' WHERE rev = 10 AND ${inRoomA}`,
      20,
      '"at 0"',
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
      const path = folder();
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

  test("an undamaged log keeps its epoch, with no alarm", async () => {
    const path = folder();
    const before = await made(path);
    change(path, "UPDATE rooms SET rev = rev");
    const { journal, alarms } = await start(path);
    expect((await journal.open(room)).cursor).toMatchObject({ epoch: before.a, rev: 20 });
    expect(alarms).toEqual([]);
  });
});

describe("[L4] a lost end is found, though the file opens cleanly", () => {
  test("an old copy was put back: every room gets a new epoch, once", async () => {
    const path = folder();
    const before = await made(path);
    copyFileSync(path, `${path}.backup`);
    const later = await start(path);
    await append(later.journal, (await later.journal.open(room)).cursor, 5);
    await later.journal.close();
    copyFileSync(`${path}.backup`, path);
    const { journal, alarms } = await start(path);
    expect(alarms).toMatchObject([{ code: "rolledBack" }]);
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
      const path = folder();
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

  test("a mark that is torn, of another file, or gone proves nothing", async () => {
    for (const mark of ["", "garbage", `other 9999999999999999 ${"0".repeat(16)}\n`, undefined]) {
      const path = folder();
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
    const path = folder();
    for (const n of [1, 2]) {
      writeFileSync(path, `this is no database ${n}`.repeat(100));
      const { journal, alarms } = await start(path);
      expect(alarms).toMatchObject([{ code: "unreadable", message: expect.stringContaining(`.damaged-${n}`) }]);
      await append(journal, (await journal.open(room)).cursor, 1);
      await journal.close();
      expect(readFileSync(`${path}.damaged-${n}`, "utf8")).toContain(`no database ${n}`);
    }
  });

  test("a file of a newer server is refused and left as it is", async () => {
    const path = folder();
    await made(path);
    change(path, "UPDATE meta SET value = '2' WHERE key = 'schema'");
    const before = readFileSync(path);
    expect(await rejection(start(path))).toMatchObject({ name: "JournalError", code: "tooNew" });
    expect(readFileSync(path).equals(before)).toBe(true);
    expect(readdirSync(join(path, "..")).some((name) => name.includes("damaged"))).toBe(false);
  });

  test("a file that another process has open is refused, and the other goes on", async () => {
    const path = folder();
    const first = await start(path);
    const { cursor } = await first.journal.open(room);
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
    const path = folder();
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

describe("group commit and death", () => {
  test("100 rooms that append at once share a few commits, and the event loop stays free", async () => {
    const path = folder();
    const { journal } = await start(path);
    const cursors = await Promise.all(Array.from({ length: 100 }, async (_, i) => (await journal.open(`crowd/${i}`)).cursor));
    const commits = () => Number(/ (\d{16}) /.exec(readFileSync(`${path}.mark`, "utf8"))?.[1]);
    const before = commits();
    let last = performance.now();
    let worstMs = 0;
    const ticks = setInterval(() => {
      worstMs = Math.max(worstMs, performance.now() - last);
      last = performance.now();
    }, 1);
    await Promise.all(cursors.map((cursor, i) => append(journal, cursor, 100, `crowd/${i}`)));
    clearInterval(ticks);
    expect(commits() - before).toBeLessThan(5);
    // 10,000 entries were written; had this thread waited for the disk, it would have been one long gap.
    expect(worstMs).toBeLessThan(100);
  });

  test("[L4] a process that is killed while it appends loses nothing that it acknowledged", async () => {
    for (let round = 0; round < 3; round++) {
      const path = folder();
      const child = Bun.spawn([process.execPath, join(import.meta.dir, "append-child.ts"), path, "4", "100000"], {
        stdout: "pipe",
        stderr: "inherit",
      });
      let told = "";
      const reading = (async () => {
        for await (const chunk of child.stdout) {
          told += new TextDecoder().decode(chunk);
          if (told.length > 2_000 + round * 1_500) child.kill("SIGKILL");
        }
      })();
      await child.exited;
      await reading;
      const acked = new Map<string, number>();
      for (const line of told.split("\n").slice(0, -1)) {
        const [name = "", rev] = line.split(" ");
        acked.set(name, Number(rev));
      }
      expect(acked.size).toBe(4);
      const { journal, alarms } = await start(path);
      for (const [name, rev] of acked) {
        const { cursor } = await journal.open(name);
        expect(cursor.rev).toBeGreaterThanOrEqual(rev);
        const entries = await journal.read(name, 1, 1_000_000);
        expect(entries.map((entry) => entry.rev).slice(0, 1_000)).toEqual(
          Array.from({ length: Math.min(1_000, cursor.rev) }, (_, i) => i + 1),
        );
      }
      expect(alarms).toEqual([]);
    }
  }, 60_000);
});
