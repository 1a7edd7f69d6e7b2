import { describe, expect, test } from "bun:test";
import * as v from "valibot";
import { assign, setup } from "xstate";
import type { CommandEvent, SystemEvent } from "../../src/room/commands.ts";
import { defineRoom } from "../../src/room/define-room.ts";
import { TestClient, together } from "../support/client.ts";
import { RawClient } from "../support/raw-client.ts";
import { testServer } from "../support/server.ts";

const commands = { fill: { text: v.string() }, tick: {} };
const board = defineRoom({
  type: "board",
  version: 1,
  machine: setup({
    types: {} as { context: { pages: string[]; ticks: number }; events: CommandEvent<typeof commands> | SystemEvent },
    actions: {
      fill: assign({ pages: ({ context, event }) => (event.type === "fill" ? [...context.pages, event.text] : context.pages) }),
      tick: assign({ ticks: ({ context }) => context.ticks + 1 }),
    },
  }).createMachine({ id: "board", context: { pages: [], ticks: 0 }, on: { fill: { actions: "fill" }, tick: { actions: "tick" } } }),
  commands,
  reasons: {},
});
const hello = (client: string) => ({ type: "hello", payload: { protocol: 1, client, machine: 1, nextSeq: 1, token: client } });
const limits = {
  commandBytesMax: 64 * 1024,
  pingsBurst: 1_000,
  pingsPerSecond: 1_000,
  commandsBurst: 100_000,
  commandsPerSecond: 1_000_000,
};

async function filled(bytes: number, more: object = {}) {
  const running = await testServer({ rooms: [board], development: false, limits: { ...limits, ...more } });
  const url = running.url("board/b");
  const ada = await TestClient.join(board, url, { client: "a", token: "Ada", replay: false, reportEveryBytes: 16_000 });
  const text = "é".repeat(25_000); // two bytes each in UTF-8
  for (let i = 0; i < bytes / 50_000; i++) {
    ada.send({ type: "fill", text });
    // No more than a batch holds at once.
    if (i % 5 === 4) await ada.until(() => ada.fates.has(ada.seq), "five pages");
  }
  return { running, url, ada };
}

/** Somebody who is in step, stops reading, and is left out for it. */
async function leftOut({ running, url, ada }: Awaited<ReturnType<typeof filled>>, text: string) {
  const slow = await RawClient.ask(url);
  slow.send(hello("slow"));
  await slow.until(() => slow.frames.some(({ type }) => type === "snapshot"), "the snapshot");
  slow.pause();
  const [room] = running.server.rooms;
  const session = [...(room?.sessions ?? [])].find(({ client }) => client === "slow");
  if (room === undefined || session === undefined) throw new Error("nobody is there");
  while (session.state !== "lagging") {
    ada.send({ type: "fill", text });
    await ada.until(() => ada.fates.has(ada.seq), "the op");
  }
  return { slow, session, room };
}

async function roundTripMs(client: TestClient): Promise<number> {
  const startedMs = performance.now();
  await client.do({ type: "tick" });
  return performance.now() - startedMs;
}

