import { describe, expect, test } from "bun:test";
import { memory } from "../../src/journal/memory.ts";
import { defaultLimits } from "../../src/protocol/limits.ts";
import { type TestClient, together } from "../support/client.ts";
import { eventually } from "../support/eventually.ts";
import { FaultyJournal } from "../support/faulty-journal.ts";
import { testServer } from "../support/server.ts";
import { byName, enter, meetingOf, onlyRoom, serverRev, serverState } from "./people.ts";

const say = (text: string) => ({ type: "chat.send", text });
type WireOp = readonly [who: number, seq: number, event: Record<string, unknown>, dt?: number];
const opsOf = (client: TestClient): WireOp[] => client.of("delta").flatMap(({ payload }) => payload.ops);

describe("[WEL-1] [WEL-4] the welcome", () => {
  test("is the first frame, with exactly these fields; then comes what it announces", async () => {
    await using running = await testServer();
    const ada = await enter(running, "Host Ada", { client: "ada" });
    expect(ada.frames.slice(0, 2).map(({ type }) => type)).toEqual(["welcome", "snapshot"]);
    expect(ada.frames[0]?.payload).toEqual({
      session: expect.stringMatching(/^.{8,}$/),
      resume: expect.stringMatching(/^.{32}$/),
      user: "guest-ada",
      role: "host",
      who: 1,
      epoch: onlyRoom(running).feed?.epoch,
      rev: 1,
      mode: "events",
      recovered: "first",
      acked: 0,
      refused: [],
      heartbeat: { pingEveryMs: 30_000, pongTimeoutMs: 5_000, graceMs: 15_000 },
      windowMs: { min: 10, max: 64 },
      limits: {
        frameBytesMax: defaultLimits.frameBytesMax,
        commandBytesMax: defaultLimits.commandBytesMax,
        commandsPerSecond: defaultLimits.commandsPerSecond,
        presencePerSecond: defaultLimits.presencePerSecond,
        pendingMax: 256,
      },
    });
  });

  test("its role is the meeting's own word", async () => {
    await using running = await testServer({ auth: byName });
    const host = await enter(running, "Host");
    const ben = await enter(running, "Ben");
    await host.do({ type: "member.promote", user: "ben", role: "cohost" });
    const back = ben.resumed(running.url());
    await back.until(() => back.welcome !== undefined, "the welcome");
    expect(back.welcome?.role).toBe("cohost");
  });

  test("[WEL-3] acked is null where the fates are no longer known; an old seq is answered NOT_FOUND, a new one goes on", async () => {
    await using running = await testServer({ limits: { fateClientsMax: 1 } });
    const ada = await enter(running, "Ada");
    await ada.do(say("one"));
    ada.raw({ type: "bye", payload: {} });
    await ada.end();
    await (await enter(running, "Ben")).do(say("two"));
    const back = ada.resumed(running.url(), { openSeq: 1 });
    await back.until(() => back.welcome !== undefined, "the welcome");
    expect(back.welcome?.acked).toBeNull();
    back.raw({ type: "command", payload: { seq: 1, event: say("one") } });
    expect((await back.next("error", 0)).payload).toMatchObject({ code: "NOT_FOUND", seq: 1, retryable: false });
    expect(await back.do(say("three"))).toMatchObject({ ok: true });
    expect(meetingOf(back).chat.map(({ text }) => text)).toEqual(["one", "two", "three"]);
  });
});

