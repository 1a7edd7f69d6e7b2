/** What every journal keeps, whatever it stores in. Run on each implementation by test/journal/. */
import { afterEach, describe, expect, test } from "bun:test";
import { type Cursor, type Entry, type Journal, type JournalAlarm, type JournalFactory, readBytesMax } from "../../src/journal/port.ts";
import { rejection } from "../support/rejection.ts";

export interface Subject {
  /** A journal on the same store each time: calling it again is a restart. */
  readonly make: JournalFactory;
  readonly dispose: () => Promise<void>;
}

export const entriesFrom = (from: number, count: number, text = "x"): Entry[] =>
  Array.from({ length: count }, (_, i) => ({ rev: from + i, data: JSON.stringify({ at: from + i, text }) }));

let epochs = 0;

export function journalContract(name: string, subject: (retention: { keepSnapshots: number; keepOps: number }) => Promise<Subject>): void {
  describe(`journal contract: ${name}`, () => {
    const open: (() => Promise<void>)[] = [];
    afterEach(async () => {
      for (const close of open.splice(0).reverse()) await close();
    });

    async function setUp(retention = { keepSnapshots: 2, keepOps: 100_000 }) {
      const { make, dispose } = await subject(retention);
      open.push(dispose);
      const alarms: JournalAlarm[] = [];
      const start = async (): Promise<Journal> => {
        const journal = await make({ newEpoch: () => `epoch${++epochs}`, onAlarm: (alarm) => alarms.push(alarm) });
        open.push(() => journal.close());
        return journal;
      };
      return { start, alarms };
    }
    async function began(journal: Journal, room = "meeting/a"): Promise<Cursor> {
      const { cursor } = await journal.open(room);
      await journal.saveSnapshot(room, { rev: 0, data: '"start"' }, null);
      return cursor;
    }
    async function append(
      journal: Journal,
      cursor: Cursor,
      count: number,
      room = "meeting/a",
      nextDueAt: number | null = null,
    ): Promise<Cursor> {
      const appended = await journal.append(room, cursor, { entries: entriesFrom(cursor.rev + 1, count), nextDueAt });
      if (!appended.ok) throw new Error("conflict");
      return appended.cursor;
    }

    test("a new log is empty, at rev 0, under a fresh epoch of its own", async () => {
      const journal = await (await setUp()).start();
      const a = await journal.open("meeting/a");
      const b = await journal.open("meeting/b");
      expect(a).toMatchObject({ cursor: { rev: 0 }, snapshot: undefined });
      expect(a.cursor.epoch).not.toBe(b.cursor.epoch);
      expect(await journal.read("meeting/a", 1)).toEqual([]);
      expect((await journal.open("meeting/a")).cursor).toEqual(a.cursor);
    });

    test("[L4] what was appended is there after a restart, in order, under the same epoch", async () => {
      const { start, alarms } = await setUp();
      const first = await start();
      let cursor = await began(first);
      cursor = await append(first, cursor, 3);
      cursor = await append(first, cursor, 2);
      await first.close();
      const second = await start();
      const opened = await second.open("meeting/a");
      expect(opened.cursor).toEqual(cursor);
      expect(opened.snapshot).toEqual({ rev: 0, data: '"start"' });
      expect(await second.read("meeting/a", 1)).toEqual(entriesFrom(1, 5));
      expect(await second.read("meeting/a", 4)).toEqual(entriesFrom(4, 2));
      expect(await second.read("meeting/a", 2, 2)).toEqual(entriesFrom(2, 2));
      expect(await second.read("meeting/a", 6)).toEqual([]);
      await append(second, opened.cursor, 1);
      expect(alarms).toEqual([]);
    });

    test("[L1] an append from a stale cursor is a conflict and writes nothing", async () => {
      const journal = await (await setUp()).start();
      const zero = await began(journal);
      const two = await append(journal, zero, 2);
      for (const stale of [
        zero,
        { ...two, epoch: "other" },
        { ...two, rev: 1 },
        { ...two, rev: 3 },
        { ...two, fence: "of another history" },
      ]) {
        expect(await journal.append("meeting/a", stale, { entries: entriesFrom(stale.rev + 1, 1, "wrong"), nextDueAt: 5 })).toEqual({
          ok: false,
          code: "conflict",
        });
      }
      expect(await journal.read("meeting/a", 1)).toEqual(entriesFrom(1, 2));
      expect(await journal.nextDue(10)).toEqual([]);
      expect((await append(journal, two, 1)).rev).toBe(3);
    });

    test("[L1] two appends from one cursor: exactly one wins", async () => {
      const journal = await (await setUp()).start();
      const cursor = await began(journal);
      const results = await Promise.all(
        ["a", "b"].map((text) => journal.append("meeting/a", cursor, { entries: entriesFrom(1, 1, text), nextDueAt: null })),
      );
      expect(results.map(({ ok }) => ok).sort()).toEqual([false, true]);
      expect(await journal.read("meeting/a", 1)).toHaveLength(1);
    });

    test("[L1] entries that do not follow are refused, without harm to others", async () => {
      const journal = await (await setUp()).start();
      const a = await began(journal);
      const b = await began(journal, "meeting/b");
      const [bad, good] = await Promise.allSettled([
        journal.append("meeting/a", a, { entries: entriesFrom(2, 1), nextDueAt: null }),
        journal.append("meeting/b", b, { entries: entriesFrom(1, 1), nextDueAt: null }),
      ]);
      expect(bad).toMatchObject({ status: "rejected", reason: { code: "invalid" } });
      expect(good).toMatchObject({ status: "fulfilled", value: { ok: true } });
      expect((await append(journal, a, 1)).rev).toBe(1);
    });

    test("[L4] an append before the first snapshot is refused: after a restart nothing could be built on it", async () => {
      const journal = await (await setUp()).start();
      const { cursor } = await journal.open("meeting/a");
      expect(await rejection(append(journal, cursor, 1))).toMatchObject({ name: "JournalError", code: "invalid" });
      expect(await journal.read("meeting/a", 1)).toEqual([]);
      await journal.saveSnapshot("meeting/a", { rev: 0, data: '"start"' }, null);
      expect((await append(journal, cursor, 1)).rev).toBe(1);
    });

    test("rooms are apart", async () => {
      const journal = await (await setUp()).start();
      const [a, b] = [await began(journal), await began(journal, "meeting/b")];
      await Promise.all([append(journal, a, 3), append(journal, b, 5, "meeting/b")]);
      expect(await journal.read("meeting/a", 1)).toHaveLength(3);
      expect(await journal.read("meeting/b", 1)).toHaveLength(5);
    });

    test("the newest snapshot is given at open; keepSnapshots are kept, and all that the oldest of them needs", async () => {
      const { start } = await setUp({ keepSnapshots: 2, keepOps: 0 });
      const journal = await start();
      let cursor = await began(journal);
      for (const rev of [10, 20, 30]) {
        cursor = await append(journal, cursor, 10);
        await journal.saveSnapshot("meeting/a", { rev, data: `"at ${rev}"` }, null);
      }
      cursor = await append(journal, cursor, 1);
      expect((await journal.read("meeting/a", 1)).map(({ rev }) => rev)).toEqual([21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31]);
      await journal.close();
      const again = await (await start()).open("meeting/a");
      expect(again).toEqual({ cursor, snapshot: { rev: 30, data: '"at 30"' } });
    });

    test("keepOps are kept, though the newest snapshot needs them no more, with a state under the oldest and key frames between", async () => {
      const { start } = await setUp({ keepSnapshots: 1, keepOps: 16 }); // a key frame in every 2
      const journal = await start();
      let cursor = await began(journal);
      const kept = async () => {
        const revs: number[] = [];
        for (let rev = 99; ; rev = (revs[0] ?? 0) - 1) {
          const found = await journal.snapshotAt("meeting/a", rev);
          if (found === undefined) return { revs, from: (await journal.read("meeting/a", 1, 1))[0]?.rev };
          expect(found.data).toBe(`"${found.rev === 0 ? "start" : found.rev}"`);
          revs.unshift(found.rev);
        }
      };
      const saveAt = async (rev: number) => {
        cursor = await append(journal, cursor, rev - cursor.rev);
        await journal.saveSnapshot("meeting/a", { rev, data: `"${rev}"` }, null);
      };
      await saveAt(10);
      await saveAt(15);
      expect(await kept()).toEqual({ revs: [0, 10, 15], from: 1 });
      for (const rev of [18, 19, 20, 21, 22]) await saveAt(rev);
      expect(await kept()).toEqual({ revs: [0, 10, 15, 18, 20, 22], from: 1 });
      await saveAt(30);
      expect(await kept()).toEqual({ revs: [10, 15, 18, 20, 22, 30], from: 11 });
      await saveAt(80);
      expect(await kept()).toEqual({ revs: [30, 80], from: 31 });
      await journal.close();
      expect((await (await start()).open("meeting/a")).snapshot).toEqual({ rev: 80, data: '"80"' });
    });

    test("a snapshot of a rev that is not there is refused", async () => {
      const journal = await (await setUp()).start();
      await append(journal, await began(journal), 2);
      expect(await rejection(journal.saveSnapshot("meeting/a", { rev: 3, data: "1" }, null))).toMatchObject({ code: "invalid" });
      expect(await rejection(journal.saveSnapshot("meeting/never", { rev: 0, data: "1" }, null))).toMatchObject({ code: "invalid" });
    });

    test("list: rooms by name in code-unit order, page by page, running or not", async () => {
      const { start } = await setUp();
      const journal = await start();
      expect(await journal.list("", 10)).toEqual([]);
      const names = ["meeting/b", "meeting/B", "desk/z", "meeting/a", "meeting-2/a", "meeting/a.b"];
      for (const name of names) await append(journal, await began(journal, name), names.indexOf(name), name);
      const sorted = ["desk/z", "meeting-2/a", "meeting/B", "meeting/a", "meeting/a.b", "meeting/b"];
      const all = await journal.list("", 10);
      expect(all.map(({ room }) => room)).toEqual(sorted);
      expect(all.map(({ rev }) => rev)).toEqual(sorted.map((name) => names.indexOf(name)));
      expect((await journal.list("", 2)).map(({ room }) => room)).toEqual(sorted.slice(0, 2));
      expect((await journal.list("meeting/B", 2)).map(({ room }) => room)).toEqual(["meeting/a", "meeting/a.b"]);
      expect((await journal.list("meeting/az", 9)).map(({ room }) => room)).toEqual(["meeting/b"]);
      expect(await journal.list("zoo/a", 9)).toEqual([]);
      await journal.close();
      const again = await start();
      expect(await again.list("", 10)).toEqual(all);
      expect((await again.open("desk/z")).cursor).toMatchObject({ epoch: all[0]?.epoch, rev: all[0]?.rev });
    });

    test("head: how far a room is; one without a log gets none by being asked for", async () => {
      const journal = await (await setUp()).start();
      const cursor = await append(journal, await began(journal), 3);
      expect(await journal.head("meeting/a")).toEqual({ epoch: cursor.epoch, rev: 3 });
      expect(await journal.head("meeting/never")).toBeUndefined();
      expect(await journal.snapshotAt("meeting/never", 5)).toBeUndefined();
      expect((await journal.list("", 10)).map(({ room }) => room)).toEqual(["meeting/a"]);
      // Who looks is no writer: the room goes on from its own cursor.
      expect((await append(journal, cursor, 1)).rev).toBe(4);
      expect(await journal.head("meeting/a")).toEqual({ epoch: cursor.epoch, rev: 4 });
    });

    test("snapshotAt: the newest at or before the rev", async () => {
      const journal = await (await setUp()).start();
      const { cursor } = await journal.open("meeting/a");
      expect(await journal.snapshotAt("meeting/a", 0)).toBeUndefined();
      await journal.saveSnapshot("meeting/a", { rev: 0, data: '"at 0"' }, null);
      await append(journal, cursor, 9);
      await journal.saveSnapshot("meeting/a", { rev: 5, data: '"at 5"' }, null);
      for (const [rev, at] of [
        [0, 0],
        [4, 0],
        [5, 5],
        [9, 5],
        [Number.MAX_SAFE_INTEGER, 5],
      ] as const)
        expect(await journal.snapshotAt("meeting/a", rev)).toEqual({ rev: at, data: `"at ${at}"` });
      expect(await journal.snapshotAt("meeting/a", -1)).toBeUndefined();
    });

    test("a 10 MB snapshot", async () => {
      const { start } = await setUp();
      const journal = await start();
      await began(journal, "big/a");
      const data = JSON.stringify("ä".repeat(10_000_000));
      await journal.saveSnapshot("big/a", { rev: 0, data }, null);
      await journal.close();
      const opened = await (await start()).open("big/a");
      expect(opened.snapshot?.data === data).toBe(true);
    });

    test("nextDue: soonest first, durable with the entries; a snapshot of an older rev does not move it", async () => {
      const { start } = await setUp();
      const journal = await start();
      let a = await began(journal, "m/a");
      a = await append(journal, a, 1, "m/a", 300);
      await append(journal, await began(journal, "m/b"), 1, "m/b", 100);
      await append(journal, await began(journal, "m/c"), 1, "m/c", 200);
      a = await append(journal, a, 1, "m/a", 50);
      await journal.saveSnapshot("m/a", { rev: 1, data: "1" }, 999);
      await journal.saveSnapshot("m/c", { rev: 1, data: "1" }, null);
      const expected = [
        { room: "m/a", dueAt: 50 },
        { room: "m/b", dueAt: 100 },
      ];
      expect(await journal.nextDue(10)).toEqual(expected);
      expect(await journal.nextDue(1)).toEqual(expected.slice(0, 1));
      await journal.close();
      expect(await (await start()).nextDue(10)).toEqual(expected);
    });

    test("[L11] a read stops at readBytesMax, but never before the first entry", async () => {
      const journal = await (await setUp()).start();
      const sizes = [readBytesMax / 2, readBytesMax / 2 - 100, readBytesMax + 10, 10];
      const entries = sizes.map((size, i) => ({ rev: i + 1, data: JSON.stringify("x".repeat(size)) }));
      await journal.append("meeting/a", await began(journal), { entries, nextDueAt: null });
      const read = async (from: number) => (await journal.read("meeting/a", from)).map(({ rev }) => rev);
      expect(await read(1)).toEqual([1, 2, 3]);
      expect(await read(3)).toEqual([3]);
      expect(await read(4)).toEqual([4]);
      expect(await read(5)).toEqual([]);
    });

    test("unusual text comes back as it was", async () => {
      const { start } = await setUp();
      const journal = await start();
      const data = JSON.stringify({ text: "😀 \u0000 ' \" ; DROP TABLE entries; -- \u2028 ü" });
      await journal.append("meeting/a", await began(journal), { entries: [{ rev: 1, data }], nextDueAt: null });
      expect(await journal.read("meeting/a", 1)).toEqual([{ rev: 1, data }]);
    });

    test("a probe resolves while all is well; after close every call rejects with `closed`, and closing twice is closing once", async () => {
      const journal = await (await setUp()).start();
      const cursor = await began(journal);
      await journal.probe();
      await journal.close();
      await journal.close();
      const calls = [
        () => journal.open("meeting/a"),
        () => journal.append("meeting/a", cursor, { entries: entriesFrom(1, 1), nextDueAt: null }),
        () => journal.read("meeting/a", 1),
        () => journal.saveSnapshot("meeting/a", { rev: 0, data: "1" }, null),
        () => journal.list("", 1),
        () => journal.head("meeting/a"),
        () => journal.snapshotAt("meeting/a", 0),
        () => journal.nextDue(1),
        () => journal.probe(),
      ];
      for (const call of calls) expect(await rejection(call())).toMatchObject({ name: "JournalError", code: "closed" });
    });
  });
}
