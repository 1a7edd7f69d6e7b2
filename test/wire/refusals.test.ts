import { describe, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { memory } from "../../src/journal/memory.ts";
import { sqlite } from "../../src/journal/sqlite.ts";
import { meeting } from "../../src/meeting/room.ts";
import { errorCodes, isRetryable, refusalCodes } from "../../src/protocol/codes.ts";
import { VirtualClock } from "../../src/testing/clock.ts";
import { TestClient, together } from "../support/client.ts";
import { counter } from "../support/counter.ts";
import { FaultyJournal } from "../support/faulty-journal.ts";
import { testServer } from "../support/server.ts";
import { enter, meetingOf, serverRev, serverState } from "./people.ts";

const say = (text: string) => ({ type: "chat.send", text });

describe("[REF-1] [L10] a refusal says why, and changes nothing", () => {
  test.each([
    [{ type: "meeting.start" }, { code: "guard", guard: "isHost", reason: "Only a host may do this." }],
    [{ type: "hand.raise" }, { code: "guard", guard: "isLive", reason: "The meeting has not started yet." }],
    [
      { type: "poll.close", poll: "p" },
      { code: "state", acceptedIn: [expect.stringContaining("live")] },
    ],
    [{ type: "recording.stop" }, { code: "state", acceptedIn: [expect.stringContaining("recording")] }],
    [{ type: "meeting.dance" }, { code: "command", reason: "There is no command 'meeting.dance'." }],
    [{ type: "chat.send" }, { code: "payload", reason: expect.stringContaining("text") }],
    [
      { type: "chat.send", text: "x", more: 1 },
      { code: "payload", reason: expect.stringContaining("more") },
    ],
  ])("%j", async (event, refusal) => {
    await using running = await testServer();
    const ada = await enter(running, "Ada");
    const ben = await enter(running, "Ben");
    await together(ada, ben);
    const before = { state: serverState(running), frames: ben.frames.length };
    expect(await ada.do(event)).toMatchObject({ ok: false, seq: 1, rev: 2, ...refusal });
    const { payload } = ada.of("refused")[0] ?? {};
    expect(refusalCodes).toContain(payload.code);
    expect(payload.reason.length).toBeGreaterThan(5);
    expect([serverState(running), serverRev(running), ben.frames.length]).toEqual([before.state, 2, before.frames]);
    // Its seq is used up.
    expect(await ada.do(say("next"))).toMatchObject({ ok: true, rev: 3 });
  });

  test("[L13] a machine that fails on a command: `internal`, an alarm for the operators, and the room goes on", async () => {
    await using running = await testServer({ rooms: [counter] });
    const url = running.url("counter/c");
    const ada = await TestClient.join(counter, url, { client: "ada", token: "Ada" });
    expect(await ada.do({ type: "fail" })).toMatchObject({ ok: false, code: "internal" });
    expect(JSON.stringify(ada.frames)).not.toContain("this action fails");
    expect(await ada.do({ type: "add", n: 1 })).toMatchObject({ ok: true, rev: 2 });
    expect(running.alarms).toMatchObject([{ code: "machine", room: "counter/c" }]);
  });
});

describe("[CMD-1] [L9] who did it is stamped by the server", () => {
  test.each([
    ["by", { user: "guest-host", role: "host", client: "host" }],
    ["user", "guest-host"],
    ["at", 1],
    ["id", "host-1"],
    ["role", "host"],
    ["who", 1],
    ["rev", 99],
  ])("a command with its own '%s' is refused, and its honest version is stamped", async (key, value) => {
    await using running = await testServer();
    const host = await enter(running, "Host");
    const ada = await enter(running, "Ada");
    expect(await ada.do({ ...say("I am the host"), [key]: value })).toMatchObject({ ok: false, code: "payload" });
    const sentAt = Date.now();
    await ada.do(say("I am Ada"));
    await together(host, ada);
    const { at, ...message } = meetingOf(host).chat[0] ?? { at: 0 };
    expect(message).toEqual({ id: "ada-2", user: "guest-ada", name: "Ada", text: "I am Ada" });
    expect(at).toBeGreaterThanOrEqual(sentAt);
    expect(meetingOf(host).chat).toHaveLength(1);
  });

  test("nor can a frame carry more than seq and event", async () => {
    await using running = await testServer();
    const ada = await enter(running, "Ada");
    ada.raw({ type: "command", payload: { seq: 1, event: say("x"), by: { user: "guest-host" } } });
    expect((await ada.next("error", 0)).payload).toMatchObject({ code: "INVALID_ARGUMENT" });
    expect(serverRev(running)).toBe(1);
  });
});

describe("[CMD-4] over the rate", () => {
  const told = (client: TestClient) => client.of("error").map(({ payload }) => [payload.code, payload.seq, payload.retryAfterMs]);

  test("told once, what follows is ignored; the seq that was asked for is always answered, also if it comes too early", async () => {
    const clock = new VirtualClock();
    await using running = await testServer({
      clock,
      limits: { broadcastWindowMinMs: 0, flushUs: 0, flushUsPerSession: 0, commandsBurst: 2, commandsPerSecond: 1 },
    });
    const ada = await enter(running, "Ada");
    const send = (seq: number) => ada.raw({ type: "command", payload: { seq, event: say(`${seq}`) } });
    const exhausted = ["RESOURCE_EXHAUSTED", 3, 1_000];
    for (const seq of [1, 2, 3, 4, 5]) send(seq);
    await ada.until(() => ada.of("error").length === 1 && ada.fates.has(2), "two fates and an error");
    send(3); // too early
    await ada.until(() => ada.of("error").length === 2, "the same answer");
    expect(told(ada)).toEqual([exhausted, exhausted]);
    await clock.advance(1_000);
    send(4); // still on its way when the error came: ignored, though it takes the token
    send(3);
    await ada.until(() => ada.of("error").length === 3, "an answer");
    expect(told(ada)[2]).toEqual(exhausted);
    await clock.advance(2_000);
    send(3);
    send(4);
    expect(await ada.fate(4)).toMatchObject({ ok: true, rev: 5 });
    expect(meetingOf(ada).chat.map(({ text }) => text)).toEqual(["1", "2", "3", "4"]);
    expect(running.server.stats()).toMatchObject({ "rateLimited.command": 5 });
  });
});

describe("[CMD-4] [L12] a room that cannot save", () => {
  test("answers UNAVAILABLE with the seq to send again; nothing is used up, and nothing happens twice", async () => {
    const journal = new FaultyJournal();
    await using running = await testServer({
      journal: journal.factory(memory()),
      limits: { faultBackoffMinMs: 1, faultBackoffMaxMs: 1, commandsBurst: 10_000 },
    });
    const ada = await enter(running, "Ada");
    const ben = await enter(running, "Ben");
    await ada.do(say("before"));
    journal.faults.push("lost");
    const seq = ada.send(say("during"));
    const told = (await ada.next("error", 0)).payload;
    expect(told).toMatchObject({ code: "UNAVAILABLE", seq, retryable: true, retryAfterMs: 1_000 });
    // As the protocol says: from that seq, again, for as long as it takes.
    for (let tries = 1; !ada.fates.has(seq); tries++) {
      ada.raw({ type: "command", payload: { seq, event: say("during") } });
      await ada.until(() => ada.fates.has(seq) || ada.of("error").length > tries, "a fate or another error");
      expect(tries).toBeLessThan(1_000);
    }
    expect(await ada.do(say("after"))).toMatchObject({ ok: true });
    await together(ada, ben);
    expect(meetingOf(ben).chat.map(({ text }) => text)).toEqual(["before", "during", "after"]);
    expect(ben.state).toBe(serverState(running));
    expect(running.alarms.map(({ code }) => code)).toContain("journal");
  });
});

test("[ERR-1] every error has a code of the list; only the retryable ones say when to try again", async () => {
  await using running = await testServer({ limits: { commandsBurst: 1, commandsPerSecond: 0.001, resyncBurst: 1 } });
  const ada = await enter(running, "Ada");
  for (const frame of ["{", { type: "x" }, { type: "ping", payload: { rev: 99 } }, { type: "ping", payload: {} }]) ada.raw(frame);
  for (let i = 0; i < 2; i++) ada.raw({ type: "resync", payload: { reason: "asked" } });
  ada.hello();
  ada.send(say("one"));
  ada.send(say("two"));
  await ada.until(() => ada.of("error").length === 7, "seven errors");
  for (const { payload } of ada.of("error")) {
    expect(errorCodes).toContain(payload.code);
    expect(payload.retryable).toBe(isRetryable(payload.code));
    expect("retryAfterMs" in payload).toBe(payload.retryable);
    expect(payload.message.length).toBeGreaterThan(5);
  }
  expect(ada.of("error").map(({ payload }) => payload.code)).toEqual([
    "INVALID_ARGUMENT",
    "UNIMPLEMENTED",
    "OUT_OF_RANGE",
    "INVALID_ARGUMENT",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    "RESOURCE_EXHAUSTED",
  ]);
  expect(ada.of("error").at(-1)?.payload.seq).toBe(2);
});

test("[L2] [L4] [L10] a fate, accepted or refused, is told again by the next server on the same data", async () => {
  const folder = await mkdtemp(join(tmpdir(), "quorate-wire-"));
  try {
    const options = { journal: sqlite({ path: join(folder, "rooms.db") }), resumeKey: "a key of the test's own" };
    let ada: TestClient;
    {
      await using running = await testServer(options);
      ada = await enter(running, "Ada");
      expect(await ada.do({ type: "meeting.start" })).toMatchObject({ ok: false, guard: "isHost" });
      expect(await ada.do(say("once"))).toMatchObject({ ok: true, rev: 2 });
    }
    expect(await ada.end()).toMatchObject({ code: 1012 });
    await using running = await testServer(options);
    const back = ada.resumed(running.url(), { openSeq: 1 });
    await back.until(() => back.welcome !== undefined, "the welcome");
    expect(back.welcome).toMatchObject({ epoch: ada.epoch, recovered: "resumed", acked: 2, refused: [{ seq: 1, guard: "isHost" }] });
    for (const [seq, event] of [{ type: "meeting.start" }, say("once")].entries())
      back.raw({ type: "command", payload: { seq: seq + 1, event } });
    await back.until(() => back.of("refused").length === 1, "the refusal");
    expect(back.of("refused")[0]?.payload).toEqual(ada.of("refused")[0]?.payload);
    expect(await back.do(say("twice"))).toMatchObject({ ok: true });
    const fresh = new TestClient(meeting, running.url(), { client: "ben", token: "Ben" });
    await fresh.until(() => fresh.isReady, "Ben");
    expect(meetingOf(fresh).chat.map(({ text }) => text)).toEqual(["once", "twice"]);
    await together(back, fresh);
    expect(back.state).toBe(fresh.state);
  } finally {
    await rm(folder, { recursive: true });
  }
});
