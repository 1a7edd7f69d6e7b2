/** What every journal that several nodes share keeps, beside the journal's own contract. Run on NATS by test/journal/nats/, on the one in memory by test/cluster/. */
import { afterEach, describe, expect, test } from "bun:test";
import { realClock } from "../../src/clock.ts";
import { type Following, type Holder, isShared, type SharedJournal } from "../../src/cluster/port.ts";
import { memory } from "../../src/journal/memory.ts";
import type { Appended, Cursor, Entry, JournalAlarm, JournalDeps, Opened } from "../../src/journal/port.ts";
import { measured } from "../../src/operate/measured-journal.ts";
import { eventually } from "../support/eventually.ts";
import { rejection } from "../support/rejection.ts";
import { entriesFrom } from "./journal.contract.ts";

/** A node that dies amid an append. */
export interface Dying {
  readonly journal: SharedJournal;
  /** From now on nothing that it sends arrives. */
  die(): void;
  /** Resolves when an append with this text was sent. */
  sent(text: string): Promise<void>;
  /** What was sent arrives now; resolves when it has. */
  land(): Promise<void>;
}

export interface SharedSubject {
  /** A node that starts now, on the same log as the others. */
  start(deps: JournalDeps): Promise<SharedJournal>;
  dying(deps: JournalDeps): Promise<Dying>;
  /** The room's entries after `rev` are damaged; so whoever opens it next finds that history was lost. */
  damage(room: string, rev: number): Promise<void>;
  dispose(): Promise<void>;
}

interface Heard {
  readonly entries: Entry[];
  readonly resets: string[];
  readonly troubles: unknown[];
}

const room = "meeting/a";
const roundsMax = 15;
let epochs = 0;

