/** History that is damaged, or gone: found at open, told, and never served as if nothing were. */
import { afterEach, describe, expect } from "bun:test";
import { type JetStreamManager, jetstreamManager } from "@nats-io/jetstream";
import { connect, headers } from "@nats-io/transport-node";
import { chained, encodeBody, encodeMeta, type Meta, metaHeader } from "../../../src/journal/nats-message.ts";
import { type Names, namesUnder } from "../../../src/journal/nats-names.ts";
import type { Cursor } from "../../../src/journal/port.ts";
import { entriesFrom } from "../../contract/journal.contract.ts";
import { freshPrefix, longNatsTest, NatsServer, natsTest, withNats } from "../../support/nats-server.ts";
import { rejection } from "../../support/rejection.ts";
import { append, begin, cleanUp, connected, later, type Node, rawLog, room, startNode } from "./nodes.ts";

const server = withNats();
afterEach(cleanUp);

/** Snapshots at rev 0 and 10, entries up to 20, in messages of 2. */
async function made() {
  const options = { servers: server().address, prefix: freshPrefix() };
  const node = await startNode(options);
  let cursor = await begin(node.journal);
  for (let rev = 0; rev < 20; rev += 2) {
    cursor = await append(node.journal, cursor, "x", 2);
    if (cursor.rev === 10) await node.journal.saveSnapshot(room, { rev: 10, data: '"at 10"' }, null);
  }
  const nc = await connect({ servers: options.servers });
  later({ [Symbol.asyncDispose]: () => nc.close() });
  const { streams } = await jetstreamManager(nc);
  const names = namesUnder(options.prefix);
  const deleteRev = async (rev: number) => {
    for (const { seq, meta } of await rawLog(options.servers, options.prefix))
      if (meta !== undefined && meta.count > 0 && rev <= meta.rev && rev > meta.rev - meta.count)
        await streams.deleteMessage(names.ops, seq);
  };
  const write = async (subject: string, text: string) => {
    nc.publish(subject, text);
    await nc.flush();
  };
  const another = () => startNode(options);
  const revs = async ({ journal }: Node) => (await journal.read(room, 1)).map(({ rev }) => rev);
  return { ...options, node, cursor, streams, names, deleteRev, write, another, revs };
}

const upTo = (rev: number): number[] => Array.from({ length: rev }, (_, i) => i + 1);

/** A new epoch, at `rev`, from which the room goes on. */
async function expectCut(node: Node, before: Cursor, rev: number, alarms: object[]): Promise<void> {
  const { cursor } = await node.journal.open(room);
  expect(cursor.rev).toBe(rev);
  expect(cursor.epoch).not.toBe(before.epoch);
  expect(node.alarms).toMatchObject(alarms);
  await append(node.journal, cursor, "on", 3);
  expect((await node.journal.open(room)).cursor).toMatchObject({ epoch: cursor.epoch, rev: rev + 3 });
  expect(node.alarms).toHaveLength(alarms.length);
}

