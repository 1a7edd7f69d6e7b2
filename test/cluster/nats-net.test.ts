/** The same on a real server: what NATS carries, and what becomes of it when connections break. */
import { afterEach, describe, expect } from "bun:test";
import { natsNet } from "../../src/cluster/nats-net.ts";
import type { ClusterNet, NetTimes, NodeId } from "../../src/cluster/port.ts";
import { type NatsStore, openStore } from "../../src/journal/nats-connect.ts";
import { eventually } from "../support/eventually.ts";
import { freshPrefix, natsTest, withNats } from "../support/nats-server.ts";
import { TcpProxy } from "../support/tcp-proxy.ts";
import { card, listener, say } from "./nodes.ts";

const server = withNats();
const hasty = { beatEveryMs: 50, goneAfterMs: 1_000 };
/** So long that nothing a busy machine does makes anyone gone. */
const patient = { beatEveryMs: 50, goneAfterMs: 60_000 };

const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const clean of cleanUps.splice(0).reverse()) await clean();
});

interface Node {
  readonly net: ClusterNet;
  readonly store: NatsStore;
  readonly told: string[];
  readonly troubles: unknown[];
}

interface JoinOptions {
  readonly address?: string;
  readonly times?: NetTimes;
  /** What a handler does beside noting. */
  readonly also?: (what: string) => void;
}

async function join(node: NodeId, prefix: string, options: JoinOptions = {}): Promise<Node> {
  const { address = server().address, times = patient, also } = options;
  // Asked to hear nothing of its own: it does nevertheless.
  const store = await openStore({ servers: address, prefix, timeoutMs: 2_000, connection: { noEcho: true } }, () => undefined);
  const troubles: unknown[] = [];
  const net = natsNet(store, node, { times, onTrouble: (error) => void troubles.push(error) });
  cleanUps.push(async () => {
    await net.stop();
    await store.close();
  });
  const { events, told } = listener(also);
  await net.start(events, card);
  return { net, store, told, troubles };
}

async function proxied(): Promise<TcpProxy> {
  const proxy = await TcpProxy.to(server().port);
  cleanUps.push(() => proxy[Symbol.asyncDispose]());
  return proxy;
}

/** On a busy machine, anyone may have stood still. */
const withoutBack = ({ told }: Node): string[] => told.filter((what) => what !== "back");

const hears = ({ told }: Node, what: string): Promise<void> => eventually(() => told.includes(what), what);

