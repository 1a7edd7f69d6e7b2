/** A follower hears every entry once, in order, whatever happens to the live messages. */
import { afterEach, describe, expect } from "bun:test";
import { jetstreamManager } from "@nats-io/jetstream";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import type { Clock } from "../../../src/clock.ts";
import type { Following } from "../../../src/cluster/port.ts";
import { rereadEveryMs } from "../../../src/journal/follower.ts";
import type { NatsOptions } from "../../../src/journal/nats.ts";
import type { NatsStore } from "../../../src/journal/nats-connect.ts";
import type { Cursor, Entry } from "../../../src/journal/port.ts";
import { VirtualClock } from "../../../src/testing/clock.ts";
import { eventually } from "../../support/eventually.ts";
import { freshPrefix, natsTest, withNats } from "../../support/nats-server.ts";
import { TcpProxy } from "../../support/tcp-proxy.ts";
import { append, begin, cleanUp, later, room, startNode } from "./nodes.ts";

const server = withNats();
afterEach(cleanUp);

type Fate = "pass" | "drop" | "twice";

interface Heard {
  readonly entries: Entry[];
  readonly resets: string[];
  readonly troubles: unknown[];
}

/** `live`: what becomes of the nth live message. */
async function setUp(live: (n: number) => Fate = () => "pass", clock?: Clock) {
  const options: NatsOptions & { servers: string; prefix: string } = {
    servers: server().address,
    prefix: freshPrefix(),
    keepSnapshots: 1,
    keepOps: 0,
  };
  const owner = await startNode(options);
  let count = 0;
  const withLive = (store: NatsStore): NatsStore => {
    const subscribe: NatsConnection["subscribe"] = (subject, given) =>
      store.nc.subscribe(subject, {
        ...given,
        callback: (error, message) => {
          const fate = subject.includes(".live.") ? live(count++) : "pass";
          for (let i = 0; i < { pass: 1, drop: 0, twice: 2 }[fate]; i++) given?.callback?.(error, message);
        },
      });
    return {
      ...store,
      clock: clock ?? store.clock,
      nc: Object.assign(Object.create(store.nc) as NatsConnection, { subscribe, flush: () => store.nc.flush() }),
    };
  };
  const other = await startNode(options, withLive);
  const heard: Heard = { entries: [], resets: [], troubles: [] };
  const followFrom = (from: Pick<Cursor, "epoch" | "rev">, { journal } = other): Promise<Following> =>
    journal.follow(room, {
      from,
      onEntries: (entries) => void heard.entries.push(...entries),
      onReset: (why) => void heard.resets.push(why),
      onTrouble: (error) => void heard.troubles.push(error),
    });
  return { options, owner, other, heard, followFrom, liveCount: () => count };
}

const upTo = (rev: number, from = 1): number[] => Array.from({ length: rev - from + 1 }, (_, i) => from + i);
const revsOf = ({ entries }: Heard): number[] => entries.map(({ rev }) => rev);

/** Appends of one to three entries, the next as soon as the one before is acknowledged. */
async function write(owner: Awaited<ReturnType<typeof setUp>>["owner"], cursor: Cursor, appends: number): Promise<Cursor> {
  let at = cursor;
  for (let i = 0; i < appends; i++) at = await append(owner.journal, at, "x", 1 + (i % 3));
  return at;
}

