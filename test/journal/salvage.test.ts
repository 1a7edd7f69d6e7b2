import { Database } from "bun:sqlite";
import { afterEach, describe, expect, test } from "bun:test";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import type { Journal } from "../../src/journal/port.ts";
import { rejection } from "../support/rejection.ts";
import { append, change, cleanUp, databasePath, room, start } from "./files.ts";

afterEach(cleanUp);

const pageBytes = 4096;

/** Snapshots fill a page each and entries many, so that a page can be hit with known consequences. */
async function writeRoom(journal: Journal, name: string): Promise<void> {
  const { cursor } = await journal.open(name);
  await journal.saveSnapshot(name, { rev: 0, data: JSON.stringify(`${name} at 0 ${"s".repeat(3_500)}`) }, null);
  const entries = Array.from({ length: 200 }, (_, i) => ({ rev: i + 1, data: JSON.stringify(`${name} op ${i + 1} ${"x".repeat(200)}`) }));
  await journal.append(name, cursor, { entries, nextDueAt: 777 });
  await journal.saveSnapshot(name, { rev: 50, data: JSON.stringify(`${name} at 50 ${"s".repeat(3_500)}`) }, null);
}

async function written(path: string) {
  const { journal } = await start(path);
  for (const name of [room, "meeting/b"]) await writeRoom(journal, name);
  const epochs = { a: (await journal.open(room)).cursor.epoch, b: (await journal.open("meeting/b")).cursor.epoch };
  await journal.close();
  return epochs;
}

/** Zeroes the page that holds `text`: as a disk does that lost a sector. */
function zeroPageOf(path: string, text: string): void {
  const bytes = readFileSync(path);
  const at = bytes.indexOf(text);
  if (at === -1) throw new Error(`${text} is not in the file`);
  const page = Math.floor(at / pageBytes) * pageBytes;
  writeFileSync(path, bytes.fill(0, page, page + pageBytes));
}

function isSound(path: string): boolean {
  const database = new Database(path, { readonly: true });
  try {
    return database.query<{ integrity_check: string }, []>("PRAGMA integrity_check").get()?.integrity_check === "ok";
  } finally {
    database.close();
  }
}

