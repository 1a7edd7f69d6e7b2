/** What comes between a node and NATS: answers that are lost, writes that land late, a server that is gone. */
import { afterEach, describe, expect } from "bun:test";
import type { NatsOptions } from "../../../src/journal/nats.ts";
import { entriesFrom } from "../../contract/journal.contract.ts";
import { eventually } from "../../support/eventually.ts";
import { freshPrefix, NatsServer, natsTest, withNats } from "../../support/nats-server.ts";
import { rejection } from "../../support/rejection.ts";
import { TcpProxy } from "../../support/tcp-proxy.ts";
import { append, begin, cleanUp, connected, faultsOf, later, rawLog, room, startNode, textsOf, tryAppend } from "./nodes.ts";

const server = withNats();
afterEach(cleanUp);

const timeoutMs = 500;
const io = { name: "JournalError", code: "io" };

/** A node behind a proxy, and another one that is not. */
async function setUp() {
  const proxy = later(await TcpProxy.to(server().port));
  const options: NatsOptions = { servers: proxy.address, prefix: freshPrefix(), timeoutMs };
  const node = await startNode(options);
  const faults = (acked: readonly string[]) => faultsOf(server().address, options.prefix ?? "", acked);
  return { proxy, options, node, faults, direct: () => startNode({ ...options, servers: server().address }) };
}

describe("[L4] an append whose answer is lost", () => {
  natsTest("the answer is held until after the time-out: nothing is acknowledged unread, and it is there once", async () => {
    const { proxy, node, faults } = await setUp();
    const cursor = await append(node.journal, await begin(node.journal), "before");
    proxy.hold("toClient");
    const outcome = rejection(tryAppend(node.journal, cursor, "landed"));
    expect(await outcome).toMatchObject({ ...io, message: expect.stringContaining("outcome is unknown") });
    proxy.release("toClient");
    const opened = await node.journal.open(room);
    expect(textsOf(await node.journal.read(room, 1))).toEqual(["before", "landed"]);
    await append(node.journal, opened.cursor, "after");
    expect(opened.cursor.epoch).toBe(cursor.epoch);
    expect(await faults(["before", "landed", "after"])).toEqual([]);
  });

  natsTest("the answer is lost with its connection: the log is read, and says yes", async () => {
    const { proxy, node, faults } = await setUp();
    const cursor = await append(node.journal, await begin(node.journal), "before");
    proxy.hold("toClient");
    const answered = proxy.seen("toClient", '"stream"');
    const outcome = tryAppend(node.journal, cursor, "landed");
    await answered; // the server has it, and says so
    proxy.cut();
    proxy.accept();
    expect(await outcome).toMatchObject({ ok: true, cursor: { rev: 2 } });
    expect(await faults(["before", "landed"])).toEqual([]);
    expect(node.alarms).toMatchObject([{ code: "io" }]);
  });

  natsTest("sent again to a server that has it: a refusal that our own append caused is no conflict", async () => {
    const { node, options, faults } = await setUp();
    const cursor = await begin(node.journal);
    // The first of two equal messages lands; the answer is the second's.
    const { publish } = node.store.js;
    node.store.js.publish = async (subject, payload, given) => {
      await publish.call(node.store.js, subject, payload, given);
      return publish.call(node.store.js, subject, payload, given);
    };
    expect(await tryAppend(node.journal, cursor, "twice")).toMatchObject({ ok: true, cursor: { rev: 1 } });
    expect((await rawLog(server().address, options.prefix ?? "")).filter(({ meta }) => meta?.count === 1)).toHaveLength(1);
    expect(await faults(["twice"])).toEqual([]);
  });
});