describe("following a room", () => {
  natsTest("from the beginning, from its middle, from its end: what is there, then what comes", async () => {
    const { owner, heard, followFrom } = await setUp();
    let cursor = await write(owner, await begin(owner.journal), 9);
    await followFrom({ epoch: cursor.epoch, rev: 0 });
    expect(revsOf(heard)).toEqual(upTo(18));
    cursor = await write(owner, cursor, 3);
    await eventually(() => heard.entries.length === 24, "what came");
    for (const rev of [5, 24]) {
      heard.entries.length = 0;
      const follower = await followFrom({ epoch: cursor.epoch, rev });
      expect(revsOf(heard)).toEqual(upTo(24, rev + 1));
      follower.close();
    }
    expect(await owner.journal.read(room, 19)).toEqual((await owner.journal.read(room, 1)).slice(18));
    expect([heard.resets, heard.troubles]).toEqual([[], []]);
  });

  for (const [what, fate] of [
    ["every other one is dropped", (n: number) => (n % 2 === 0 ? "drop" : "pass")],
    ["most are dropped", (n: number) => (n % 7 === 0 ? "pass" : "drop")],
    ["each comes twice", (_: number) => "twice"],
  ] as const satisfies readonly (readonly [string, (n: number) => Fate])[])
    natsTest(`live messages: ${what}; each entry is heard once, in order`, async () => {
      const { owner, heard, followFrom, liveCount } = await setUp(fate);
      const start = await begin(owner.journal);
      await followFrom(start);
      const { rev } = await write(owner, start, 40);
      await eventually(() => liveCount() === 40 && heard.entries.length >= rev, "all entries");
      expect(revsOf(heard)).toEqual(upTo(rev));
      expect(heard.entries).toEqual([...(await owner.journal.read(room, 1))]);
    });

  natsTest("the last live message is dropped: it is read after two seconds; until then nothing is heard (the canary)", async () => {
    const clock = new VirtualClock();
    const { owner, heard, followFrom, liveCount } = await setUp(() => "drop", clock);
    const start = await begin(owner.journal);
    await followFrom(start);
    await append(owner.journal, start, "x", 2);
    await eventually(() => liveCount() === 1, "the live message");
    await clock.advance(rereadEveryMs - 1);
    await owner.journal.probe(); // there and back
    expect(heard.entries).toEqual([]);
    await clock.advance(1);
    await eventually(() => heard.entries.length === 2, "the entries");
    // And again, though nothing came of the time before.
    await append(owner.journal, (await owner.journal.open(room)).cursor, "x", 2);
    await eventually(() => liveCount() === 2, "the live message");
    await clock.advance(rereadEveryMs);
    await eventually(() => heard.entries.length === 4, "the entries");
  });

  natsTest("appends go on while it begins", async () => {
    const { owner, heard, followFrom } = await setUp();
    const start = await begin(owner.journal);
    const writing = write(owner, start, 60);
    await followFrom(start);
    const { rev } = await writing;
    await eventually(() => heard.entries.length >= rev, "all entries");
    expect(revsOf(heard)).toEqual(upTo(rev));
  });

  natsTest("another owner takes the room over, and a batch is too big for a message: it goes on", async () => {
    const { owner, options, heard, followFrom } = await setUp();
    const start = await begin(owner.journal);
    await followFrom(start);
    await append(owner.journal, start);
    const next = await startNode(options);
    const { cursor } = await next.journal.open(room);
    const data = JSON.stringify("x".repeat(1_200_000));
    const appended = await next.journal.append(room, cursor, { entries: [{ rev: 2, data }], nextDueAt: null });
    if (!appended.ok) throw new Error("conflict");
    await append(next.journal, appended.cursor);
    await eventually(() => heard.entries.length === 3, "all entries");
    expect(revsOf(heard)).toEqual([1, 2, 3]);
    expect(heard.entries[1]?.data === data).toBe(true);
    expect([heard.resets, heard.troubles]).toEqual([[], []]);
  });

  natsTest("history was lost: that is the last thing it hears", async () => {
    const { owner, options, heard, followFrom } = await setUp();
    const cursor = await write(owner, await begin(owner.journal), 4);
    await followFrom({ epoch: cursor.epoch, rev: 0 });
    const nc = await connect({ servers: options.servers });
    const { streams } = await jetstreamManager(nc);
    const last = await streams.getMessage(owner.store.names.ops, { last_by_subj: owner.store.names.opsOf(room) });
    await streams.deleteMessage(owner.store.names.ops, last?.seq ?? 0);
    await nc.close();
    const opened = await owner.journal.open(room);
    expect(opened.cursor.epoch).not.toBe(cursor.epoch);
    await eventually(() => heard.resets.length > 0, "the end");
    await append(owner.journal, opened.cursor);
    await owner.journal.probe();
    expect(heard.resets).toEqual(["epoch"]);
    expect(revsOf(heard)).toEqual(upTo(cursor.rev));
  });

  natsTest("it begins under another epoch, ahead of the log, or where that is trimmed away: it is told at once", async () => {
    const { owner, heard, followFrom } = await setUp();
    let cursor = await write(owner, await begin(owner.journal), 6);
    await followFrom({ epoch: "another", rev: 3 });
    await followFrom({ epoch: cursor.epoch, rev: cursor.rev + 1 });
    await owner.journal.saveSnapshot(room, { rev: cursor.rev, data: "1" }, null);
    cursor = await append(owner.journal, cursor);
    await owner.journal.saveSnapshot(room, { rev: cursor.rev, data: "1" }, null);
    await followFrom({ epoch: cursor.epoch, rev: 2 });
    expect(heard.resets).toEqual(["epoch", "epoch", "trimmed"]);
    expect(heard.entries).toEqual([]);
    await followFrom(cursor);
    await append(owner.journal, cursor);
    await eventually(() => heard.entries.length === 1, "the entry");
  });

  natsTest("its connection is cut and comes back: nothing is missed", async () => {
    const proxy = later(await TcpProxy.to(server().port));
    const { owner, options, heard, followFrom } = await setUp();
    const start = await begin(owner.journal);
    const far = await startNode({ ...options, servers: proxy.address, timeoutMs: 500 });
    await followFrom(start, far);
    let cursor = await write(owner, start, 3);
    await eventually(() => heard.entries.length === 6, "the first");
    proxy.cut();
    cursor = await write(owner, cursor, 3);
    proxy.accept();
    cursor = await write(owner, cursor, 3);
    await eventually(() => heard.entries.length >= cursor.rev, "all entries");
    expect(revsOf(heard)).toEqual(upTo(cursor.rev));
    expect(heard.resets).toEqual([]);
  });
});