describe("a big room and a slow reader", () => {
  test("[SNAP-2] a room with 10 MB of state takes in a joiner on a slow socket in parts; the others notice nothing", async () => {
    const { running, url, ada } = await filled(10_000_000);
    await using _ = running;
    const quiet = await Promise.all(Array.from({ length: 20 }, () => roundTripMs(ada)));
    const slow = await RawClient.ask(url);
    slow.pauseAt = ({ type }) => type === "snapshot";
    slow.send(hello("slow"));
    await slow.until(() => slow.frames.some(({ type, payload }) => type === "snapshot" && payload.parts > 50), "the first part");
    const [room] = running.server.rooms;
    const session = [...(room?.sessions ?? [])].find(({ client }) => client === "slow");
    const during: number[] = [];
    for (let i = 0; i < 50; i++) during.push(await roundTripMs(ada));
    // Far from whole: the rest waits in the room's own list, as references to parts that all joiners share.
    expect(session?.state).toBe("snapshot");
    expect(session?.socket?.bufferedBytes()).toBeLessThan(1024 * 1024);
    slow.pauseAt = undefined;
    slow.resume();
    await slow.until(() => slow.frames.some(({ type, payload }) => type === "delta" && payload.to >= ada.rev), "in step");
    const parts = slow.frames.filter(({ type }) => type === "snapshot").map(({ payload }) => payload);
    expect(parts.map(({ part }) => part)).toEqual(parts.map((_, i) => i + 1));
    const { context } = JSON.parse(parts.map(({ data }) => data).join(""));
    expect(context.pages).toHaveLength(200);
    expect(context.pages[199]).toBe("é".repeat(25_000));
    // In the same run: a command takes no longer than it did, but for one flush window and some noise.
    expect(median(during)).toBeLessThan(median(quiet) * 3 + 50);
    slow.drop();
  }, 60_000);

  test("[LIVE-4] a reader that stalls is left out, costs bounded memory, and gets what it missed when it reads again", async () => {
    const served = await filled(0, { lagUnreportedBytesMax: 64 * 1024, sweepEveryMs: 20, lagMsMax: 60_000 });
    const { running, ada } = served;
    await using _ = running;
    const text = "x".repeat(1_000);
    const { slow, session } = await leftOut(served, text);
    expect(running.server.stats()).toMatchObject({ lagging: 1 });
    const sentRev = session.sentRev;
    for (let i = 0; i < 100; i++) ada.send({ type: "fill", text });
    await ada.until(() => ada.fates.has(ada.seq), "a hundred more");
    expect(session.sentRev).toBe(sentRev);
    slow.resume();
    await slow.until(() => slow.frames.some(({ type, payload }) => type === "delta" && payload.to === sentRev), "what was sent before");
    slow.send({ type: "ping", payload: { rev: sentRev } });
    await slow.until(() => slow.frames.some(({ type, payload }) => type === "delta" && payload.to >= ada.rev), "what it missed");
    const deltas = slow.frames.filter(({ type }) => type === "delta").map(({ payload }) => payload);
    expect(deltas.map(({ from }) => from).slice(1)).toEqual(deltas.map(({ to }) => to).slice(0, -1));
    expect(session.state).toBe("live");
    slow.drop();
  }, 60_000);

  test("[LIVE-4] it stays left out until it reports, also when the ring has long forgotten what it was sent", async () => {
    const limits = { lagUnreportedBytesMax: 64 * 1024, sweepEveryMs: 20, lagMsMax: 60_000, ringOpsMax: 20, commandsBurst: 10_000 };
    const served = await filled(0, limits);
    const { running, ada } = served;
    await using _ = running;
    const text = "x".repeat(5_000); // so that the ring has more bytes than may be unreported
    const { slow, session, room } = await leftOut(served, text);
    const { sentRev } = session;
    for (let i = 0; i < 100; i++) {
      ada.send({ type: "fill", text });
      await ada.until(() => ada.fates.has(ada.seq), "one more");
    }
    room.sessions.sweep(performance.now());
    expect([session.state, session.sentRev]).toEqual(["lagging", sentRev]);
    slow.resume();
    await slow.until(() => slow.frames.some(({ type, payload }) => type === "delta" && payload.to === sentRev), "what was sent before");
    slow.send({ type: "ping", payload: { rev: sentRev } });
    await slow.until(() => slow.frames.filter(({ type }) => type === "snapshot").length > 1, "a snapshot");
    slow.drop();
  }, 60_000);

  test("[LIVE-4] one that never reads again is closed, and the others stay in step", async () => {
    const { running, url, ada } = await filled(0, { lagUnreportedBytesMax: 64 * 1024, sweepEveryMs: 20, lagMsMax: 200 });
    await using _ = running;
    const ben = await TestClient.join(board, url, { client: "b", token: "Ben", reportEveryBytes: 16_000 });
    const slow = await RawClient.ask(url);
    slow.send(hello("slow"));
    await slow.until(() => slow.frames.some(({ type }) => type === "snapshot"), "the snapshot");
    slow.pause();
    const [room] = running.server.rooms;
    const isThere = () => [...(room?.sessions ?? [])].some(({ client }) => client === "slow");
    while (isThere()) {
      ada.send({ type: "fill", text: "x".repeat(1_000) });
      await ada.until(() => ada.fates.has(ada.seq), "the op");
    }
    await together(ada, ben);
    expect(ben.gaps).toBe(0);
    slow.drop();
  }, 60_000);
});

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