describe("[L4] damage in a log", () => {
  natsTest("none: a canary for all the others", async () => {
    const { cursor, another, revs } = await made();
    const node = await another();
    expect((await node.journal.open(room)).cursor).toEqual(cursor);
    expect(await revs(node)).toEqual(upTo(20));
    expect(node.alarms).toEqual([]);
  });

  natsTest("a message is missing: the log ends before it, under a new epoch; what came after it is kept aside", async () => {
    const { cursor, deleteRev, another, revs, streams, names } = await made();
    await deleteRev(15);
    const node = await another();
    await expectCut(node, cursor, 14, [{ code: "damaged", room, lostFrom: 15 }]);
    expect(await revs(node)).toEqual(upTo(17));
    const { state } = await streams.info(names.store, { subjects_filter: names.storedOf(room, "damaged", ">") });
    expect(Object.keys(state.subjects ?? {})).toHaveLength(2); // 17 and 18; 19 and 20
  });

  for (const [what, text] of [
    ["no message of ours", "hello"],
    ["nothing", ""],
  ] as const)
    natsTest(`the last message is ${what}`, async () => {
      const { cursor, names, write, another, revs } = await made();
      await write(names.opsOf(room), text);
      const node = await another();
      await expectCut(node, cursor, 20, [{ code: "damaged", room, lostFrom: 21 }]);
      expect(await revs(node)).toEqual(upTo(23));
    });

  natsTest("an entry has another text than its hash says", async () => {
    const { cursor, servers, prefix, another, revs, names, streams } = await made();
    const last = (await rawLog(servers, prefix)).at(-1);
    await streams.deleteMessage(names.ops, last?.seq ?? 0);
    const nc = await connect({ servers });
    nc.publish(names.opsOf(room), last?.string().replace('"x"', '"y"') ?? "", { headers: last?.header as never });
    await nc.flush();
    await nc.close();
    const node = await another();
    await expectCut(node, cursor, 18, [{ code: "damaged", room, lostFrom: 19 }]);
    expect(await revs(node)).toEqual(upTo(21));
  });

  natsTest("the last message belongs to another history, and is whole in itself", async () => {
    const { cursor, servers, prefix, another, names, streams, node } = await made();
    const last = (await rawLog(servers, prefix)).at(-1);
    await streams.deleteMessage(names.ops, last?.seq ?? 0);
    const entries = entriesFrom(19, 2);
    const foreign = { before: "elsewhere", after: chained("elsewhere", entries).at(-1) ?? "" };
    const head = headers();
    head.set(metaHeader, encodeMeta({ ...(last?.meta as Meta), ...foreign }));
    await node.store.js.publish(names.opsOf(room), encodeBody(entries), { headers: head });
    const other = await another();
    await expectCut(other, cursor, 18, [{ code: "damaged", room, lostFrom: 19 }]);
  });

  natsTest("a crash between the cut and the cleaning: the next node cleans", async () => {
    const { cursor, deleteRev, another, revs, servers, prefix } = await made();
    await deleteRev(15);
    const dying = await startNode({ servers, prefix }, (store) => {
      const streams = Object.assign(Object.create(store.jsm.streams) as JetStreamManager["streams"], {
        deleteMessage: () => Promise.reject(new Error("died")),
      });
      return { ...store, jsm: Object.assign(Object.create(store.jsm) as JetStreamManager, { streams }) };
    });
    expect(await rejection(dying.journal.open(room))).toMatchObject({ code: "io" });
    const node = await another();
    const { cursor: opened } = await node.journal.open(room);
    expect(opened.rev).toBe(14);
    expect(opened.epoch).not.toBe(cursor.epoch);
    await append(node.journal, opened, "on");
    expect(await revs(node)).toEqual(upTo(15));
    expect([dying.alarms, node.alarms]).toMatchObject([[{ code: "damaged", lostFrom: 15 }], []]);
  });
});

describe("[L4] a node that has lost its room, and goes on saving", () => {
  natsTest("lets old snapshots go while another one opens it: that one looks again, and sees no damage", async () => {
    const options = { servers: server().address, prefix: freshPrefix(), keepSnapshots: 1, keepOps: 0 };
    const before = await startNode(options);
    const cursor = await append(before.journal, await append(before.journal, await begin(before.journal), "x", 4), "y", 4);
    let isDone = false;
    const opening = await startNode(options, (store) => {
      const getMessage: JetStreamManager["streams"]["getMessage"] = async (stream, query) => {
        const found = await store.jsm.streams.getMessage(stream, query);
        if (found?.subject.endsWith(".index") && !isDone) {
          isDone = true;
          await before.journal.saveSnapshot(room, { rev: 8, data: '"at 8"' }, null);
        }
        return found;
      };
      const streams = Object.assign(Object.create(store.jsm.streams) as JetStreamManager["streams"], { getMessage });
      return { ...store, jsm: Object.assign(Object.create(store.jsm) as JetStreamManager, { streams }) };
    });
    expect(await opening.journal.open(room)).toEqual({ cursor, snapshot: { rev: 8, data: '"at 8"' } });
    expect(isDone).toBe(true);
    expect(opening.alarms).toEqual([]);
  });

  natsTest("after history was lost, none of it is kept, and nothing of the new history goes", async () => {
    const { cursor, deleteRev, node, another } = await made();
    await deleteRev(15);
    const other = await another();
    const opened = await other.journal.open(room);
    expect(opened.cursor.rev).toBe(14);
    const at = await append(other.journal, opened.cursor, "new", 8);
    expect(await rejection(node.journal.saveSnapshot(room, { rev: 20, data: '"of the old history"' }, null))).toMatchObject({ code: "io" });
    expect(await other.journal.snapshotAt(room, 99)).toEqual({ rev: 10, data: '"at 10"' });
    await other.journal.saveSnapshot(room, { rev: 22, data: '"new"' }, null);
    const third = await another();
    expect(await third.journal.open(room)).toEqual({ cursor: at, snapshot: { rev: 22, data: '"new"' } });
    expect(third.alarms).toEqual([]);
    expect(cursor.epoch).not.toBe(at.epoch);
  });
});

