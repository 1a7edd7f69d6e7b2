/** What stays and what goes: snapshots in parts, big batches, trimming. */
import { afterEach, describe, expect } from "bun:test";
import { jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import type { NatsOptions } from "../../../src/journal/nats.ts";
import type { NatsStore } from "../../../src/journal/nats-connect.ts";
import { namesUnder } from "../../../src/journal/nats-names.ts";
import { defaultLimits } from "../../../src/protocol/limits.ts";
import { freshPrefix, longNatsTest, withNats } from "../../support/nats-server.ts";
import { rejection } from "../../support/rejection.ts";
import { append, begin, cleanUp, later, rawLog, room, startNode } from "./nodes.ts";

const server = withNats();
afterEach(cleanUp);

async function setUp(retention: Pick<NatsOptions, "keepSnapshots" | "keepOps"> = {}) {
  const options = { servers: server().address, prefix: freshPrefix(), ...retention };
  const names = namesUnder(options.prefix);
  const nc = await connect({ servers: options.servers });
  later({ [Symbol.asyncDispose]: () => nc.close() });
  const { streams } = await jetstreamManager(nc);
  /** What lies there, by kind: `chunk`, `body`, `index`. */
  const stored = async (): Promise<Record<string, number>> => {
    const { state } = await streams.info(names.store, { subjects_filter: ">" });
    const kinds = Object.keys(state.subjects ?? {}).map((subject) => subject.split(".")[3] ?? "");
    return Object.fromEntries([...new Set(kinds)].map((kind) => [kind, kinds.filter((one) => one === kind).length]));
  };
  return { options, names, streams, stored, log: () => rawLog(options.servers, options.prefix) };
}

/** A connection whose publishes fail, or do something first, where the subject says so. */
const meddled =
  (on: (subject: string) => void | Promise<void>) =>
  (store: NatsStore): NatsStore => {
    const publish: NatsStore["js"]["publish"] = async (subject, payload, given) => {
      await on(subject);
      return store.js.publish(subject, payload, given);
    };
    return { ...store, js: Object.assign(Object.create(store.js) as NatsStore["js"], { publish }) };
  };

/** The server's time of every index is later than it was. */
const inElevenMinutes = (store: NatsStore): NatsStore => {
  const getMessage: NatsStore["jsm"]["streams"]["getMessage"] = async (stream, query) => {
    const found = await store.jsm.streams.getMessage(stream, query);
    if (found?.subject.endsWith(".index")) Object.defineProperty(found, "time", { value: new Date(found.time.getTime() + 11 * 60_000) });
    return found;
  };
  const streams = Object.assign(Object.create(store.jsm.streams) as NatsStore["jsm"]["streams"], { getMessage });
  return { ...store, jsm: Object.assign(Object.create(store.jsm) as NatsStore["jsm"], { streams }) };
};

const text = (megabytes: number): string => JSON.stringify("ä".repeat(megabytes * 500_000));

describe("trimming", () => {
  longNatsTest("never takes a room's last message, be it the whole log: the compare-and-append goes on", async () => {
    const { options, log } = await setUp({ keepSnapshots: 1, keepOps: 0 });
    const { journal } = await startNode(options);
    const cursor = await append(journal, await begin(journal), "x", 5);
    await journal.saveSnapshot(room, { rev: 5, data: '"at 5"' }, null);
    expect((await log()).map(({ meta }) => meta?.rev)).toEqual([5]);
    // Another node begins where this ended, and a stale one is refused.
    const other = await startNode(options);
    const opened = await other.journal.open(room);
    expect(opened).toEqual({ cursor, snapshot: { rev: 5, data: '"at 5"' } });
    const after = await append(other.journal, opened.cursor, "y");
    expect(await journal.append(room, cursor, { entries: [{ rev: 6, data: "1" }], nextDueAt: null })).toEqual({
      ok: false,
      code: "conflict",
    });
    await other.journal.saveSnapshot(room, { rev: 6, data: '"at 6"' }, null);
    expect((await log()).map(({ meta }) => meta?.rev)).toEqual([6]);
    expect((await startNode(options).then((node) => node.journal.open(room))).cursor).toEqual(after);
  });

  longNatsTest("never takes anything after the oldest snapshot that is kept, also where that is amid a message", async () => {
    const { options, log } = await setUp({ keepSnapshots: 1, keepOps: 0 });
    const { journal } = await startNode(options);
    let cursor = await begin(journal);
    for (let i = 0; i < 4; i++) cursor = await append(journal, cursor, "x", 5);
    await journal.saveSnapshot(room, { rev: 12, data: '"at 12"' }, null);
    expect((await log()).map(({ meta }) => meta?.rev)).toEqual([15, 20]);
    const again = await (await startNode(options)).journal.open(room);
    expect(again).toEqual({ cursor, snapshot: { rev: 12, data: '"at 12"' } });
    expect((await journal.read(room, 13)).map(({ rev }) => rev)).toEqual([13, 14, 15, 16, 17, 18, 19, 20]);
  });

  longNatsTest("a long log: an entry in its middle is found", async () => {
    const { options } = await setUp();
    const { journal } = await startNode(options);
    await begin(journal, "other/room");
    let cursor = await begin(journal);
    for (let i = 1; i <= 60; i++) cursor = await append(journal, cursor, "x", i);
    const other = (await startNode(options)).journal;
    for (const from of [1, 2, 500, 1_000, 1_699, 1_700, 1_830, 1_831]) {
      const read = await other.read(room, from, 7);
      expect(read.map(({ rev }) => rev)).toEqual(Array.from({ length: Math.max(0, Math.min(7, 1_831 - from)) }, (_, i) => from + i));
    }
    for (const rev of [1, 700, 1_829]) await journal.saveSnapshot(room, { rev, data: `"${rev}"` }, null);
    expect(await journal.snapshotAt(room, 1_000)).toEqual({ rev: 700, data: '"700"' });
    expect((await other.open(room)).snapshot?.rev).toBe(1_829);
  });
});

describe("a snapshot in parts", () => {
  longNatsTest("old ones go with all of their parts, and leave nothing", async () => {
    const { options, stored } = await setUp({ keepSnapshots: 1, keepOps: 0 });
    const { journal } = await startNode(options);
    let cursor = await begin(journal);
    cursor = await append(journal, cursor, "x", 5);
    await journal.saveSnapshot(room, { rev: 5, data: text(3) }, null);
    expect(await stored()).toEqual({ index: 1, chunk: 3 });
    await journal.saveSnapshot(room, { rev: 5, data: text(2) }, null);
    expect(await stored()).toEqual({ index: 1, chunk: 2 });
    cursor = await append(journal, cursor);
    await journal.saveSnapshot(room, { rev: 6, data: "1" }, null);
    expect(await stored()).toEqual({ index: 1, chunk: 1 });
    expect((await journal.open(room)).snapshot).toEqual({ rev: 6, data: "1" });
  });

  for (const [what, pattern] of [
    ["amid its parts", /\.chunk\..*\.2$/],
    ["before the index", /\.index$/],
  ] as const)
    longNatsTest(`a save that dies ${what} leaves the older one, and what it wrote is swept up when it is old`, async () => {
      const { options, stored } = await setUp({ keepSnapshots: 1 });
      let isDying = false;
      const { journal } = await startNode(
        options,
        meddled((subject) => {
          if (isDying && pattern.test(subject)) throw new Error("died");
        }),
      );
      const cursor = await append(journal, await begin(journal), "x", 5);
      isDying = true;
      expect(await rejection(journal.saveSnapshot(room, { rev: 5, data: text(3) }, 55))).toMatchObject({ name: "JournalError" });
      const other = await startNode(options);
      expect(await other.journal.open(room)).toEqual({ cursor, snapshot: { rev: 0, data: '"at 0"' } });
      expect(await other.journal.nextDue(1)).toEqual([]);
      expect(other.alarms).toEqual([]);
      await other.journal.saveSnapshot(room, { rev: 5, data: '"at 5"' }, null);
      expect((await stored())["chunk"]).toBeGreaterThan(2); // not old enough: its writer may still be at it
      await append(other.journal, (await other.journal.open(room)).cursor);
      const late = await startNode(options, inElevenMinutes);
      await late.journal.saveSnapshot(room, { rev: 6, data: '"at 6"' }, null);
      expect(await stored()).toEqual({ index: 1, chunk: 2 }); // of 0, the key frame, and of 6
      expect((await other.journal.open(room)).snapshot?.rev).toBe(6);
    });

  longNatsTest("two nodes save at once: both are kept", async () => {
    const { options } = await setUp({ keepSnapshots: 7 });
    const [first, second] = [await startNode(options), await startNode(options)];
    await append(first.journal, await begin(first.journal), "x", 6);
    await Promise.all(
      [1, 2, 3].flatMap((rev) =>
        [first, second].map(({ journal }, i) => journal.saveSnapshot(room, { rev: rev + 3 * i, data: `${rev + 3 * i}` }, null)),
      ),
    );
    for (const rev of [1, 2, 3, 4, 5, 6]) expect(await first.journal.snapshotAt(room, rev)).toEqual({ rev, data: `${rev}` });
  });
});

describe("a batch that is too big for one message", () => {
  const big = (count: number, from = 1) => Array.from({ length: count }, (_, i) => ({ rev: from + i, data: text(1) }));

  longNatsTest("is read, verified and trimmed as any other", async () => {
    const { options, stored } = await setUp({ keepSnapshots: 1, keepOps: 0 });
    const { journal } = await startNode(options);
    const start = await begin(journal);
    const appended = await journal.append(room, start, { entries: big(3), nextDueAt: 9 });
    if (!appended.ok) throw new Error("conflict");
    expect((await stored())["body"]).toBe(3);
    const other = await startNode(options);
    const opened = await other.journal.open(room);
    expect(opened.cursor).toEqual(appended.cursor);
    expect(await other.journal.read(room, 2)).toEqual(big(2, 2));
    expect(await other.journal.nextDue(1)).toEqual([{ room, dueAt: 9 }]);
    await append(other.journal, opened.cursor, "small");
    await other.journal.saveSnapshot(room, { rev: 4, data: "1" }, null);
    expect((await stored())["body"]).toBeUndefined();
    expect((await (await startNode(options)).journal.open(room)).snapshot?.rev).toBe(4);
  });

  longNatsTest("a crash before its message leaves the log as it was", async () => {
    const { options } = await setUp();
    const names = namesUnder(options.prefix);
    let isDying = false;
    const { journal } = await startNode(
      options,
      meddled((subject) => {
        if (isDying && subject === names.opsOf(room)) throw new Error("died");
      }),
    );
    const cursor = await append(journal, await begin(journal));
    isDying = true;
    expect(await rejection(journal.append(room, cursor, { entries: big(3, 2), nextDueAt: null }))).toMatchObject({ code: "io" });
    const other = await startNode(options);
    expect((await other.journal.open(room)).cursor).toEqual(cursor);
    expect(other.alarms).toEqual([]);
  });

  longNatsTest("a part of it is gone: the log ends before it", async () => {
    const { options, names, streams } = await setUp();
    const { journal } = await startNode(options);
    const cursor = await append(journal, await begin(journal));
    await journal.append(room, cursor, { entries: big(2, 2), nextDueAt: null });
    await streams.purge(names.store, { filter: names.storedOf(room, "body", "*", "1") });
    const other = await startNode(options);
    const opened = await other.journal.open(room);
    expect(opened.cursor.rev).toBe(1);
    expect(other.alarms).toMatchObject([{ code: "damaged", lostFrom: 2 }]);
  });

  longNatsTest("a room's usual flush fits into one, and nothing without an end is taken", async () => {
    const { options, stored } = await setUp();
    const { journal, store } = await startNode(options);
    expect(store.partBytes).toBeGreaterThan(defaultLimits.batchBytesMax + defaultLimits.commandBytesMax);
    const cursor = await begin(journal);
    const endless = [{ rev: 1, data: JSON.stringify("x".repeat(65 * 1024 * 1024)) }];
    expect(await rejection(journal.append(room, cursor, { entries: endless, nextDueAt: null }))).toMatchObject({ code: "invalid" });
    expect((await stored())["body"]).toBeUndefined();
    await append(journal, cursor);
  });
});
