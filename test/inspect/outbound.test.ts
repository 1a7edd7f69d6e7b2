/** What a receiver of Stately's WebSocket protocol is told: with Stately's own server and receiver, and with receivers that misbehave. */
import { expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { createWebSocketReceiver } from "@statelyai/inspect";
import type { Socket } from "bun";
import type { Clock } from "../../src/clock.ts";
import { startOutbound } from "../../src/inspect/outbound.ts";
import { VirtualClock } from "../../src/testing/clock.ts";
import { eventually } from "../support/eventually.ts";
import { actor, carried, event, livingRoom, moved, roomNow, TestSource } from "./messages.ts";

/** Says how long each timer was armed for. */
class WatchedClock implements Clock {
  readonly armedMs: number[] = [];
  readonly time = new VirtualClock();
  readonly now = () => this.time.now();
  readonly monotonic = () => this.time.monotonic();
  readonly setTimer = (ms: number, fire: () => void) => {
    this.armedMs.push(ms);
    return this.time.setTimer(ms, fire);
  };
}

function outboundTo(address: string, { source = new TestSource(), random = (): number => 0.5 } = {}) {
  const clock = new WatchedClock();
  const troubles: string[] = [];
  const outbound = startOutbound({ address, source, clock, random, onTrouble: (sentence) => troubles.push(sentence) });
  return { source, clock, troubles, stop: outbound.stop, [Symbol.dispose]: outbound.stop };
}

/** Stately's server, in a process of its own. */
class Receiver implements AsyncDisposable {
  readonly port = freePort();
  #child: Bun.Subprocess | undefined;

  async start(): Promise<void> {
    const child = Bun.spawn([process.execPath, `${import.meta.dir}/receiver-child.ts`, `${this.port}`], {
      stdout: "pipe",
      stderr: "inherit",
    });
    this.#child = child;
    for await (const chunk of child.stdout) if (new TextDecoder().decode(chunk).includes("ready")) return;
    throw new Error("the receiver ended before it listened");
  }

  async kill(): Promise<void> {
    this.#child?.kill("SIGKILL");
    await this.#child?.exited;
  }

  get address(): string {
    return `ws://localhost:${this.port}`;
  }

  /** All that a receiver gets from now on, and what the server kept for it. */
  subscribe(): readonly unknown[] {
    const got: unknown[] = [];
    createWebSocketReceiver({ server: this.address }).subscribe((message) => got.push(message));
    return got;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }
}

function freePort(): number {
  const listener = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data: () => undefined } });
  const { port } = listener;
  listener.stop(true);
  return port;
}

test("[outbound] Stately's receiver gets who lives, what was last, and what happens, whole and in order", async () => {
  await using receiver = new Receiver();
  await receiver.start();
  const source = new TestSource();
  source.recent = [
    roomNow("meeting/weekly"),
    event("domain:meeting/weekly", "hand.raise"),
    moved("domain:meeting/weekly", "hand.raise", {}),
  ];
  const got = receiver.subscribe();
  using outbound = outboundTo(receiver.address, { source });
  await eventually(() => source.sinks.size === 1, "the connection");
  const live = Array.from({ length: 100 }, (_, n) => event("session:meeting/weekly-1", `command-${n}`));
  for (const message of live) source.tell(message, roomNow("meeting/weekly"), { type: "quorate.dropped", count: 1 });
  const told = [...source.living, ...source.recent.slice(1), ...live];
  await eventually(() => got.length >= told.length, "all messages");
  expect(got).toEqual(carried(told));
  expect(outbound.troubles).toEqual([]);
});

