/** A process that is killed while it writes, five times over on one file. */
import { afterEach, expect, test } from "bun:test";
import { join } from "node:path";
import type { Journal } from "../../src/journal/port.ts";
import { random } from "../../src/testing/random.ts";
import { rejection } from "../support/rejection.ts";
import { begin, cleanUp, databasePath, start } from "./files.ts";

afterEach(cleanUp);

const rooms = ["crash/0", "crash/1", "crash/2", "crash/3"];
const roundsMax = 5;

/** Lets it write until it has acknowledged `acksMin` batches, then kills it. Gives the last acknowledged rev of each room; half a line is none. */
async function writeAndKill(path: string, seed: number, acksMin: number, meanwhile?: () => Promise<void>): Promise<Map<string, string>> {
  const child = Bun.spawn([process.execPath, join(import.meta.dir, "crash-child.ts"), path, String(seed)], {
    stdout: "pipe",
    stderr: "pipe",
  });
  const problems = new Response(child.stderr).text();
  const decoder = new TextDecoder();
  let told = "";
  let killing = false;
  try {
    for await (const chunk of child.stdout) {
      told += decoder.decode(chunk, { stream: true });
      if (killing || told.split("\n").length <= acksMin) continue;
      killing = true; // what is in the pipe by now is still read
      await meanwhile?.();
      child.kill("SIGKILL");
    }
  } finally {
    child.kill("SIGKILL");
    await child.exited;
  }
  expect(await problems).toBe("");
  expect(child.signalCode).toBe("SIGKILL");
  const acked = new Map<string, string>();
  for (const line of told.split("\n").slice(0, -1)) {
    const [name = "", rev, epoch] = line.split(" ");
    acked.set(name, `${rev} ${epoch}`);
  }
  return acked;
}

/** All that the journal can still give of a room, up to its end. */
async function readAll(journal: Journal, room: string, from: number): Promise<{ rev: number; data: string }[]> {
  const all: { rev: number; data: string }[] = [];
  for (let next = from; ; next = (all.at(-1)?.rev ?? 0) + 1) {
    const page = await journal.read(room, next);
    if (page.length === 0) return all;
    all.push(...page);
  }
}

async function expectIntact(path: string, acked: ReadonlyMap<string, string>, epochs: ReadonlyMap<string, string>, hint: string) {
  const { journal, alarms } = await start(path);
  expect(alarms, hint).toEqual([]);
  for (const room of rooms) {
    const { cursor, snapshot } = await journal.open(room);
    const [rev = "0", epoch] = (acked.get(room) ?? "").split(" ");
    expect(cursor.epoch, hint).toBe(epochs.get(room) as string);
    expect(epoch, hint).toBe(cursor.epoch);
    expect(cursor.rev, hint).toBeGreaterThanOrEqual(Number(rev));
    const from = (snapshot?.rev ?? 0) + 1;
    expect(await readAll(journal, room, from), hint).toEqual(
      Array.from({ length: cursor.rev + 1 - from }, (_, i) => ({ rev: from + i, data: `"${room} ${from + i}"` })),
    );
  }
  expect(alarms, hint).toEqual([]);
  await journal.close();
}

async function prepared(path: string): Promise<Map<string, string>> {
  const { journal } = await start(path);
  const epochs = new Map<string, string>();
  for (const room of rooms) epochs.set(room, (await begin(journal, room)).epoch);
  await journal.close();
  return epochs;
}

test("[L4] SIGKILL at any moment: every acknowledged entry is there, no gap, same epoch, no alarm", async () => {
  const path = databasePath();
  const epochs = await prepared(path);
  const chance = random(20_26);
  for (let round = 1; round <= roundsMax; round++) {
    const seed = Math.floor(chance() * 1_000_000);
    const acked = await writeAndKill(path, seed, 40 + Math.floor(chance() * 400));
    expect([...acked.keys()].sort(), `round ${round}, seed ${seed}`).toEqual(rooms);
    await expectIntact(path, acked, epochs, `round ${round}, seed ${seed}`);
  }
}, 60_000);

test("[L4] while another process writes, a start is refused as `locked` and harms nothing", async () => {
  const path = databasePath();
  const epochs = await prepared(path);
  const acked = await writeAndKill(path, 1, 20, async () => {
    expect(await rejection(start(path))).toMatchObject({ name: "JournalError", code: "locked" });
  });
  await expectIntact(path, acked, epochs, "after the refused start");
}, 30_000);
