/** Too much of everything that is allowed. Each kind has its limit, which is the sender's trouble and nobody else's. */
import { expect } from "bun:test";
import { RawClient } from "../../support/raw-client.ts";
import { meetingOf } from "../people.ts";
import { textBytes } from "./frame-bytes.ts";
import { Stage } from "./stage.ts";

const limits = {
  connectionsPerAddressMax: 150,
  roomsMax: 40,
  idleRoomMs: 300,
  sweepEveryMs: 100,
  commandsBurst: 250,
  commandsPerSecond: 100,
};
const stage = new Stage({ limits });

const many = (count: number, frame: (i: number) => object) => Array.from({ length: count }, (_, i) => textBytes(frame(i))).flat();
const command = (seq: number, event: object) => ({ type: "command", payload: { seq, event } });
const react = { type: "react", emoji: "🎉" };

stage.attack("[PING-1] [L11] 5,000 pings at once: answered as far as the limit goes, and the rest is ignored", async () => {
  const mallory = await stage.intruder();
  const startedMs = performance.now();
  mallory.sendBytes(many(5_000, () => ({ type: "ping", payload: { rev: 0 } })));
  await heardOut(mallory);
  expect(mallory.of("pong").length).toBeWithin(50, 52 + seconds(startedMs) * 20);
  mallory.drop();
});

stage.attack("[PRES-1] [L11] 5,000 presences at once: the others are told a few, and the last one", async () => {
  const [, ben] = stage.people.near;
  const before = ben.of("presence").length;
  const mallory = await stage.intruder();
  const { who } = mallory.of("welcome")[0]?.payload ?? {};
  mallory.sendBytes(many(5_000, (i) => ({ type: "presence", payload: { state: { cursor: [i, 0] } } })));
  await ben.until(() => JSON.stringify(ben.presence.get(who)) === '{"cursor":[4999,0]}', "the last one");
  expect(ben.of("presence").length - before).toBeLessThan(60);
  mallory.drop();
});

stage.attack("[TOKEN-4] [L11] 1,000 tokens at once: five are looked at, the others told to wait", async () => {
  const user = stage.newUser();
  const mallory = await stage.intruder({ user });
  const token = stage.tokenOf(user);
  mallory.sendBytes(many(1_000, () => ({ type: "token", payload: { token } })));
  await mallory.until(() => mallory.of("error").length === 995 && mallory.of("renewed").length > 0, "the answers");
  expect(mallory.of("error").every(({ payload }) => payload.code === "RESOURCE_EXHAUSTED" && payload.retryAfterMs > 0)).toBe(true);
  expect(mallory.of("renewed").length).toBeWithin(1, 6);
  mallory.drop();
});

stage.attack("[CMD-4] [L5] 5,000 commands at once: as many as the limit allows, in order; one answer for the rest", async () => {
  const [, ben] = stage.people.near;
  const mallory = await stage.intruder();
  const { who } = mallory.of("welcome")[0]?.payload ?? {};
  const from = ben.frames.length;
  const startedMs = performance.now();
  mallory.sendBytes(many(5_000, (i) => command(i + 1, react)));
  await heardOut(mallory);
  await stage.people.unharmed([]);
  const ops = ben.frames.slice(from).flatMap(({ type, payload }): [number, number][] => (type === "delta" ? payload.ops : []));
  const seqs = ops.filter(([sender, seq]) => sender === who && seq > 0).map(([, seq]) => seq);
  expect(seqs).toEqual(seqs.map((_, i) => i + 1));
  expect(seqs.length).toBeWithin(200, 252 + seconds(startedMs) * 100);
  expect(mallory.of("error").length).toBeWithin(1, 20);
  mallory.drop();
});

stage.attack("[CMD-2] 200 commands after a gap: one error, and no effect", async () => {
  const mallory = await stage.intruder();
  mallory.sendBytes(many(200, (i) => command(i + 2, react)));
  await heardOut(mallory);
  expect(mallory.of("error").map(({ payload }) => [payload.code, payload.seq])).toEqual([["OUT_OF_RANGE", 1]]);
  mallory.drop();
});

stage.attack("[CONN-6] [L11] 10,000 bad frames at once: a hundred are answered, then it is closed", async () => {
  const mallory = await stage.intruder();
  mallory.sendBytes(many(10_000, () => ({ type: "nonsense" })));
  await mallory.until(() => mallory.ended, "the close");
  expect([mallory.closeCode, mallory.of("error").length]).toEqual([1008, 101]);
});

stage.attack("[HELLO-7] [L11] sixty connections of one user at once: twenty come in, the others are told when to come again", async () => {
  const user = stage.newUser();
  const startedMs = performance.now();
  const crowd = await Promise.all(Array.from({ length: 60 }, (_, i) => stage.hello({ user, client: `crowd-${i}` })));
  for (const client of crowd) await client.until(() => client.of("snapshot").length > 0 || client.ended, "an answer");
  const inside = crowd.filter(({ ended }) => !ended);
  expect(inside.length).toBeWithin(20, 22 + seconds(startedMs) * 2);
  for (const client of crowd.filter(({ ended }) => ended))
    expect([client.closeCode, client.frames]).toMatchObject([4429, [{ payload: { code: "RESOURCE_EXHAUSTED", retryAfterMs: expect.any(Number) } }]]); // biome-ignore format: one thought
  for (const client of inside) client.drop();
});