test("[outbound] a receiver that died and came back is told anew who lives; its outage is told once", async () => {
  await using receiver = new Receiver();
  const { source, clock, troubles, ...outbound } = outboundTo(receiver.address);
  using _ = outbound;
  const attempts = () => clock.armedMs.length / 2;
  for (let n = 1; n <= 3; n++) {
    await eventually(() => attempts() === n, `failure ${n}`);
    if (n < 3) await clock.time.advance(clock.armedMs.at(-1) ?? 0);
  }
  expect(troubles).toEqual([`the receiver ws://localhost:${receiver.port}/ cannot be reached; trying again`]);

  await receiver.start();
  await clock.time.advance(clock.armedMs.at(-1) ?? 0);
  await eventually(() => source.sinks.size === 1, "the first connection");
  await clock.time.advance(60_000);
  await receiver.kill();
  await eventually(() => source.sinks.size === 0, "the loss");
  expect(troubles.slice(1)).toEqual([`the receiver ws://localhost:${receiver.port}/ has closed the connection; trying again`]);
  source.tell(event("domain:meeting/weekly", "missed"));
  source.living = [actor("server", undefined), ...livingRoom("meeting/daily")];

  await receiver.start();
  await clock.time.advance(clock.armedMs.at(-1) ?? 0);
  await eventually(() => source.sinks.size === 1, "the second connection");
  const last = event("domain:meeting/daily", "hand.raise");
  source.tell(last);
  const got = receiver.subscribe();
  await eventually(() => got.length > source.living.length, "all messages");
  expect(got).toEqual(carried([...source.living, last]));
  expect(troubles).toHaveLength(2);
});

test("[outbound] attempts are further and further apart, half a second at least and half a minute at most", async () => {
  for (const [random, waits] of [
    [1, [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]],
    [0, [500, 500, 500, 500, 500, 500, 500, 500]],
  ] as const) {
    using server = refusing();
    using outbound = outboundTo(server.address, { random: () => random });
    const { armedMs, time } = outbound.clock;
    for (const [n] of waits.entries()) {
      await eventually(() => armedMs.length === 2 * n + 2, "the next failure");
      expect(server.attempts).toBe(n + 1);
      await time.advance(armedMs.at(-1) ?? 0);
    }
    expect(armedMs.filter((_, i) => i % 2 === 1)).toEqual([...waits]);
    expect(outbound.troubles).toHaveLength(1);
  }
});

test("[outbound] one that accepts and closes at once is no end of an outage", async () => {
  await using server = accepting({ open: (socket) => socket.close(), message: () => undefined });
  using outbound = outboundTo(`ws://localhost:${server.port}`, { random: () => 1 });
  const { armedMs, time } = outbound.clock;
  for (let n = 1; n <= 4; n++) {
    await eventually(() => armedMs.length === 2 * n, "the next loss");
    await time.advance(armedMs.at(-1) ?? 0);
  }
  expect(armedMs.filter((_, i) => i % 2 === 1).slice(0, 4)).toEqual([500, 1_000, 2_000, 4_000]);
  expect(outbound.troubles).toHaveLength(1);
});

test("[L11] a receiver that does not read is told nothing more until it has what is on its way, and then everything anew", async () => {
  using receiver = new SleepyReceiver();
  using outbound = outboundTo(receiver.address);
  const { source, clock, troubles } = outbound;
  await eventually(() => source.sinks.size === 1, "the connection");
  const big = event("domain:meeting/weekly", "x".repeat(1 << 16));
  let told = 0;
  while (source.sinks.size === 1 && told < 1_000) {
    source.tell(big);
    told++;
  }
  // Four mebibytes, and what the kernel takes.
  expect(told).toBeGreaterThan(64);
  expect(told).toBeLessThan(1_000);
  await clock.time.advance(10_000);
  expect(source.watches).toBe(1);

  receiver.wake();
  await advancedUntil(clock.time, () => source.watches === 2);
  expect(source.sinks.size).toBe(1);
  expect(troubles).toEqual([]);
});

test("[outbound] who lives goes out as a whole, however much that is", async () => {
  using receiver = new SleepyReceiver();
  const source = new TestSource();
  source.living = Array.from({ length: 200 }, (_, n) => ({ ...actor(`session:${n}`, undefined), name: "x".repeat(1 << 16) }));
  using outbound = outboundTo(receiver.address, { source });
  await eventually(() => source.sinks.size === 1, "the connection");
  source.tell(event("session:1", "x"));
  receiver.wake();
  const bytes = JSON.stringify(source.living).length;
  await eventually(() => receiver.bytes >= bytes, "everything");
  await outbound.clock.time.advance(1_000);
  expect([source.watches, source.sinks.size]).toEqual([1, 1]);
});