describe("[L4] the end of a log is gone", () => {
  natsTest("a node that knew of it finds out", async () => {
    const { cursor, deleteRev, node, revs } = await made();
    for (const rev of [20, 18]) await deleteRev(rev);
    await expectCut(node, cursor, 16, [{ code: "rolledBack", room }]);
    expect(await revs(node)).toEqual(upTo(19));
  });

  natsTest("also if another node has written in its place since", async () => {
    const { cursor, deleteRev, node, another } = await made();
    for (const rev of [20, 18]) await deleteRev(rev);
    const other = await another();
    const opened = await other.journal.open(room);
    expect(opened.cursor.epoch).toBe(cursor.epoch); // it cannot know
    await append(other.journal, opened.cursor, "other", 9);
    await expectCut(node, cursor, 25, [{ code: "rolledBack", room }]);
  });

  longNatsTest("a backup was put back: whoever was connected finds out, room by room", async () => {
    const own = later(await NatsServer.start());
    const options = { servers: own.address, prefix: "backup", timeoutMs: 2_000 };
    const [node, other] = [await startNode(options), await startNode(options)];
    let cursor = await append(node.journal, await begin(node.journal), "x", 2);
    await own.kill();
    await own.keepCopy();
    await own.start();
    await connected(node, other);
    for (let i = 0; i < 5; i++) cursor = await append(node.journal, (await node.journal.open(room)).cursor, "lost");
    await own.kill();
    await own.putBack();
    await own.start();
    await connected(node, other);
    // With the same sequences, and other messages under them.
    let regrown = (await other.journal.open(room)).cursor;
    expect(regrown).toMatchObject({ rev: 2, epoch: cursor.epoch });
    for (let i = 0; i < 9; i++) regrown = await append(other.journal, regrown, "other");
    node.alarms.length = 0; // of the connection
    await expectCut(node, cursor, 11, [{ code: "rolledBack", room }]);
  });

  natsTest("back to before its own snapshot: the room goes on from that", async () => {
    const { cursor, deleteRev, another, revs } = await made();
    for (const rev of [20, 18, 16, 14, 12, 10, 8]) await deleteRev(rev);
    const node = await another();
    await expectCut(node, cursor, 10, [{ code: "rolledBack", room, lostFrom: 11 }]);
    expect(await revs(node)).toEqual([11, 12, 13]);
    expect((await node.journal.open(room)).snapshot).toEqual({ rev: 10, data: '"at 10"' });
    const again = await another();
    expect((await again.journal.open(room)).cursor.rev).toBe(13);
    expect(again.alarms).toEqual([]);
  });

  natsTest("the whole stream is gone, and the snapshots are there", async () => {
    const { cursor, streams, names, another, revs, node } = await made();
    const { config } = await streams.info(names.ops);
    await streams.delete(names.ops);
    await streams.add(config);
    const other = await another();
    await expectCut(other, cursor, 10, [{ code: "rolledBack", room, lostFrom: 11 }]);
    expect(await revs(other)).toEqual([11, 12, 13]);
    // Its sequences begin again further down, also for who knew the ones before.
    const { cursor: there } = await other.journal.open(room);
    expect((await node.journal.append(room, cursor, { entries: [{ rev: 21, data: "1" }], nextDueAt: null })).ok).toBe(false);
    expect(await other.journal.append(room, there, { entries: [{ rev: 14, data: "1" }], nextDueAt: null })).toMatchObject({ ok: true });
    const third = await another();
    expect((await third.journal.open(room)).cursor.rev).toBe(14);
    expect(third.alarms).toEqual([]);
  });
});