describe("[SNAP-1] [SNAP-2] [SNAP-3] snapshots", () => {
  test("the whole state, with the roster", async () => {
    await using running = await testServer();
    const host = await enter(running, "Host");
    await host.do({ type: "meeting.start" });
    const ben = await enter(running, "Ben");
    const { epoch, rev, reason, state } = ben.of("snapshot")[0]?.payload ?? {};
    expect({ epoch, rev, reason }).toEqual({ epoch: host.epoch, rev: 3, reason: "first" });
    expect(Object.keys(state)).toEqual(["at", "value", "context", "status", "history", "roster"]);
    expect(state.value).toMatchObject({ phase: "live" });
    expect(state.roster).toEqual([
      { who: 1, user: "guest-host", name: "Host", role: "host", client: "host" },
      { who: 2, user: "guest-ben", name: "Ben", role: "member", client: "ben" },
    ]);
    expect(ben.state).toBe(serverState(running));
  });

  test("a big one comes in numbered parts that are its JSON text, and no surrogate pair is cut", async () => {
    await using running = await testServer({ limits: { snapshotPartBytesMax: 101 } });
    const ada = await enter(running, "Ada");
    await ada.do(say("🎈".repeat(500)));
    const ben = await enter(running, "Ben");
    const parts = ben.of("snapshot").map(({ payload }) => payload);
    expect(parts.length).toBeGreaterThan(10);
    expect(parts.map(({ part }) => part)).toEqual(parts.map((_, i) => i + 1));
    expect(new Set(parts.map(({ parts, rev, epoch }) => JSON.stringify([parts, rev, epoch])))).toEqual(
      new Set([JSON.stringify([parts.length, 3, ben.epoch])]),
    );
    expect(parts.every(({ data }) => data.length <= 101 && data.isWellFormed())).toBe(true);
    expect(ben.state).toBe(serverState(running));
    await ada.do(say("after"));
    await together(ada, ben);
    expect(ben.state).toBe(serverState(running));
  });

  test.each(["gap", "diverged", "asked"])("a resync gets its reason back: %s", async (reason) => {
    await using running = await testServer();
    const ada = await enter(running, "Ada");
    const from = ada.frames.length;
    ada.raw({ type: "resync", payload: { reason } });
    expect((await ada.next("snapshot", from)).payload).toMatchObject({ reason, rev: 1, epoch: ada.epoch });
    expect(await ada.do(say("live again"))).toMatchObject({ ok: true, rev: 2 });
  });
});

describe("[DELTA-1] [DELTA-2] [DELTA-3] [DELTA-4] deltas", () => {
  test("each follows the one before, has an op per rev, and replay gives the server's state", async () => {
    await using running = await testServer({ auth: byName });
    const host = await enter(running, "Host");
    const ben = await enter(running, "Ben");
    await host.do({ type: "meeting.start" });
    await Promise.all([ben.do({ type: "hand.raise" }), host.do(say("a")), ben.do(say("b")), ben.do({ type: "floor.take" })]);
    // Refused, so no op; then allowed, since the meeting's word on roles is what counts.
    expect(await ben.do({ type: "meeting.lock", locked: true })).toMatchObject({ ok: false });
    await host.do({ type: "member.promote", user: "ben", role: "cohost" });
    expect(await ben.do({ type: "meeting.lock", locked: true })).toMatchObject({ ok: true });
    await together(host, ben);
    let rev = host.of("snapshot")[0]?.payload.rev;
    for (const { payload } of host.of("delta")) {
      if (payload.ops.length === 0) continue;
      expect([payload.from, payload.to]).toEqual([rev, rev + payload.ops.length]);
      rev = payload.to;
    }
    expect(rev).toBe(serverRev(running));
    expect([host.state, ben.state]).toEqual([serverState(running), serverState(running)]);
  });

  test("an op is [who, seq, event], and its dt where that is not 0, without the stamp that the client can make itself", async () => {
    await using running = await testServer();
    const ada = await enter(running, "Ada");
    const ben = await enter(running, "Ben");
    await ben.do(say("hi"));
    await ada.until(() => ada.rev === 3, "the message");
    const [join, message] = opsOf(ada);
    expect(join).toEqual([2, 0, { type: "participant.joined", user: "guest-ben", name: "Ben", role: "member", who: 2, client: "ben" }]);
    expect(message).toEqual([ben.welcome?.who ?? 0, 1, say("hi")]);
    expect(ada.roster.get(2)).toEqual({ who: 2, user: "guest-ben", name: "Ben", role: "member", client: "ben" });
    const { payload } = ada.of("delta").at(-1) ?? {};
    expect(meetingOf(ada).chat).toEqual([{ id: "ben-1", user: "guest-ben", name: "Ben", at: payload.at, text: "hi" }]);
  });

  test("who leaves frees its number; the next one who comes may get it, and nobody confuses the two", async () => {
    await using running = await testServer();
    const ada = await enter(running, "Ada");
    const ben = await enter(running, "Ben");
    await ben.do(say("mine"));
    ben.raw({ type: "bye", payload: {} });
    await ben.end();
    await ada.until(() => !ada.roster.has(2), "Ben left");
    const cy = await enter(running, "Cy");
    expect(cy.welcome?.who).toBe(2);
    await cy.do(say("another's"));
    await together(ada, cy);
    expect(meetingOf(ada).chat.map(({ name, text }) => [name, text])).toEqual([
      ["Ben", "mine"],
      ["Cy", "another's"],
    ]);
    expect(ada.state).toBe(serverState(running));
  });

  test("[DELTA-6] acked is told again for a command that is sent again, and after a snapshot", async () => {
    await using running = await testServer();
    const ada = await enter(running, "Ada");
    await ada.do(say("once"));
    const acksFrom = (from: number) => ada.frames.slice(from).flatMap(({ type, payload }) => (type === "delta" ? [payload] : []));
    let from = ada.frames.length;
    ada.raw({ type: "command", payload: { seq: 1, event: say("once") } });
    await ada.next("delta", from);
    expect(acksFrom(from)).toEqual([{ from: 2, to: 2, at: 0, ops: [], acked: 1 }]);
    from = ada.frames.length;
    ada.raw({ type: "resync", payload: { reason: "asked" } });
    await ada.next("delta", from);
    expect(acksFrom(from)).toEqual([{ from: 2, to: 2, at: 0, ops: [], acked: 1 }]);
  });

  test("[DELTA-5] mode patches gives the same state as replay", async () => {
    await using running = await testServer();
    const host = await enter(running, "Host");
    const old = await enter(running, "Olga", { machine: 7 });
    await host.do({ type: "meeting.start" });
    old.send(say("by another version"));
    expect(await old.fate(1)).toMatchObject({ ok: true });
    for (const { payload } of old.of("delta")) expect(payload).not.toHaveProperty("ops");
    await together(host, old);
    expect(JSON.stringify([old.document?.value, old.document?.context])).toBe(
      JSON.stringify([host.snapshot?.value, host.snapshot?.context]),
    );
  });
});

