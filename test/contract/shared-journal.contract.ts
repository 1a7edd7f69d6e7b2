/** What every journal that several nodes share keeps, beside the journal's own contract. Run on NATS by test/journal/nats/, on the one in memory by test/cluster/. */
import { describe, expect, test } from "bun:test";
import { realClock } from "../../src/clock.ts";
import { isShared, type SharedJournal } from "../../src/cluster/port.ts";
import { memory } from "../../src/journal/memory.ts";
import type { Appended, Cursor, Opened } from "../../src/journal/port.ts";
import { measured } from "../../src/operate/measured-journal.ts";
import { eventually } from "../support/eventually.ts";
import { rejection } from "../support/rejection.ts";
import { followingContract } from "./following.contract.ts";
import { entriesFrom } from "./journal.contract.ts";
import {
  append,
  begin,
  claim,
  follow,
  holderOf,
  nodesOn,
  revsOf,
  room,
  roundsMax,
  type SharedSubject,
  textsOf,
  tryAppend,
  upTo,
} from "./shared-nodes.ts";

const isAcknowledged = (appending: Promise<Appended>): Promise<boolean> =>
  appending.then(
    ({ ok }) => ok,
    () => false,
  );

export function sharedJournalContract(name: string, subject: () => Promise<SharedSubject>): void {
  describe(`shared journal contract: ${name}`, () => {
    const setUp = nodesOn(subject);

    test("nodes are told apart, by an id that is one subject token", async () => {
      const { start } = await setUp();
      const nodes = [await start(), await start()].map(({ node }) => node);
      expect(new Set(nodes).size).toBe(2);
      for (const node of nodes) expect(node).toMatch(/^[A-Za-z0-9_=-]+$/);
    });

    test("holder: who wrote the last message; nobody where there is no log", async () => {
      const { start } = await setUp();
      const [a, b] = [await start(), await start()];
      expect(await a.holder(room)).toBeUndefined();
      const cursor = await begin(a);
      const seen = [await holderOf(b)];
      await append(a, cursor);
      seen.push(await holderOf(b));
      await claim(b);
      seen.push(await holderOf(a));
      expect(seen.map(({ node }) => node)).toEqual([a.node, a.node, b.node]);
      expect(new Set(seen.map(({ at }) => at)).size).toBe(3);
      expect(await holderOf(b)).toEqual(await holderOf(a));
      expect(await a.head(room)).toMatchObject({ rev: 1 });
    });

    test("a claim is an open: what is durable, with its snapshot, and appends go on from there", async () => {
      const { start, alarms } = await setUp();
      const [a, b] = [await start(), await start()];
      const cursor = await append(a, await begin(a), "first", 5);
      await a.saveSnapshot(room, { rev: 3, data: '"at 3"' }, null);
      const claimed = await claim(b);
      expect(claimed).toEqual({ cursor, snapshot: { rev: 3, data: '"at 3"' } });
      await append(b, claimed.cursor, "second");
      expect(await textsOf(a)).toEqual([..."xxxxx"].map(() => "first").concat("second"));
      expect(alarms).toEqual([]);
    });

    test("[L1] a race for a room that has a log: exactly one wins, round after round, and only it can append", async () => {
      const { start } = await setUp();
      const nodes = [await start(), await start(), await start()];
      let holder = nodes[0] as SharedJournal;
      let cursor = await begin(holder);
      for (let round = 0; round < roundsMax; round++) {
        const { node, at } = await holderOf(holder);
        expect(node).toBe(holder.node);
        // Without the holder, which need not write for a claim: it would only be the first of two.
        const others = nodes.filter((journal) => journal !== holder);
        const claims = await Promise.all(others.map((journal) => journal.claim(room, at)));
        expect([round, claims.filter((claimed) => claimed !== undefined)]).toMatchObject([round, [{ cursor }]]);
        holder = others.find((_, i) => claims[i] !== undefined) as SharedJournal;
        for (const journal of nodes)
          if (journal !== holder) expect(await tryAppend(journal, cursor, "loser")).toEqual({ ok: false, code: "conflict" });
        cursor = await append(holder, cursor, `${round}`);
      }
      expect(await textsOf(holder)).toEqual(Array.from({ length: roundsMax }, (_, round) => `${round}`));
    });

    test("[L1] a race for a room that has no log: exactly one begins it", async () => {
      const { start } = await setUp();
      const nodes = [await start(), await start()];
      for (let round = 0; round < roundsMax; round++) {
        const claims = await Promise.all(nodes.map((journal) => journal.claim(`meeting/${round}`, undefined)));
        expect([round, claims.filter((claimed) => claimed !== undefined)]).toMatchObject([
          round,
          [{ cursor: { rev: 0 }, snapshot: undefined }],
        ]);
      }
      expect(await nodes[0]?.list("", 99)).toHaveLength(roundsMax);
    });

    test("a claim at what is no longer the last message changes nothing, whoever wrote since", async () => {
      const { start } = await setUp();
      const [a, b, c] = [await start(), await start(), await start()];
      const cursor = await begin(a);
      const { at } = await holderOf(b);
      const after = await append(a, cursor);
      expect(await b.claim(room, at)).toBeUndefined();
      expect(await b.claim(room, undefined)).toBeUndefined();
      await claim(c);
      expect(await b.claim(room, at)).toBeUndefined();
      expect((await holderOf(b)).node).toBe(c.node);
      await append(c, after);
    });

    test("who holds the room claims it again, also at what it has gone on from itself", async () => {
      const { start } = await setUp();
      const journal = await start();
      const cursor = await begin(journal);
      const { at } = await holderOf(journal);
      const after = await append(journal, cursor);
      expect((await journal.claim(room, at))?.cursor).toEqual(after);
      expect((await claim(journal)).cursor).toEqual(after);
      await append(journal, after);
    });

    test("[L1] after a claim the one before gets a conflict, though no entry came in between, and though it never hears of it", async () => {
      const { start } = await setUp();
      const [a, b] = [await start(), await start()];
      const cursor = await append(a, await begin(a), "a");
      const claimed = await claim(b);
      expect(claimed.cursor).toEqual(cursor);
      expect(await tryAppend(a, cursor, "too late")).toEqual({ ok: false, code: "conflict" });
      const after = await append(b, claimed.cursor, "b");
      expect(await tryAppend(a, after, "it knows where the log ends")).toEqual({ ok: false, code: "conflict" });
      expect(await textsOf(a)).toEqual(["a", "b"]);
      await append(a, (await claim(a)).cursor, "again");
      expect(await textsOf(b)).toEqual(["a", "b", "again"]);
    });

    test("[L1] who never opened a room cannot append to it", async () => {
      const { start } = await setUp();
      const [a, b] = [await start(), await start()];
      const cursor = await append(a, await begin(a));
      expect(await tryAppend(b, cursor, "stranger")).toEqual({ ok: false, code: "conflict" });
      await append(a, cursor);
    });

    test("[L2] an append of a node that died does not land any more once another one has claimed the room", async () => {
      const { start, dying } = await setUp();
      const [other, dead] = [await start(), await dying()];
      const cursor = await append(dead.journal, await begin(dead.journal), "before");
      dead.die();
      const outcome = isAcknowledged(tryAppend(dead.journal, cursor, "late"));
      await dead.sent("late");
      const claimed = await claim(other);
      expect(claimed.cursor).toEqual(cursor);
      await dead.land();
      expect(await outcome).toBe(false);
      await append(other, claimed.cursor, "after");
      expect(await textsOf(other)).toEqual(["before", "after"]);
    });

    test("a canary: without the claim, it lands", async () => {
      const { start, dying } = await setUp();
      const [other, dead] = [await start(), await dying()];
      const cursor = await append(dead.journal, await begin(dead.journal), "before");
      dead.die();
      const outcome = isAcknowledged(tryAppend(dead.journal, cursor, "late"));
      await dead.sent("late");
      await dead.land();
      await outcome;
      expect(await textsOf(other)).toEqual(["before", "late"]);
    });

    test("a snapshot of who has lost the room is kept, and takes nothing from who has it", async () => {
      const { start } = await setUp();
      const [a, b, c] = [await start(), await start(), await start()];
      const cursor = await append(a, await begin(a), "x", 1, 50);
      await claim(b);
      const { at } = await holderOf(c);
      await a.saveSnapshot(room, { rev: 1, data: '"late"' }, null);
      await c.saveSnapshot(room, { rev: 1, data: '"a stranger\'s"' }, 70);
      expect(await holderOf(c)).toEqual({ node: b.node, at });
      expect(await c.due(9)).toEqual([{ room, dueAt: 50, holder: b.node }]);
      expect(await b.snapshotAt(room, 1)).toEqual({ rev: 1, data: '"a stranger\'s"' });
      await append(b, cursor);
    });

    test("due: soonest first, each with who has it; a claim moves no time", async () => {
      const { start } = await setUp();
      const [a, b] = [await start(), await start()];
      expect(await b.due(9)).toEqual([]);
      for (const [of, dueAt] of [
        ["m/late", 300],
        ["m/soon", 100],
        ["m/never", null],
      ] as const) {
        await a.append(of, await begin(a, of), { entries: entriesFrom(1, 1), nextDueAt: dueAt });
      }
      const late = { room: "m/late", dueAt: 300, holder: a.node };
      expect(await b.due(9)).toEqual([{ room: "m/soon", dueAt: 100, holder: a.node }, late]);
      const claimed = await b.claim("m/soon", (await holderOf(b, "m/soon")).at);
      expect(await a.due(9)).toEqual([{ room: "m/soon", dueAt: 100, holder: b.node }, late]);
      expect(await a.due(1)).toHaveLength(1);
      expect(await a.nextDue(1)).toEqual([{ room: "m/soon", dueAt: 100 }]);
      await b.saveSnapshot("m/soon", { rev: 1, data: "1" }, 400);
      expect(await a.due(9)).toEqual([late, { room: "m/soon", dueAt: 400, holder: b.node }]);
      await b.append("m/soon", claimed?.cursor as Cursor, { entries: entriesFrom(2, 1), nextDueAt: null });
      expect(await a.due(9)).toEqual([late]);
    });

    test("reads are fresh, also of who had the room before", async () => {
      const { start } = await setUp();
      const [a, b] = [await start(), await start()];
      const cursor = await append(a, await begin(a), "a", 4);
      expect(await a.read(room, 5)).toEqual([]);
      const after = await append(b, (await claim(b)).cursor, "b", 4);
      expect(revsOf(await a.read(room, 5))).toEqual(upTo(8, 5));
      expect(revsOf(await a.read(room, 3, 3))).toEqual([3, 4, 5]);
      expect(await a.head(room)).toEqual({ epoch: cursor.epoch, rev: 8 });
      await append(b, after, "b", 2);
      expect(revsOf(await a.read(room, 1, 2))).toEqual([1, 2]);
      expect(revsOf(await a.read(room, 9))).toEqual([9, 10]);
    });

    test("measured, it is shared, and its calls count; what is not shared stays so", async () => {
      const { start } = await setUp();
      const inner = await start();
      const counted: string[] = [];
      const journal = measured(inner, realClock, { committed: () => counted.push("committed"), failed: (code) => counted.push(code) });
      if (!isShared(journal)) throw new Error("it is not shared");
      expect(journal.node).toBe(inner.node);
      const { cursor } = (await journal.claim(room, undefined)) as Opened;
      await journal.saveSnapshot(room, { rev: 0, data: "1" }, null);
      const { entries } = await follow(journal, cursor);
      await append(journal, cursor, "x", 1, 7);
      await eventually(() => entries.length === 1, "the entry");
      expect(await journal.holder(room)).toEqual(await inner.holder(room));
      expect(await journal.due(1)).toEqual([{ room, dueAt: 7, holder: inner.node }]);
      expect(counted).toEqual(["committed"]);
      await journal.close();
      for (const call of [
        () => journal.holder(room),
        () => journal.claim(room, undefined),
        () => journal.due(1),
        () => follow(journal, cursor),
      ])
        expect(await rejection(call())).toMatchObject({ name: "JournalError", code: "closed" });
      expect(counted).toEqual(["committed", "closed", "closed", "closed", "closed"]);
      const alone = await memory()({ newEpoch: () => "e", onAlarm: () => undefined });
      expect(isShared(measured(alone, realClock, { committed: () => undefined, failed: () => undefined }))).toBe(false);
    });

    followingContract(setUp);
  });
}