describe("[L2] an append that lands late", () => {
  natsTest("after the node has opened the room again, it cannot land any more", async () => {
    const { proxy, node, faults } = await setUp();
    const cursor = await append(node.journal, await begin(node.journal), "before");
    proxy.hold("toServer");
    expect(await rejection(tryAppend(node.journal, cursor, "late"))).toMatchObject(io);
    // Everything that was held gets there in the order in which it was sent: the append first, then what opens the room.
    const opening = node.journal.open(room);
    proxy.release("toServer");
    const opened = await opening;
    const texts = textsOf(await node.journal.read(room, 1));
    expect(texts).toEqual(opened.cursor.rev === 2 ? ["before", "late"] : ["before"]);
    await append(node.journal, opened.cursor, "after");
    expect(await faults([...texts, "after"])).toEqual([]);
  });

  natsTest(
    "the log is read and does not have it: that is no answer; and once the room is open again, it cannot land any more",
    async () => {
      const { proxy, node, faults } = await setUp();
      const cursor = await append(node.journal, await begin(node.journal), "before");
      proxy.hold("toServer");
      const sent = proxy.seen("toServer", '"late"');
      const outcome = rejection(tryAppend(node.journal, cursor, "late"));
      await sent;
      const deliver = proxy.strand(); // the connection is lost, and what it carried is on its way
      expect(await outcome).toMatchObject({ ...io, message: expect.stringContaining("outcome is unknown") });
      const opened = await node.journal.open(room);
      expect(opened.cursor).toEqual(cursor);
      await deliver();
      expect(await tryAppend(node.journal, opened.cursor, "after")).toMatchObject({ ok: true });
      expect(textsOf(await node.journal.read(room, 1))).toEqual(["before", "after"]);
      expect(await faults(["before", "after"])).toEqual([]);
    },
  );

  natsTest("a canary: without opening it again, it lands", async () => {
    const { proxy, node } = await setUp();
    const cursor = await append(node.journal, await begin(node.journal), "before");
    proxy.hold("toServer");
    const sent = proxy.seen("toServer", '"late"');
    const outcome = rejection(tryAppend(node.journal, cursor, "late"));
    await sent;
    const deliver = proxy.strand();
    expect(await outcome).toMatchObject(io);
    await deliver();
    expect(await tryAppend(node.journal, cursor, "after")).toEqual({ ok: false, code: "conflict" });
    await node.journal.open(room);
    expect(textsOf(await node.journal.read(room, 1))).toEqual(["before", "late"]);
  });

  natsTest("another node opened the room meanwhile: what was under way is refused, whenever it arrives", async () => {
    const { proxy, node, faults, direct } = await setUp();
    const cursor = await append(node.journal, await begin(node.journal), "before");
    proxy.hold("toServer");
    expect(await rejection(tryAppend(node.journal, cursor, "late"))).toMatchObject(io);
    const other = await direct();
    const taken = await other.journal.open(room);
    expect(taken.cursor).toEqual(cursor);
    proxy.cut({ deliver: true });
    proxy.accept();
    await append(other.journal, taken.cursor, "other's");
    expect(textsOf(await other.journal.read(room, 1))).toEqual(["before", "other's"]);
    expect(await faults(["before", "other's"])).toEqual([]);
    expect(await tryAppend(node.journal, cursor, "again")).toEqual({ ok: false, code: "conflict" });
  });
});

describe("[L12] NATS is gone", () => {
  natsTest("calls reject with `io` in bounded time, one alarm tells; when it is back, all goes on", async () => {
    const { proxy, node } = await setUp();
    const cursor = await append(node.journal, await begin(node.journal), "before");
    proxy.cut();
    const began = performance.now();
    const batch = { entries: entriesFrom(2, 1), nextDueAt: null };
    const calls = [
      () => node.journal.append(room, cursor, batch),
      () => node.journal.open("meeting/b"),
      () => node.journal.read("meeting/b", 1),
      () => node.journal.saveSnapshot(room, { rev: 1, data: "1" }, null),
      () => node.journal.head(room),
      () => node.journal.snapshotAt(room, 1),
      () => node.journal.list("", 1),
      () => node.journal.nextDue(1),
      () => node.journal.probe(),
    ];
    for (const error of await Promise.all(calls.map((call) => rejection(call())))) expect(error).toMatchObject(io);
    expect(performance.now() - began).toBeLessThan(timeoutMs * 4);
    await eventually(() => node.alarms.length > 0, "the alarm");
    expect(node.alarms.filter(({ message }) => message.includes("the connection is lost"))).toHaveLength(1);
    proxy.accept();
    await connected(node);
    const opened = await node.journal.open(room);
    await append(node.journal, opened.cursor, "after");
    expect(await node.journal.nextDue(1)).toEqual([]);
  });

  natsTest(
    "killed and started again: what was acknowledged is there, also of the last append before it, and the heads of all rooms",
    async () => {
      const own = later(await NatsServer.start());
      const options = { servers: own.address, prefix: "kill", timeoutMs: 2_000 };
      const node = await startNode(options);
      let cursor = await begin(node.journal);
      expect(await node.journal.nextDue(9)).toEqual([]);
      const acked: string[] = [];
      for (let i = 0; i < 50; i++) {
        cursor = await append(node.journal, cursor, `${i}`);
        acked.push(`${i}`);
      }
      const underWay = tryAppend(node.journal, cursor, "under way").then(
        (appended) => appended.ok,
        () => false,
      );
      await own.kill();
      await own.start();
      if (await underWay) acked.push("under way");
      await connected(node);
      const opened = await node.journal.open(room);
      expect(opened.cursor.epoch).toBe(cursor.epoch);
      await node.journal.append(room, opened.cursor, { entries: entriesFrom(opened.cursor.rev + 1, 1, "after"), nextDueAt: 42 });
      expect(await faultsOf(options.servers, options.prefix, [...acked, "after"])).toEqual([]);
      expect(await node.journal.nextDue(9)).toEqual([{ room, dueAt: 42 }]);
      expect((await node.journal.list("", 9)).map(({ rev }) => rev)).toEqual([opened.cursor.rev + 1]);
    },
  );

  natsTest("a journal that starts without it says so", async () => {
    const own = await NatsServer.start();
    await own[Symbol.asyncDispose]();
    expect(await rejection(startNode({ servers: own.address, timeoutMs }))).toMatchObject({
      ...io,
      message: expect.stringContaining("cannot connect"),
    });
  });
});