export function sharedJournalContract(name: string, subject: () => Promise<SharedSubject>): void {
  describe(`shared journal contract: ${name}`, () => {
    const open: (() => Promise<void>)[] = [];
    afterEach(async () => {
      for (const close of open.splice(0).reverse()) await close();
    });

    async function setUp() {
      const shared = await subject();
      open.push(() => shared.dispose());
      const alarms: JournalAlarm[] = [];
      const deps: JournalDeps = { newEpoch: () => `epoch${++epochs}`, onAlarm: (alarm) => alarms.push(alarm) };
      const later = <T extends SharedJournal>(journal: T): T => {
        open.push(() => journal.close());
        return journal;
      };
      const start = async () => later(await shared.start(deps));
      const dying = async () => {
        const node = await shared.dying(deps);
        later(node.journal);
        return node;
      };
      return { ...shared, alarms, start, dying };
    }

    async function begin(journal: SharedJournal, of = room): Promise<Cursor> {
      const { cursor } = await journal.open(of);
      await journal.saveSnapshot(of, { rev: 0, data: '"start"' }, null);
      return cursor;
    }

    const tryAppend = (journal: SharedJournal, cursor: Cursor, text = "x", count = 1, nextDueAt: number | null = null): Promise<Appended> =>
      journal.append(room, cursor, { entries: entriesFrom(cursor.rev + 1, count, text), nextDueAt });

    async function append(...given: Parameters<typeof tryAppend>): Promise<Cursor> {
      const appended = await tryAppend(...given);
      if (!appended.ok) throw new Error("conflict");
      return appended.cursor;
    }

    const isAcknowledged = (appending: Promise<Appended>): Promise<boolean> =>
      appending.then(
        ({ ok }) => ok,
        () => false,
      );

    const textsOf = async (journal: SharedJournal): Promise<string[]> =>
      (await journal.read(room, 1)).map(({ data }) => (JSON.parse(data) as { text: string }).text);

    async function holderOf(journal: SharedJournal, of = room): Promise<Holder> {
      const holder = await journal.holder(of);
      if (holder === undefined) throw new Error(`${of} has no log`);
      return holder;
    }

    /** As of now. */
    async function claim(journal: SharedJournal): Promise<Opened> {
      const opened = await journal.claim(room, (await holderOf(journal)).at);
      if (opened === undefined) throw new Error("somebody else was faster");
      return opened;
    }

    async function follow(journal: SharedJournal, from: Pick<Cursor, "epoch" | "rev">, onEntries?: (entries: readonly Entry[]) => void) {
      const heard: Heard = { entries: [], resets: [], troubles: [] };
      const following: Following = await journal.follow(room, {
        from,
        onEntries(entries) {
          onEntries?.(entries);
          heard.entries.push(...entries);
        },
        onReset: (why) => void heard.resets.push(why),
        onTrouble: (error) => void heard.troubles.push(error),
      });
      return { ...heard, following };
    }

    const revsOf = (entries: readonly Entry[]): number[] => entries.map(({ rev }) => rev);
    const upTo = (rev: number, from = 1): number[] => Array.from({ length: rev - from + 1 }, (_, i) => from + i);

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

    test("following: each entry once, in order, while the room goes from node to node", async () => {
      const { start, alarms } = await setUp();
      const [a, b, c] = [await start(), await start(), await start()];
      let cursor = await append(a, await begin(a), "first", 3);
      const { entries, resets, troubles, following } = await follow(c, { epoch: cursor.epoch, rev: 0 });
      expect(revsOf(entries)).toEqual([1, 2, 3]); // what was there, when it resolved
      const own = await follow(a, cursor);
      for (let round = 0; round < roundsMax; round++) {
        const journal = round % 2 === 0 ? b : a;
        cursor = (await claim(journal)).cursor;
        for (let i = 0; i < 3; i++) cursor = await append(journal, cursor, `${round}/${i}`, 1 + (i % 2));
      }
      await eventually(() => entries.length >= cursor.rev && own.entries.length >= cursor.rev - 3, "all entries");
      expect(entries).toEqual([...(await a.read(room, 1))]);
      expect(revsOf(own.entries)).toEqual(upTo(cursor.rev, 4));
      expect(following.rev).toBe(cursor.rev);
      expect([resets, troubles, alarms]).toEqual([[], [], []]);
    });

    test("following: catchUp tells all that the log holds, and nothing is told after the end", async () => {
      const { start } = await setUp();
      const [a, b] = [await start(), await start()];
      let cursor = await begin(a);
      const { entries, following } = await follow(b, cursor);
      for (let round = 0; round < roundsMax; round++) {
        cursor = await append(a, cursor, "x", 2);
        await following.catchUp();
        expect([following.rev, entries.length]).toEqual([cursor.rev, cursor.rev]);
      }
      following.close();
      following.close();
      await append(a, cursor);
      await following.catchUp();
      expect(revsOf(entries)).toEqual(upTo(cursor.rev));
    });

    test("following: whoever cannot take entries is offered them again", async () => {
      const { start } = await setUp();
      const [a, b] = [await start(), await start()];
      const cursor = await begin(a);
      let throws = 0;
      const { entries, troubles, following } = await follow(b, cursor, () => {
        if (throws++ === 0) throw new Error("not now");
      });
      await append(a, cursor, "x", 2);
      await eventually(() => troubles.length > 0, "the trouble");
      expect([entries, following.rev]).toEqual([[], 0]);
      await following.catchUp();
      expect([revsOf(entries), following.rev]).toEqual([[1, 2], 2]);
      expect(troubles).toMatchObject([{ message: "not now" }]);
    });

    test("following: history is lost, that is the last thing told; whoever begins with what is no more is told at once", async () => {
      const { start, damage, alarms } = await setUp();
      const [a, b, c] = [await start(), await start(), await start()];
      let cursor = await begin(a);
      for (let i = 0; i < 4; i++) cursor = await append(a, cursor);
      const first = await follow(c, { epoch: cursor.epoch, rev: 0 });
      await damage(room, 2);
      const claimed = await claim(b);
      expect(claimed.cursor.rev).toBe(2);
      expect(claimed.cursor.epoch).not.toBe(cursor.epoch);
      expect(alarms).toMatchObject([{ code: "damaged", room, lostFrom: 3 }]);
      await eventually(() => first.resets.length > 0, "the end");
      await append(b, claimed.cursor);
      await first.following.catchUp();
      expect([revsOf(first.entries), first.resets]).toEqual([upTo(4), ["epoch"]]);
      const ahead = { epoch: claimed.cursor.epoch, rev: 9 };
      for (const from of [cursor, ahead]) expect((await follow(c, from)).resets).toEqual(["epoch"]);
      const second = await follow(c, { epoch: claimed.cursor.epoch, rev: 0 });
      expect([revsOf(second.entries), second.resets]).toEqual([upTo(3), []]);
      expect(revsOf(await a.read(room, 3, 1))).toEqual([3]);
      expect(await tryAppend(a, cursor)).toEqual({ ok: false, code: "conflict" });
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

    test("a journal that closes ends what it follows", async () => {
      const { start } = await setUp();
      const [a, b] = [await start(), await start()];
      const cursor = await begin(a);
      const { entries, troubles, following } = await follow(b, cursor);
      await b.close();
      await append(a, cursor);
      await following.catchUp();
      expect([entries, troubles]).toEqual([[], []]);
    });
  });
}
