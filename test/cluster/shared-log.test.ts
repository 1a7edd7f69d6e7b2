/** The shared log in memory keeps what NATS keeps, so what is tested on it is true on NATS; and the faults that a test sets are what it says they are. */
import { afterEach, describe, expect, test } from "bun:test";
import type { SharedJournal } from "../../src/cluster/port.ts";
import type { Cursor, Entry, JournalDeps } from "../../src/journal/port.ts";
import { entriesFrom, journalContract } from "../contract/journal.contract.ts";
import { sharedJournalContract } from "../contract/shared-journal.contract.ts";
import type { Dying, SharedSubject } from "../contract/shared-nodes.ts";
import { rejection } from "../support/rejection.ts";
import type { Fault, SharedLog } from "../support/shared-log.ts";
import { running, slowly, timeoutMs } from "./running.ts";

const lateMs = 500;
const io = { name: "JournalError", code: "io" };
let nodes = 0;

journalContract("shared memory", async (retention) => {
  const { log, clock } = running(retention);
  return { make: (deps) => log.journal(`n${++nodes}`, deps), dispose: async () => clock.stop() };
});

for (const [what, prepare] of [
  ["at once", () => undefined],
  ["slow, with live messages lost and out of order", (log: SharedLog) => slowly(log, 7)],
] as const)
  sharedJournalContract(`shared memory, ${what}`, async (): Promise<SharedSubject> => {
    const { log, clock } = running();
    prepare(log);
    return {
      start: (deps) => log.journal(`n${++nodes}`, deps),
      async dying(deps): Promise<Dying> {
        const journal = await log.journal(`n${++nodes}`, deps);
        const sent = Promise.withResolvers<void>();
        const die = () => {
          log.fault = ({ node, kind }) => {
            if (node !== journal.node) return undefined;
            if (kind === "append") sent.resolve();
            return { lateMs };
          };
        };
        return { journal, die, sent: () => sent.promise, land: () => clock.pass(2 * lateMs) };
      },
      damage: async (room, rev) => log.damage(room, rev),
      dispose: async () => clock.stop(),
    };
  });