describe("[ORDER-1] [ORDER-2] what was heard", () => {
  test("[L3] an op is told to nobody, its author included, before it is durable", async () => {
    const journal = new FaultyJournal();
    await using running = await testServer({ journal: journal.factory(memory()) });
    const ada = await enter(running, "Ada");
    const ben = await enter(running, "Ben");
    await together(ada, ben);
    journal.faults.push("held");
    const seq = ada.send(say("held"));
    await eventually(() => journal.held.length === 1, "the append");
    // A round trip of each: had the op been told, it would have come before the pong.
    for (const client of [ada, ben]) {
      client.raw({ type: "ping", payload: { rev: 2 } });
      expect((await client.next("pong", 0)).payload).toEqual({ rev: 2 });
      expect(JSON.stringify(client.frames)).not.toContain("held");
    }
    journal.held.splice(0).forEach((go) => void go());
    expect(await ada.fate(seq)).toMatchObject({ ok: true, rev: 3 });
    await together(ada, ben);
  });
});

describe("[PING-1] [PING-2] ping", () => {
  test("is answered in order with the deltas", async () => {
    await using running = await testServer();
    const ada = await enter(running, "Ada");
    for (let i = 0; i < 5; i++) {
      ada.send(say(`${i}`));
      ada.raw({ type: "ping", payload: { rev: ada.rev } });
    }
    await ada.until(() => ada.of("pong").length === 5 && ada.fates.has(5), "five pongs");
    let rev = 1;
    for (const { type, payload } of ada.frames) {
      if (type === "delta") rev = payload.to;
      else if (type === "pong") expect(payload).toEqual({ rev });
    }
  });
});

describe("[PRES-1] [PRES-2] presence", () => {
  test("comes with the hello, is told whole to whoever becomes live, and goes with its session", async () => {
    await using running = await testServer();
    const ada = await enter(running, "Ada", { presence: { typing: true } });
    const ben = await enter(running, "Ben");
    await ben.until(() => ben.presence.has(1), "Ada's presence");
    expect(ben.presence.get(1)).toEqual({ typing: true });
    ada.vanish();
    await ben.until(() => !ben.presence.has(1), "it is gone");
    expect(serverRev(running)).toBe(3); // two joins and one away: presence is no op
  });

  test("over the rate it is dropped without a word", async () => {
    await using running = await testServer({ limits: { presenceBurst: 2, presencePerSecond: 0.001 } });
    const ada = await enter(running, "Ada");
    const ben = await enter(running, "Ben");
    for (let x = 1; x <= 5; x++) ada.raw({ type: "presence", payload: { state: { cursor: [x, x] } } });
    await ada.do(say("after them"));
    await ben.until(() => ben.presence.has(1), "the presence");
    await together(ada, ben);
    expect(ben.presence.get(1)).toEqual({ cursor: [2, 2] });
    expect(ada.of("error")).toEqual([]);
    expect(running.server.stats()).toMatchObject({ "rateLimited.presence": 3 });
  });
});