describe("[L4] damage in the snapshots", () => {
  const chunkOf = async ({ streams, names }: Awaited<ReturnType<typeof made>>) => {
    const index = await streams.getMessage(names.store, { last_by_subj: names.storedOf(room, "index") });
    const { kept } = index?.json<{ kept: { id: string }[] }>() ?? { kept: [] };
    return (i: number) => names.storedOf(room, "chunk", kept.at(i)?.id ?? "", "0");
  };

  for (const [what, change] of [
    ["is changed", (it: Awaited<ReturnType<typeof made>>, subject: string) => it.write(subject, '"at 11"')],
    ["is missing", (it: Awaited<ReturnType<typeof made>>, subject: string) => it.streams.purge(it.names.store, { filter: subject })],
  ] as const)
    natsTest(`a part of the newest ${what}: the one before serves, nothing is lost`, async () => {
      const it = await made();
      await change(it, (await chunkOf(it))(-1));
      const node = await it.another();
      const opened = await node.journal.open(room);
      expect(opened).toEqual({ cursor: it.cursor, snapshot: { rev: 0, data: '"at 0"' } });
      expect(node.alarms).toMatchObject([{ code: "damaged", room }]);
      expect(node.alarms[0]?.lostFrom).toBeUndefined();
      const again = await it.another();
      expect((await again.journal.open(room)).snapshot?.rev).toBe(0);
      expect(again.alarms).toEqual([]);
    });

  natsTest("all are gone: the log is a new one, and that is told", async () => {
    const it = await made();
    const chunk = await chunkOf(it);
    for (const i of [0, 1]) await it.write(chunk(i), "?");
    const node = await it.another();
    const { cursor, snapshot } = await node.journal.open(room);
    expect({ rev: cursor.rev, snapshot }).toEqual({ rev: 0, snapshot: undefined });
    expect(cursor.epoch).not.toBe(it.cursor.epoch);
    expect(node.alarms).toMatchObject([{ code: "damaged", room, lostFrom: 1 }]);
    expect(await node.journal.read(room, 1)).toEqual([]);
    expect(await rejection(append(node.journal, cursor))).toMatchObject({ code: "invalid" });
    await node.journal.saveSnapshot(room, { rev: 0, data: "1" }, null);
    await append(node.journal, cursor);
  });

  const indexLost: readonly (readonly [
    string,
    (streams: JetStreamManager["streams"], names: Names, write: (subject: string, text: string) => Promise<void>) => Promise<unknown>,
  ])[] = [
    ["gone", (streams, names) => streams.purge(names.store, { filter: names.storedOf(room, "index") })],
    ["damaged", (_, names, write) => write(names.storedOf(room, "index"), "{")],
  ];
  for (const [what, lose] of indexLost)
    natsTest(`the index is ${what}: it is made anew from the snapshots`, async () => {
      const { cursor, streams, names, write, another } = await made();
      await lose(streams, names, write);
      const node = await another();
      expect(await node.journal.open(room)).toEqual({ cursor, snapshot: { rev: 10, data: '"at 10"' } });
      expect(node.alarms).toMatchObject([{ code: "damaged", room }]);
      const again = await another();
      expect((await again.journal.open(room)).snapshot?.rev).toBe(10);
      expect(again.alarms).toEqual([]);
    });
});