describe("what a call meets", () => {
  const room = "meeting/a";
  const open: (() => void)[] = [];
  afterEach(() => {
    for (const close of open.splice(0)) close();
  });

  async function setUp() {
    const { log, clock } = running();
    open.push(() => clock.stop());
    const deps: JournalDeps = { newEpoch: () => `e${++nodes}`, onAlarm: () => undefined };
    const [a, b] = [await log.journal("a", deps), await log.journal("b", deps)];
    const { cursor } = await a.open(room);
    await a.saveSnapshot(room, { rev: 0, data: "1" }, null);
    /** The next call of this kind meets it. */
    const meet = (kind: string, fault: Fault) => {
      log.fault = (call) => {
        if (call.kind !== kind) return undefined;
        log.fault = () => undefined;
        return fault;
      };
    };
    return { log, clock, a, b, cursor, meet };
  }

  const append = (journal: SharedJournal, cursor: Cursor, text: string) =>
    journal.append(room, cursor, { entries: entriesFrom(cursor.rev + 1, 1, text), nextDueAt: null });
  const textsOf = async (journal: SharedJournal) => (await journal.read(room, 1)).map(({ data }) => JSON.parse(data).text);

  test("its answer is lost: it rejects, and it is there; the same node goes on only after it has opened the room", async () => {
    const { a, cursor, meet } = await setUp();
    meet("append", "answerLost");
    expect(await rejection(append(a, cursor, "landed"))).toMatchObject(io);
    expect(await append(a, cursor, "blind")).toEqual({ ok: false, code: "conflict" });
    const opened = await a.open(room);
    expect(opened.cursor.rev).toBe(1);
    expect(await append(a, opened.cursor, "after")).toMatchObject({ ok: true });
    expect(await textsOf(a)).toEqual(["landed", "after"]);
  });

  test("it lands late, when it was given up; after an open of the same node it does not", async () => {
    const { a, clock, cursor, meet } = await setUp();
    meet("append", { lateMs });
    expect(await rejection(append(a, cursor, "late"))).toMatchObject(io);
    expect(await textsOf(a)).toEqual([]);
    await clock.pass(lateMs + 1);
    expect(await textsOf(a)).toEqual(["late"]);
    const opened = await a.open(room);
    meet("append", { lateMs });
    expect(await rejection(append(a, opened.cursor, "too late"))).toMatchObject(io);
    const again = await a.open(room);
    await clock.pass(lateMs + 1);
    expect(await append(a, again.cursor, "after")).toMatchObject({ ok: true });
    expect(await textsOf(a)).toEqual(["late", "after"]);
  });

  test("it is unreachable, or refused: nothing is written", async () => {
    const { a, b, cursor, meet } = await setUp();
    meet("append", "unreachable");
    expect(await rejection(append(a, cursor, "lost"))).toMatchObject(io);
    meet("append", "conflict");
    expect(await append(a, cursor, "refused")).toEqual({ ok: false, code: "conflict" });
    meet("claim", "conflict");
    expect(await b.claim(room, (await b.holder(room))?.at)).toBeUndefined();
    expect(await append(a, cursor, "there")).toMatchObject({ ok: true });
    expect(await textsOf(a)).toEqual(["there"]);
  });

  test("a claim's answer is lost: the room is that node's, and it finds out by claiming again", async () => {
    const { a, b, cursor, meet } = await setUp();
    const at = (await b.holder(room))?.at;
    meet("claim", "answerLost");
    expect(await rejection(b.claim(room, at))).toMatchObject(io);
    expect((await a.holder(room))?.node).toBe("b");
    expect(await append(a, cursor, "a")).toEqual({ ok: false, code: "conflict" });
    const claimed = await b.claim(room, at);
    expect(await append(b, claimed?.cursor as Cursor, "b")).toMatchObject({ ok: true });
  });

  test("a node that is cut off hears and says nothing until it is healed; then its follower has all", async () => {
    const { log, clock, a, b, cursor } = await setUp();
    const heard: Entry[] = [];
    const troubles: unknown[] = [];
    const onEntries = (entries: readonly Entry[]) => void heard.push(...entries);
    const following = await b.follow(room, {
      from: cursor,
      onEntries,
      onReset: () => undefined,
      onTrouble: (error) => troubles.push(error),
    });
    log.cut("b");
    const appended = await append(a, cursor, "unheard");
    const before = clock.monotonic();
    expect(await rejection(b.holder(room))).toMatchObject(io);
    expect(clock.monotonic() - before).toBeGreaterThanOrEqual(timeoutMs);
    await following.catchUp();
    expect([heard, troubles]).toMatchObject([[], [io]]);
    expect(await append(a, appended.ok ? appended.cursor : cursor, "still")).toMatchObject({ ok: true });
    log.heal("b");
    await clock.pass(2_500);
    expect(heard).toEqual([...(await a.read(room, 1))]);
    following.close();
  });

  test("a live message that is lost is made up for by the next; the last one after two seconds, not before (the canary)", async () => {
    const { log, clock, a, b, cursor } = await setUp();
    const revs: number[] = [];
    const onEntries = (entries: readonly Entry[]) => void revs.push(...entries.map(({ rev }) => rev));
    await b.follow(room, { from: cursor, onEntries, onReset: () => undefined, onTrouble: () => undefined });
    let at = cursor;
    const one = async () => {
      const appended = await append(a, at, "x");
      at = appended.ok ? appended.cursor : at;
    };
    log.liveAfterMs = () => undefined;
    await one();
    await clock.pass(1_000);
    expect(revs).toEqual([]);
    log.liveAfterMs = () => 1;
    await one();
    await clock.pass(10);
    expect(revs).toEqual([1, 2]);
    log.liveAfterMs = () => undefined;
    await one();
    await clock.pass(2_500);
    expect(revs).toEqual([1, 2, 3]);
  });
});