test("[outbound] when it is stopped, nothing is going on", async () => {
  using refuses = refusing();
  const waiting = outboundTo(refuses.address);
  await eventually(() => waiting.clock.armedMs.length === 2, "a failure");
  waiting.stop();
  expect(waiting.clock.time.pending).toBe(0);

  using silent = new SleepyReceiver({ answers: false });
  const connecting = outboundTo(silent.address);
  await eventually(() => silent.connections === 1, "the attempt");
  connecting.stop();
  expect(connecting.clock.time.pending).toBe(0);
  await eventually(() => silent.connections === 0, "its end");

  const closed: number[] = [];
  await using receiver = accepting({ message: () => undefined, close: (_, code) => void closed.push(code) });
  const open = outboundTo(`ws://localhost:${receiver.port}`);
  await eventually(() => open.source.sinks.size === 1, "the connection");
  open.stop();
  expect([open.source.sinks.size, open.clock.time.pending]).toEqual([0, 0]);
  await eventually(() => closed.length === 1, "its end");
  expect([waiting, connecting, open].map(({ troubles }) => troubles.length)).toEqual([1, 0, 0]);
});

test("[outbound] one that accepts but never answers is given up, and tried again", async () => {
  using silent = new SleepyReceiver({ answers: false });
  using outbound = outboundTo(silent.address);
  await eventually(() => silent.connections === 1, "the attempt");
  await outbound.clock.time.advance(10_000);
  await eventually(() => silent.connections === 0, "its end");
  await outbound.clock.time.advance(500);
  await eventually(() => silent.connections === 1, "the next attempt");
  expect(outbound.troubles).toHaveLength(1);
});

test("[outbound] only addresses of WebSockets are taken, and no secret of one is told", async () => {
  for (const address of ["", "localhost:8080", "http://localhost:8080", "//localhost", "ws://", "wss://a b"])
    expect(() => outboundTo(address)).toThrow(
      new TypeError(`--inspect=${address}: a receiver's address is ws://host:port or wss://host:port`),
    );
  using server = refusing();
  using outbound = outboundTo(`${server.address.replace("//", "//ada:pass@")}/path?token=secret#part`);
  await eventually(() => outbound.troubles.length === 1, "the outage");
  expect(outbound.troubles).toEqual([`the receiver ${server.address}/path cannot be reached; trying again`]);
});

const accepting = (websocket: Bun.WebSocketHandler<undefined>) =>
  Bun.serve<undefined>({
    port: 0,
    fetch: (request, self) => (self.upgrade(request, { data: undefined }) ? undefined : new Response(null, { status: 400 })),
    websocket,
  });

/** Answers every attempt, by a refusal. */
function refusing() {
  let attempts = 0;
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: () => {
      attempts++;
      return new Response(null, { status: 503 });
    },
  });
  return {
    address: `ws://127.0.0.1:${server.port}`,
    get attempts() {
      return attempts;
    },
    [Symbol.dispose]: () => void server.stop(true),
  };
}

/** Virtual time goes on until real sockets are where the test wants them. */
async function advancedUntil(clock: VirtualClock, condition: () => boolean): Promise<void> {
  for (let n = 0; n < 10_000 && !condition(); n++) await clock.advance(100);
  expect(condition()).toBe(true);
}

/** A WebSocket's other end by hand: it shakes hands, and reads nothing until it is woken. */
class SleepyReceiver implements Disposable {
  readonly #sockets = new Set<Socket<undefined>>();
  readonly #listener: Bun.TCPSocketListener<undefined>;
  #isAwake = false;
  bytes = 0;

  constructor({ answers = true } = {}) {
    const sockets = this.#sockets;
    this.#listener = Bun.listen<undefined>({
      hostname: "127.0.0.1",
      port: 0,
      data: undefined,
      socket: {
        open: (socket) => void sockets.add(socket),
        close: (socket) => void sockets.delete(socket),
        data: (socket, data) => {
          this.bytes += data.length;
          const [, key] = /sec-websocket-key: (\S+)/i.exec(data.subarray(0, 2_000).toString()) ?? [];
          if (key === undefined || !answers) return;
          const accept = createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
          socket.write(
            `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
          );
          if (!this.#isAwake) socket.pause();
        },
      },
    });
  }

  get address(): string {
    return `ws://127.0.0.1:${this.#listener.port}`;
  }
  get connections(): number {
    return this.#sockets.size;
  }

  wake(): void {
    this.#isAwake = true;
    for (const socket of this.#sockets) socket.resume();
  }

  [Symbol.dispose](): void {
    this.#listener.stop(true);
  }
}