stage.attack(
  "[LIVE-3] [HELLO-7] one client that replaces itself again and again: one place, one connection, and then it has to wait",
  async () => {
    const user = stage.newUser();
    const lives = [await stage.intruder({ user, client: "same" })];
    const resume = lives[0]?.of("welcome")[0]?.payload.resume;
    for (let i = 0; i < 25; i++) {
      const next = await stage.hello({ user, client: "same", resume });
      await next.until(() => next.of("welcome").length > 0 || next.ended, "an answer");
      lives.push(next);
    }
    for (const life of lives.slice(0, 15)) await life.until(() => life.ended, "replaced");
    expect(new Set(lives.flatMap(({ closeCode }) => closeCode ?? []))).toEqual(new Set([4409, 4429]));
    expect(new Set(lives.flatMap((life) => life.of("welcome").map(({ payload }) => payload.session))).size).toBe(1);
    for (const life of lives) life.drop();
  },
);

stage.attack("[CONN-2] [L11] three hundred connections of one address: at most 150, and who is there stays", async () => {
  const crowd: RawClient[] = [];
  for (let i = 0; i < 300; i++) crowd.push(await RawClient.ask(stage.hall));
  const statuses = crowd.map(({ answer }) => answer?.status);
  expect(statuses.filter((status) => status === 101).length).toBeWithin(100, 147);
  expect(new Set(statuses)).toEqual(new Set([101, 429]));
  await stage.people.unharmed([]);
  for (const client of crowd) client.drop();
  await untilCount("connections", 4);
  (await stage.intruder()).drop();
});

stage.attack("[CONN-2] [L11] upgrades for five hundred rooms without a hello open none", async () => {
  for (let i = 0; i < 500; i++) (await RawClient.ask(stage.victim.url(`meeting/empty-${i}`))).drop();
  expect((await stage.victim.counts()).rooms).toBe(2);
});

stage.attack(
  "[L11] [L14] a hundred rooms at once: forty are opened, the others told to wait; once they are empty they are let go",
  async () => {
    const crowd = await Promise.all(Array.from({ length: 100 }, (_, i) => stage.hello({ room: `meeting/flood-${i}` })));
    for (const client of crowd) await client.until(() => client.of("snapshot").length > 0 || client.ended, "an answer");
    expect((await stage.victim.counts()).rooms).toBe(40);
    const outside = crowd.filter(({ ended }) => ended);
    expect(outside).toHaveLength(62);
    for (const client of outside)
      expect([client.closeCode, client.frames]).toMatchObject([1012, [{ payload: { code: "UNAVAILABLE", retryAfterMs: 5_000 } }]]);
    for (const client of crowd) client.drop();
    await untilCount("rooms", 2);
  },
);

stage.attack("[SYNC-1] [L11] a thousand resyncs of a big room: three snapshots, and no more bytes than these", async () => {
  const [ada] = stage.people.near;
  for (let i = 0; i < 200; i++) {
    ada.send({ type: "chat.send", text: "€".repeat(2_000) });
    if (i % 50 === 49) await ada.fate(ada.seq); // more than one broadcast holds would have to be sent again
  }
  const mallory = await stage.intruder();
  const startedMs = performance.now();
  const grownMiB = await stage.peakMiB(async () => {
    mallory.sendBytes(many(1_000, () => ({ type: "resync", payload: { reason: "asked" } })));
    await mallory.until(() => mallory.of("error").length >= 990 && wholeSnapshots(mallory) >= 4, "the answers");
  });
  expect(wholeSnapshots(mallory)).toBeWithin(4, 6 + seconds(startedMs) * 0.2);
  expect(grownMiB).toBeLessThan(100);
  mallory.drop();
});

stage.attack(
  "[HELLO-7] [SNAP-2] [L11] thirty people join a big room, and read nothing: little memory, since all are sent the same parts",
  async () => {
    const crowd = await Promise.all(Array.from({ length: 30 }, () => RawClient.ask(stage.hall)));
    const grownMiB = await stage.peakMiB(async () => {
      for (const client of crowd) {
        const user = stage.newUser();
        client.pause();
        client.send({ type: "hello", payload: { protocol: 1, client: user, machine: 1, nextSeq: 1, token: stage.tokenOf(user) } });
      }
      const [ada] = stage.people.near;
      await ada.until(() => Object.keys(meetingOf(ada).participants).length >= 32, "thirty more");
      await stage.people.unharmed([]);
    });
    expect(grownMiB).toBeLessThan(80);
    for (const client of crowd) client.drop();
  },
);

stage.curtain();

/** What was sent before is dealt with, since the frame behind it is: one that is answered whatever the limits say. */
async function heardOut(client: RawClient): Promise<void> {
  const before = client.of("error").length;
  client.send({ type: "over" });
  await client.until(() => client.of("error").slice(before).some(({ payload }) => payload.code === "UNIMPLEMENTED"), "the answer to the last frame"); // biome-ignore format: one thought
  const at = client.frames.findIndex(({ payload }) => payload.code === "UNIMPLEMENTED");
  client.frames.splice(at, 1);
}

async function untilCount(what: "connections" | "rooms", count: number): Promise<void> {
  while ((await stage.victim.counts())[what] > count) await new Promise((resolve) => setTimeout(resolve, 10));
}

const seconds = (sinceMs: number): number => (performance.now() - sinceMs) / 1_000;

/** In parts or in one piece, the one of the join included. */
const wholeSnapshots = (client: RawClient): number => client.of("snapshot").filter(({ payload }) => payload.part === payload.parts).length;