describe("[L4] pages that cannot be read: what can be trusted moves to a new file, the old one is kept", () => {
  test("a page of entries: its room is cut there, under a new epoch; another room notices nothing", async () => {
    const path = databasePath();
    const before = await written(path);
    zeroPageOf(path, `${room} op 100 `);
    const damaged = readFileSync(path);
    expect(isSound(path)).toBe(false);
    const { journal, alarms } = await start(path);
    const opened = await journal.open(room);
    expect(opened.cursor.rev).toBeGreaterThan(80);
    expect(opened.cursor.rev).toBeLessThan(100);
    expect(opened.cursor.epoch).not.toBe(before.a);
    expect(opened.snapshot?.rev).toBe(50);
    expect((await journal.read(room, 1)).map(({ rev }) => rev)).toEqual(Array.from({ length: opened.cursor.rev }, (_, i) => i + 1));
    expect(alarms).toMatchObject([{ code: "unreadable" }, { code: "damaged", room, lostFrom: opened.cursor.rev + 1 }]);
    expect((await journal.open("meeting/b")).cursor).toMatchObject({ epoch: before.b, rev: 200 });
    expect((await journal.nextDue(10)).map((due) => due.room).sort()).toEqual([room, "meeting/b"]);
    const cursor = await append(journal, opened.cursor, 5);
    await journal.close();
    expect(isSound(path)).toBe(true);
    expect(readFileSync(`${path}.damaged-1`).equals(damaged)).toBe(true);
    expect(existsSync(`${path}.salvage`)).toBe(false);
    const again = await start(path);
    expect((await again.journal.open(room)).cursor).toEqual(cursor);
    expect(again.alarms).toEqual([]);
  });

  test("the page of the newest snapshot: the older one serves, nothing is lost, the epoch stays", async () => {
    const path = databasePath();
    const before = await written(path);
    zeroPageOf(path, `${room} at 50 `);
    const { journal, alarms } = await start(path);
    expect(await journal.open(room)).toMatchObject({ cursor: { epoch: before.a, rev: 200 }, snapshot: { rev: 0 } });
    expect(await journal.read(room, 1)).toHaveLength(200);
    expect(alarms).toMatchObject([{ code: "unreadable" }, { code: "damaged", room }]);
    expect(alarms[1]).not.toHaveProperty("lostFrom");
  });

  test("key frames come along as far back as the ops after them; one that is damaged does not", async () => {
    const path = databasePath();
    const { journal } = await start(path, 200);
    await writeRoom(journal, room);
    for (const rev of [90, 120, 150, 180]) await journal.saveSnapshot(room, { rev, data: JSON.stringify(`${room} at ${rev}`) }, null);
    await journal.close();
    const kept = (): number[] => {
      const database = new Database(path, { readonly: true });
      const rows = database.query<{ rev: number }, []>("SELECT rev FROM snapshots ORDER BY rev").all();
      database.close();
      return rows.map(({ rev }) => rev);
    };
    expect(kept()).toEqual([0, 50, 90, 120, 150, 180]);
    change(path, "UPDATE snapshots SET data = '1' WHERE rev = 120");
    zeroPageOf(path, `${room} op 75 `);
    const again = await start(path, 200);
    const { cursor } = await again.journal.open(room);
    expect(cursor.rev).toBe(200);
    expect(again.alarms, "nothing that the room needs is damaged").toEqual([]);
    const [first] = await again.journal.read(room, 1, 1_000);
    expect(again.alarms).toMatchObject([{ code: "unreadable" }]);
    expect(first?.rev).toBeGreaterThan(75);
    expect(first?.rev).toBeLessThanOrEqual(91);
    expect(await again.journal.snapshotAt(room, 149)).toEqual({ rev: 90, data: JSON.stringify(`${room} at 90`) });
    expect((await again.journal.open(room)).cursor).toEqual(cursor);
    await again.journal.close();
    expect(kept()).toEqual([90, 150, 180]);
    expect(isSound(path)).toBe(true);
  });

  test("who only looks at such a page is told so, and nothing moves", async () => {
    const path = databasePath();
    const before = await written(path);
    zeroPageOf(path, before.a);
    const { journal } = await start(path);
    for (const look of [() => journal.list("", 9), () => journal.head(room), () => journal.snapshotAt(room, 50)])
      expect(await rejection(look())).toMatchObject({ name: "JournalError", code: "unreadable" });
    expect(existsSync(`${path}.damaged-1`)).toBe(false);
    await journal.open(room);
    expect(existsSync(`${path}.damaged-1`)).toBe(true);
    expect(await journal.list("", 9)).toHaveLength(1);
  });

  test("an append that meets such a page is tried again on the new file: other rooms do not notice", async () => {
    const path = databasePath();
    const before = await written(path);
    const { journal, alarms } = await start(path);
    const a = await journal.open(room);
    const b = await journal.open("meeting/b");
    await journal.close();
    zeroPageOf(path, "meeting/b op 200 "); // where the next entry of that room would go
    const again = await start(path);
    const [first, second] = await Promise.all(
      [a, b].map(({ cursor }, i) =>
        again.journal.append(i === 0 ? room : "meeting/b", cursor, { entries: [{ rev: 201, data: "1" }], nextDueAt: null }),
      ),
    );
    expect(first).toMatchObject({ ok: true, cursor: { epoch: before.a, rev: 201 } });
    expect(second).toEqual({ ok: false, code: "conflict" });
    expect((await again.journal.open("meeting/b")).cursor.epoch).not.toBe(before.b);
    expect(again.alarms).toMatchObject([{ code: "unreadable" }, { code: "damaged", room: "meeting/b" }]);
    expect(alarms).toEqual([]);
  });

  test("the list of rooms: they begin anew, and that is told", async () => {
    const path = databasePath();
    const before = await written(path);
    zeroPageOf(path, before.a);
    const { journal, alarms } = await start(path);
    const { cursor } = await journal.open(room);
    expect(cursor.rev).toBe(0);
    expect(cursor.epoch).not.toBe(before.a);
    expect(alarms).toMatchObject([{ code: "unreadable" }, { code: "unreadable", message: expect.stringContaining("list of rooms") }]);
  });
});