describe("on a real nats-server", () => {
  natsTest("nodes find each other at the start, and only those of their own deployment", async () => {
    const prefix = freshPrefix();
    await join("a", freshPrefix());
    const b = await join("b", prefix);
    const c = await join("c", prefix);
    expect(c.told).toEqual(["card b"]);
    expect([...c.net.others]).toEqual([["b", card]]);
    expect(b.told).toEqual(["card c"]);
    b.net.setCard({ types: {}, draining: true });
    await eventually(() => c.net.others.get("b")?.draining === true, "the new card");
  });

  natsTest("messages come in order, to the one they are for; what is said in a room to those that listen", async () => {
    const prefix = freshPrefix();
    const [a, b, c] = [await join("a", prefix), await join("b.*", prefix), await join("c", prefix)];
    for (const { told } of [a, b, c]) told.length = 0;
    const numbers = Array.from({ length: 1_000 }, (_, i) => i);
    const room = "meeting/a.b *";
    a.net.listen(room);
    b.net.listen(room);
    b.net.listen(room);
    await b.store.nc.flush();
    say(a.net, "b.*", ...numbers, "x".repeat(512 * 1024));
    a.net.tellRoom(room, { kind: "say", text: 1 });
    await hears(b, `a says 1 in ${room}`);
    expect(b.told).toEqual([...numbers.map((n) => `a says ${n}`), `a says ${"x".repeat(512 * 1024)}`, `a says 1 in ${room}`]);
    b.net.unlisten(room);
    a.net.tellRoom(room, { kind: "say", text: 2 });
    say(a.net, "b.*", "end");
    await hears(b, "a says end");
    expect(b.told).toHaveLength(1_003);
    expect([a.told, c.told]).toEqual([[], []]);
  });

  natsTest("a message above the server's limit is its sender's fault, and harms nothing", async () => {
    const prefix = freshPrefix();
    const [a, b] = [await join("a", prefix), await join("b", prefix)];
    const limit = a.store.nc.info?.max_payload ?? 0;
    expect(() => say(a.net, "b", "x".repeat(limit))).toThrow("are the most");
    say(a.net, "b", 1);
    await hears(b, "a says 1");
    expect(b.told).toEqual(["card a", "a says 1"]);
  });

  natsTest("what is no packet, and a handler that throws, stop nothing", async () => {
    const prefix = freshPrefix();
    const a = await join("a", prefix);
    const b = await join("b", prefix, {
      also: (what) => {
        if (what === "a says 1") throw new Error("no");
      },
    });
    const unreadable = { message: expect.stringContaining("cannot be read") };
    const { nodeOf, nodes } = a.store.names;
    for (const subject of [nodeOf("b"), nodes]) a.store.nc.publish(subject, "hello");
    say(a.net, "b", 1, 2);
    await hears(b, "a says 2");
    expect(b.told).toEqual(["card a", "a says 1", "a says 2"]);
    expect(b.troubles).toMatchObject([unreadable, unreadable, { message: "no" }]);
  });

  natsTest("a goodbye is heard before the stop is over; without one, silence tells", async () => {
    const prefix = freshPrefix();
    const [a, b, c] = [await join("a", prefix, { times: hasty }), await join("b", prefix), await join("c", prefix)];
    await b.net.stop();
    await a.store.nc.flush();
    expect(withoutBack(a).at(-1)).toBe("gone b");
    await c.store.close();
    expect([...a.net.others.keys()]).toEqual(["c"]);
    say(c.net, "a", 1); // no connection, no harm
    c.net.listen("room");
    await hears(a, "gone c");
    expect(a.net.others.size).toBe(0);
  });

  natsTest("a connection that breaks and comes back: both know what was lost, and nobody is gone", async () => {
    const prefix = freshPrefix();
    const proxy = await proxied();
    const [a, b] = [await join("a", prefix), await join("b", prefix, { address: proxy.address })];
    proxy.cut();
    say(a.net, "b", 1);
    await a.store.nc.flush(); // so the server has dropped it
    proxy.accept();
    await hears(b, "lost a");
    await hears(a, "lost b");
    say(a.net, "b", 2);
    say(b.net, "a", 2);
    await hears(b, "a says 2");
    await hears(a, "b says 2");
    expect(a.told).toEqual(["card b", "lost b", "b says 2"]);
    expect(b.told).toEqual(["card a", "lost a", "a says 2"]);
  });

  natsTest("cut off for long: gone for the others, for whom nobody is gone; told when it is back, in both directions", async () => {
    const prefix = freshPrefix();
    const proxy = await proxied();
    const [a, b] = [await join("a", prefix, { times: hasty }), await join("b", prefix, { address: proxy.address, times: hasty })];
    proxy.cut();
    say(b.net, "a", 1);
    await hears(a, "gone b");
    proxy.accept();
    for (const what of ["back", "lost a"]) await hears(b, what);
    await hears(a, "lost b");
    say(b.net, "a", 2);
    await hears(a, "b says 2");
    expect(withoutBack(a)).toEqual(["card b", "gone b", "card b", "lost b", "b says 2"]);
    expect(withoutBack(b)).toEqual(["card a", "lost a"]);
    expect([...b.net.others.keys()]).toEqual(["a"]);
  });

  natsTest("a connection that is silent without breaking is a cut, too", async () => {
    const prefix = freshPrefix();
    const proxy = await proxied();
    const [a, b] = [await join("a", prefix, { times: hasty }), await join("b", prefix, { address: proxy.address, times: hasty })];
    proxy.hold("toServer");
    proxy.hold("toClient");
    await hears(a, "gone b");
    proxy.release("toServer");
    proxy.release("toClient");
    await hears(b, "back");
    await hears(b, "lost a");
    expect(withoutBack(a)).toEqual(["card b", "gone b", "card b", "lost b"]);
    expect(withoutBack(b)).toEqual(["card a", "lost a"]);
  });

  natsTest("stopping does not wait for a server that does not answer", async () => {
    const proxy = await proxied();
    const a = await join("a", freshPrefix(), { address: proxy.address });
    proxy.hold("toServer");
    await a.net.stop();
  });
});
