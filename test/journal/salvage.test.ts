import { Database } from "bun:sqlite";
import { afterEach, describe, expect, test } from "bun:test";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import type { Journal } from "../../src/journal/port.ts";
import { append, cleanUp, databasePath, room, start } from "./files.ts";

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
