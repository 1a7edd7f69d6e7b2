/** A watcher that is slow: it gets who lives as a whole, misses what it cannot take, is told how much, and begins anew. */
import { expect, test } from "bun:test";
import { connect } from "node:net";
import type { ServerWebSocket } from "bun";
import type { Inspection } from "../../src/inspect/inspection.ts";
import type { InspectMessage } from "../../src/inspect/messages.ts";
import { type WatcherData, watcherSocket } from "../../src/inspect/watcher-socket.ts";
import { VirtualClock } from "../../src/testing/clock.ts";
import { eventually } from "../support/eventually.ts";
import { actor, event, moved, TestSource } from "./messages.ts";
import { token } from "./watcher.ts";

const mib = 1024 * 1024;

function listening(source = new TestSource()) {
  const troubles: string[] = [];
  const handlers = watcherSocket({
    clock: new VirtualClock(),
    inspection: source as unknown as Inspection,
    isToken: (given) => given === token,
    onTrouble: (where, error) => troubles.push(`${where}: ${error}`),
  });
  return { source, troubles, handlers };
}

/** Nothing leaves it until it is drained. */
class SlowSocket {
  readonly data: WatcherData;
  readonly sent: string[] = [];
  buffered = 0;
  closed: number | undefined;
  constructor(forStately = false) {
    this.data = { forStately, state: undefined };
  }
  send(text: string): number {
    this.sent.push(text);
    this.buffered += text.length;
    return -1;
  }
  getBufferedAmount(): number {
    return this.buffered;
  }
  close(code: number): void {
    this.closed = code;
  }
  get asBun(): ServerWebSocket<WatcherData> {
    return this as unknown as ServerWebSocket<WatcherData>;
  }
  /** What a page has got of it. */
  get messages(): readonly InspectMessage[] {
    return this.sent.flatMap((text) => JSON.parse(text) as InspectMessage[]);
  }
}

const big = (n: number) =>
  Array.from({ length: n }, (_, i) => ({ ...actor(`session:${i}`, "room:meeting/weekly"), name: "x".repeat(mib) }));

for (const forStately of [false, true])
  test(`[L11] who lives goes out as a whole, however much that is${forStately ? ", to a receiver of Stately's, too" : ""}`, async () => {
    const { source, handlers } = listening();
    source.living = big(3);
    source.recent = [event("session:0", "last")];
    const socket = new SlowSocket(forStately);
    await handlers.open?.(socket.asBun);
    if (!forStately) await handlers.message?.(socket.asBun, JSON.stringify({ token }));
    expect(socket.data.state?.dropped).toBe(0);
    expect(socket.sent.join("")).toContain('"type":"last"');
    // It has room for what happens meanwhile.
    source.tell(event("session:0", "meanwhile"));
    expect(socket.sent.at(-1)).toContain("meanwhile");
    expect(socket.data.state?.dropped).toBe(0);
  });

test("[L11] who is behind misses messages, is told how many once all is drained, and gets who lives anew, once", async () => {
  const { source, handlers } = listening();
  source.living = big(3);
  const socket = new SlowSocket();
  await handlers.open?.(socket.asBun);
  await handlers.message?.(socket.asBun, JSON.stringify({ token }));
  const long = { ...moved("session:0", "x", {}), sessionId: "y".repeat(mib - 1_000) };
  source.tell(long);
  source.tell(long);
  expect(socket.data.state?.dropped).toBe(0);
  source.tell(long);
  source.tell(event("session:0", "lost"), event("session:0", "lost"));
  expect(socket.data.state?.dropped).toBe(3);
  const before = socket.messages.length;
  socket.buffered = 10;
  await handlers.drain?.(socket.asBun);
  expect(socket.messages).toHaveLength(before);
  for (let drains = 0; drains < 3; drains++) {
    socket.buffered = 0;
    await handlers.drain?.(socket.asBun);
  }
  const anew = socket.messages.slice(before);
  expect(anew[0]).toEqual({ type: "quorate.dropped", count: 3 });
  expect(anew.slice(1).map(({ type }) => type)).toEqual(source.living.map(() => "@xstate.actor"));
  expect(source.watches).toBe(2);
  expect(source.sinks.size).toBe(1);
  source.tell(event("session:0", "again"));
  expect(socket.sent.at(-1)).toContain("again");
});

test("[L13] what fails in a handler ends that watcher, and the operators are told", async () => {
  const { source, handlers, troubles } = listening();
  const socket = new SlowSocket();
  await handlers.open?.(socket.asBun);
  source.watch = () => {
    throw new Error("no source");
  };
  await handlers.message?.(socket.asBun, JSON.stringify({ token }));
  expect([socket.closed, troubles]).toEqual([1011, ["a watcher of the inspector: Error: no source"]]);
});

test("[L11] a real one that reads nothing for a while gets it all, and is not cut off", async () => {
  const { source, handlers } = listening();
  source.living = big(24);
  using bun = Bun.serve<WatcherData>({
    port: 0,
    hostname: "127.0.0.1",
    fetch: (request, server) =>
      server.upgrade(request, { data: { forStately: true, state: undefined } }) ? undefined : new Response(null, { status: 400 }),
    websocket: handlers,
  });
  const socket = connect(bun.port ?? 0, "127.0.0.1");
  let bytes = 0;
  let isOver = false;
  socket.on("close", () => {
    isOver = true;
  });
  socket.pause();
  const key = Buffer.alloc(16).toString("base64");
  socket.write(
    `GET / HTTP/1.1\r\nhost: x\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-version: 13\r\nsec-websocket-key: ${key}\r\n\r\n`,
  );
  await eventually(() => source.sinks.size === 1, "the connection");
  socket.on("data", (chunk) => {
    bytes += chunk.length;
  });
  socket.resume();
  await eventually(() => bytes > 24 * mib || isOver, "all of it");
  expect([bytes > 24 * mib, isOver]).toEqual([true, false]);
  socket.destroy();
});
