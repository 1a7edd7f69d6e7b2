/** A long past: any of its revs is a few ops away once it was looked at, and what is found is what was. */
import { expect, test } from "bun:test";
import { History } from "../../src/inspect/history.ts";
import { RebuildError } from "../../src/inspect/rebuild.ts";
import { memory } from "../../src/journal/memory.ts";
import type { Journal } from "../../src/journal/port.ts";
import { defaultLimits } from "../../src/protocol/limits.ts";
import { counter } from "../support/counter.ts";
import { Harness } from "../support/harness.ts";

const revs = 3_000;

/** A room of so many revs, and how many ops are read of it. */
async function longRoom(snapshotEveryOps: number) {
  const harness = await Harness.start({
    types: [counter],
    journal: memory(),
    limits: { snapshotEveryOps, commandsBurst: 1e6, commandsPerSecond: 1e6 },
  });
  const room = harness.room("counter");
  const socket = await harness.join(room, "a");
  for (let seq = 1; seq < revs; seq++) {
    if (socket.session !== undefined) room.ingress.command(socket.session, seq, { type: "add", n: 1 } as { type: string }, 50);
    if (seq % 100 === 0) await harness.clock.advance(50);
  }
  await harness.clock.advance(50);
  let read = 0;
  const journal: Journal = {
    ...harness.journal,
    read: async (name, from, limit) => {
      const entries = await harness.journal.read(name, from, limit);
      read += entries.length;
      return entries;
    },
  };
  const { def } = room.options;
  const options = { def, machine: def.machine, limits: defaultLimits, room: room.name, epoch: room.feed?.epoch ?? "", journal };
  const readBy = async (history: History, rev: number): Promise<{ n: number; total: unknown }> => {
    const before = read;
    const { domain } = await history.at(rev);
    return { n: read - before, total: (domain.snapshot.context as { total: unknown }).total };
  };
  return { harness, options, readBy };
}

test("the first look replays from a kept snapshot; after it, every rev is at most 500 ops away", async () => {
  const { options, readBy } = await longRoom(100_000);
  const history = new History(options);
  expect(await readBy(history, 1_700)).toEqual({ n: 1_700, total: 1_699 });
  for (const rev of [1_700, 0, 1, 499, 500, 501, 1_699, 1_600, 777]) {
    const { n, total } = await readBy(history, rev);
    expect([rev, total]).toEqual([rev, Math.max(0, rev - 1)]);
    expect(n).toBeLessThan(500);
  }
  expect(await readBy(history, revs)).toEqual({ n: revs - 1_500, total: revs - 1 });
});

test("snapshots of the journal are key frames: the first look at any rev begins at one", async () => {
  const { options, readBy } = await longRoom(1_000);
  const history = new History(options);
  const { n, total } = await readBy(history, 2_400);
  expect(total).toBe(2_399);
  expect(n).toBeLessThan(1_400);
  expect(await history.extent()).toMatchObject({ head: revs, opsFrom: 1, statesFrom: 0 });
});

test("[L11] key frames of a big state are bounded by their size, one that is too big alone is not kept", async () => {
  const { options, readBy } = await longRoom(100_000);
  const readAfter = async (chars: number): Promise<readonly number[]> => {
    // The room began with so much in its context.
    const snapshotAt: Journal["snapshotAt"] = async (name, rev) => {
      const kept = await options.journal.snapshotAt(name, rev);
      return kept && { ...kept, data: kept.data.replace('"total":', `"text":"${"x".repeat(chars)}","total":`) };
    };
    const history = new History({ ...options, journal: { ...options.journal, snapshotAt } });
    await history.at(revs);
    const readFor: number[] = [];
    for (const rev of [499, 999, 1_499, 1_999, 2_499]) readFor.push((await readBy(history, rev)).n);
    return readFor;
  };
  expect(Math.max(...(await readAfter(1_000)))).toBe(499);
  // Two of them at most are there at a time: 1,000 and 2,000, or what was looked at since.
  const bounded = await readAfter(3 * 1024 * 1024);
  expect(Math.max(...bounded)).toBeGreaterThan(500);
  expect(Math.max(...bounded)).toBeLessThan(2_000);
  expect(await readAfter(9 * 1024 * 1024)).toEqual([499, 999, 1_499, 1_999, 2_499]);
});

test("beyond the end, and in another history: an error that says so", async () => {
  const { options } = await longRoom(100_000);
  const history = new History(options);
  await expect(history.at(revs + 1)).rejects.toThrow(`counter/r has revs 0 to ${revs}`);
  await expect(history.at(-1)).rejects.toThrow(RebuildError);
  await expect(new History({ ...options, epoch: "another" }).at(1)).rejects.toThrow("another history");
});
