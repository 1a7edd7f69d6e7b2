/** Clients that take their time, on purpose: every one of them costs a bounded amount, for a bounded time. */
import { beforeAll, expect } from "bun:test";
import { RawClient } from "../../support/raw-client.ts";
import { meetingOf } from "../people.ts";
import { frameBytes, textBytes } from "./frame-bytes.ts";
import { isLong, Stage } from "./stage.ts";
import { Tcp, upgradeText } from "./tcp.ts";

// The bystanders' pongs come from a process that is busy with attacks: it gets its time.
const limits = { helloTimeoutMs: 400, pingEveryMs: 500, pongTimeoutMs: 1_500, sweepEveryMs: 100, graceMs: 500 };
const lag = { lagUnreportedBytesMax: 256 * 1024, lagMsMax: 1_000, commandsBurst: 5_000, commandsPerSecond: 5_000 };
const stage = new Stage({ limits: { ...limits, ...lag } });

/** The bystanders'. */
const connectionsAtRest = 4;
/** How long Bun waits for a request to become whole, and some more. */
const requestMsMax = 15_000;
const dripEveryMs = 20;
const slowHeads: Tcp[] = [];

// They take longest, so they begin first and are looked at last. The end of the process closes them, too.
beforeAll(async () => {
  for (let i = 0; i < 20; i++) {
    const tcp = await Tcp.open(stage.victim.port);
    const request = upgradeText("/rooms/meeting/hall").slice(0, -2);
    tcp.write(i % 3 === 0 ? request : i % 3 === 1 ? "GET /ro" : "");
    if (i % 3 === 0) void drip(() => tcp.write("x-a: b\r\n"), tcp, 500);
    slowHeads.push(tcp);
  }
});

stage.attack("[HELLO-1] [L11] a hello that comes byte by byte is counted as a connection, and closed with 4408", async () => {
  const mallory = await RawClient.ask(stage.hall);
  expect((await stage.victim.counts()).connections).toBe(connectionsAtRest + 1);
  const bytes = textBytes({ type: "hello", payload: { protocol: 1, client: "drip", token: "x".repeat(200) } });
  await drip(() => mallory.sendBytes([bytes.shift() ?? 0]), mallory, dripEveryMs);
  expect([mallory.closeCode, mallory.frames]).toMatchObject([4408, [{ type: "closing", payload: { code: "DEADLINE_EXCEEDED" } }]]);
  await untilAtRest();
});

stage.attack("[LIVE-1] a frame that comes byte by byte is no sign of life: closed with 4411", async () => {
  const mallory = await stage.intruder();
  mallory.sendBytes(frameBytes({ claims: 60_000n }));
  await drip(() => mallory.sendBytes([0x20]), mallory, dripEveryMs);
  expect([mallory.closeCode, mallory.pings]).toEqual([4411, 1]);
  await untilAtRest();
});

stage.attack("[LIVE-1] [LIVE-2] a client that is gone without FIN or RST: away, then left, and its connection is freed", async () => {
  const [ada] = stage.people.near;
  const user = stage.newUser();
  const mallory = await stage.intruder({ user });
  mallory.pause();
  await ada.until(() => meetingOf(ada).participants[user]?.status === "away", "away");
  await untilAtRest();
  await ada.until(() => meetingOf(ada).participants[user] === undefined, "left");
  mallory.drop();
});

stage.attack("[LIVE-2] a client that half-closes is closed", async () => {
  const tcp = await Tcp.open(stage.victim.port);
  const user = stage.newUser();
  const hello = { type: "hello", payload: { protocol: 1, client: user, machine: 1, nextSeq: 1, token: stage.tokenOf(user) } };
  tcp.write([...Buffer.from(upgradeText("/rooms/meeting/hall")), ...textBytes(hello)]);
  await tcp.until(() => tcp.received.includes('"welcome"'), "the welcome");
  tcp.half();
  await tcp.until(() => tcp.ended, "the close");
  await untilAtRest();
});

stage.attack("[L11] 20,000 pings of a client that reads: the frame behind them is answered", async () => {
  const mallory = await stage.intruder();
  const grownMiB = await stage.peakMiB(async () => {
    flood(mallory, 9);
    mallory.send({ type: "ping", payload: { rev: 0 } });
    await mallory.until(() => mallory.of("pong").length === 1, "the frame behind them");
    await stage.people.unharmed([]);
  });
  expect(grownMiB).toBeLessThan(60);
  mallory.drop();
});

stage.attack("[L11] pings without end of a client that reads nothing: closed, before its pongs fill the memory", async () => {
  const mallory = await stage.intruder();
  mallory.pause();
  const grownMiB = await stage.peakMiB(async () => {
    for (let i = 0; i < 5; i++) flood(mallory, 9);
    await untilAtRest();
  });
  expect(grownMiB).toBeLessThan(60);
  mallory.drop();
});

stage.attack("[L11] 20,000 pongs that nobody asked for", async () => {
  const mallory = await stage.intruder();
  flood(mallory, 10);
  mallory.send({ type: "ping", payload: { rev: 0 } });
  await mallory.until(() => mallory.of("pong").length === 1, "the frame behind them");
  mallory.drop();
});

stage.attack("[LIVE-4] a client that reads nothing and says it is alive: bounded memory, closed with 4429", async () => {
  const [ada] = stage.people.near;
  const mallory = await stage.intruder();
  mallory.pause();
  const grownMiB = await stage.peakMiB(async () => {
    for (let i = 0; i < 600; i++) {
      ada.send({ type: "chat.send", text: "€".repeat(2_000) });
      if (i % 20 === 19) await ada.fate(ada.seq);
      // Once, early: what comes after the close would be answered by a reset, and that takes what was not read yet with it.
      if (i === 99) mallory.send({ type: "ping", payload: { rev: 0 } });
    }
    await untilAtRest();
  });
  expect(grownMiB).toBeLessThan(80);
  mallory.resume();
  await mallory.until(() => mallory.ended, "the close");
  expect([mallory.closeCode, mallory.frames.at(-1)]).toMatchObject([4429, { type: "closing", payload: { code: "RESOURCE_EXHAUSTED" } }]);
});

stage.attack("[L11] requests that never become whole are no connections, and keep nobody out", async () => {
  expect(slowHeads).toHaveLength(20);
  await untilAtRest();
  (await stage.intruder()).drop();
});

if (isLong)
  stage.attack("[L11] requests that never become whole are closed", async () => {
    for (const tcp of slowHeads) await tcp.until(() => tcp.ended, "the close", requestMsMax);
    expect(slowHeads.map(({ received }) => received).filter((text) => text !== "")).toEqual([]);
  });

stage.curtain();

async function drip(write: () => void, client: Pick<RawClient | Tcp, "ended">, everyMs: number): Promise<void> {
  while (!client.ended) {
    write();
    await new Promise((resolve) => setTimeout(resolve, everyMs)); // the pace is the attack
  }
}

async function untilAtRest(): Promise<void> {
  while ((await stage.victim.counts()).connections > connectionsAtRest) await new Promise((resolve) => setTimeout(resolve, 10));
}

/** 20,000 of them. */
function flood(client: RawClient, opcode: number): void {
  const one = frameBytes({ opcode, payload: "x".repeat(125) });
  const some = Array.from({ length: 200 }, () => one).flat();
  for (let i = 0; i < 100; i++) client.sendBytes(some);
}
