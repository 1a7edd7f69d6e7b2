/** What begins and ends with a server: of a start that fails nothing stays, and a port is always found. */
import { expect, test } from "bun:test";
import { createInspector, type InspectorOptions } from "../../src/inspect/inspector.ts";
import { memory } from "../../src/journal/memory.ts";
import { defaultLimits } from "../../src/protocol/limits.ts";
import type { Directory } from "../../src/room/directory.ts";
import type { Watch } from "../../src/room/watch.ts";
import { VirtualClock } from "../../src/testing/clock.ts";
import { token } from "./watcher.ts";

async function inspectorOf(options: InspectorOptions, beside = 1) {
  const watch: Watch = { watcher: undefined };
  const clock = new VirtualClock();
  const journal = await memory()({ now: () => 0 } as never);
  const start = () =>
    createInspector(options, {
      clock,
      watch,
      beside,
      journal,
      development: true,
      limits: defaultLimits,
      types: [],
      directory: { rooms: [] } as unknown as Directory,
      scrape: undefined,
      onTrouble: () => undefined,
    });
  return { watch, clock, start };
}

test("a start that fails on its port leaves no connection to a receiver behind, and nobody who looks on", async () => {
  let connections = 0;
  using receiver = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: (request, server) => {
      connections++;
      return server.upgrade(request) ? undefined : new Response(null, { status: 400 });
    },
    websocket: { message: () => undefined },
  });
  const sendTo = `ws://127.0.0.1:${receiver.port}`;
  const { start, watch, clock } = await inspectorOf({ admin: { port: receiver.port ?? 0, token }, sendTo });
  expect(start).toThrow(expect.objectContaining({ code: "EADDRINUSE" }));
  expect([watch.watcher, clock.pending]).toEqual([undefined, 0]);
  // Whoever began to connect before this one is there before it.
  await new Promise((resolve) => {
    new WebSocket(sendTo).onopen = resolve;
  });
  expect(connections).toBe(1);
});

test("a start that fails on a receiver's address leaves no listener behind, and nobody who looks on", async () => {
  const free = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response() });
  const port = free.port ?? 0;
  await free.stop(true);
  const { start, watch } = await inspectorOf({ admin: { port, token }, sendTo: "http://nowhere" });
  expect(start).toThrow("a receiver's address is ws://host:port");
  expect(watch.watcher).toBeUndefined();
  await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow();
});

test("beside the last port there is another one", async () => {
  const { start } = await inspectorOf({ admin: { token } }, 65_535);
  const inspector = start();
  expect(Number(inspector?.url?.port)).toBeGreaterThan(0);
  await inspector?.stop();
});
