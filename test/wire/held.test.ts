/** Commands that wait for a busy room's next flush, on real sockets: the room is busy for as long as the test holds an append. */
import { expect, test } from "bun:test";
import { memory } from "../../src/journal/memory.ts";
import { counter } from "../support/counter.ts";
import { eventually } from "../support/eventually.ts";
import { FaultyJournal } from "../support/faulty-journal.ts";
import { RawClient } from "../support/raw-client.ts";
import { testServer } from "../support/server.ts";

async function busyRoom() {
  const faulty = new FaultyJournal();
  const running = await testServer({ rooms: [counter], journal: faulty.factory(memory()) });
  const join = async (name: string) => {
    const client = await RawClient.hello(running.url("counter/c"), { client: name, token: name });
    await client.until(() => client.of("snapshot").length > 0, `${name} to be in`);
    return client;
  };
  const clients = { ada: await join("ada"), ben: await join("ben") };
  const add = (client: RawClient, seq: number, n: number) => client.send({ type: "command", payload: { seq, event: { type: "add", n } } });
  const [room] = running.server.rooms;
  /** Decided so far, be it durable or not. */
  const decided = () => (room?.owner?.committed.domain.snapshot.context as { readonly total: number } | undefined)?.total;
  const told = () => (room?.committed?.domain.snapshot.context as { readonly total: number } | undefined)?.total;
  /** From now on an append is under way. */
  const busy = async () => {
    faulty.faults.push("held");
    add(clients.ben, 1, 100);
    await eventually(() => faulty.held.length === 1, "an append to be held");
  };
  const release = () => faulty.held.shift()?.();
  return { running, ...clients, add, decided, told, busy, release, [Symbol.asyncDispose]: () => running[Symbol.asyncDispose]() };
}

test("[L5] commands of a busy room are decided once it can tell them, in the order in which they came", async () => {
  await using room = await busyRoom();
  const { ada, ben, add, busy, decided, release } = room;
  await busy();
  add(ada, 1, 1);
  ada.send({ type: "ping", payload: { rev: 0 } });
  await ada.until(() => ada.of("pong").length > 0, "the pong");
  add(ben, 2, 10);
  ben.send({ type: "ping", payload: { rev: 0 } });
  await ben.until(() => ben.of("pong").length > 0, "the pong");
  add(ada, 2, 2);
  ada.send({ type: "ping", payload: { rev: 0 } });
  await ada.until(() => ada.of("pong").length > 1, "the pong");
  expect(decided()).toBe(100); // they are here, and wait
  release();
  const adds = () => ben.of("delta").flatMap(({ payload }) => payload.ops.flatMap(([, , event]: [0, 0, { n?: number }]) => event.n ?? []));
  await ben.until(() => adds().length === 4, "all of it");
  expect(adds()).toEqual([100, 1, 10, 2]);
});

test("[L5] who says goodbye right after a command has given it", async () => {
  await using room = await busyRoom();
  const { ada, add, busy, told, release } = room;
  await busy();
  add(ada, 1, 1);
  add(ada, 2, 2);
  ada.send({ type: "bye", payload: {} });
  await ada.until(() => ada.ended || ada.closeCode !== undefined, "the end");
  release();
  await eventually(() => told() === 103, "both commands");
});

test("what a connection said before it broke off counts", async () => {
  await using room = await busyRoom();
  const { ada, add, busy, told, release } = room;
  await busy();
  add(ada, 1, 1);
  add(ada, 2, 2);
  ada.send({ type: "ping", payload: { rev: 0 } });
  await ada.until(() => ada.of("pong").length > 0, "the pong");
  ada.drop();
  release();
  await eventually(() => told() === 103, "both commands");
});

test("a server that stops amid traffic tells what it accepted, and no flush meets another", async () => {
  await using room = await busyRoom();
  const { ada, ben, add, running } = room;
  let seq = 0;
  const traffic = setInterval(() => {
    add(ada, ++seq, 1);
    add(ben, seq, 1);
  }, 1);
  await eventually(() => ada.of("delta").length > 5, "traffic");
  await running.server.stop();
  clearInterval(traffic);
  expect(running.alarms).toEqual([]);
  await ada.until(() => ada.ended, "the end");
  expect(ada.of("closing")).toMatchObject([{ payload: { code: "UNAVAILABLE" } }]);
});
