/** Journals in temporary folders. A test file calls `afterEach(cleanUp)`. */
import { Database } from "bun:sqlite";
import { expect } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Cursor, Journal, JournalAlarm } from "../../src/journal/port.ts";
import { sqlite } from "../../src/journal/sqlite.ts";
import { entriesFrom } from "../contract/journal.contract.ts";

export const room = "meeting/a";

const cleanUps: (() => unknown)[] = [];
export async function cleanUp(): Promise<void> {
  for (const clean of cleanUps.splice(0).reverse()) await clean();
}

export function databasePath(): string {
  const path = mkdtempSync(join(tmpdir(), "quorate-journal-"));
  cleanUps.push(() => rmSync(path, { recursive: true, force: true }));
  return join(path, "rooms.db");
}

let epochs = 0;
export async function start(path: string, keepOps = 100_000): Promise<{ journal: Journal; alarms: JournalAlarm[] }> {
  const alarms: JournalAlarm[] = [];
  const deps = { newEpoch: () => `epoch${++epochs}`, onAlarm: (alarm: JournalAlarm) => alarms.push(alarm) };
  const journal = await sqlite({ path, keepSnapshots: 2, keepOps })(deps);
  cleanUps.push(() => journal.close());
  return { journal, alarms };
}

export async function append(journal: Journal, cursor: Cursor, count: number, name = room): Promise<Cursor> {
  const appended = await journal.append(name, cursor, { entries: entriesFrom(cursor.rev + 1, count), nextDueAt: null });
  if (!appended.ok) throw new Error("conflict");
  return appended.cursor;
}

/** A log with its first snapshot, ready for appends. */
export async function begin(journal: Journal, name = room): Promise<Cursor> {
  const { cursor } = await journal.open(name);
  await journal.saveSnapshot(name, { rev: 0, data: '"at 0"' }, null);
  return cursor;
}

/** A closed log: snapshots at rev 0 and 10, entries up to 20; and another room, untouched. */
export async function made(path: string): Promise<{ a: string; b: string }> {
  const { journal, alarms } = await start(path);
  for (const name of [room, "meeting/b"]) {
    const cursor = await append(journal, await begin(journal, name), 10, name);
    await journal.saveSnapshot(name, { rev: 10, data: '"at 10"' }, null);
    await append(journal, cursor, 10, name);
  }
  const epochsMade = { a: (await journal.open(room)).cursor.epoch, b: (await journal.open("meeting/b")).cursor.epoch };
  await journal.close();
  expect(alarms).toEqual([]);
  return epochsMade;
}

export function change(path: string, sql: string): void {
  const database = new Database(path);
  database.run(sql);
  database.run("PRAGMA wal_checkpoint(TRUNCATE)");
  database.close();
}

/** The workers that are started from now on, until `restore`. */
export function workersStarted(): Worker[] & { restore: () => void } {
  const Real = globalThis.Worker;
  const started: Worker[] = [];
  globalThis.Worker = class extends Real {
    constructor(...parameters: ConstructorParameters<typeof Worker>) {
      super(...parameters);
      started.push(this);
    }
  };
  return Object.assign(started, {
    restore: () => {
      globalThis.Worker = Real;
    },
  });
}
