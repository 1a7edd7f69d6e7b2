import { describe, expect, test } from "bun:test";
import { Connection } from "../../src/gateway/connection.ts";
import { meeting } from "../../src/meeting/room.ts";
import { VirtualClock } from "../../src/testing/clock.ts";
import { TestClient, together } from "../support/client.ts";
import { eventually } from "../support/eventually.ts";
import { RawClient } from "../support/raw-client.ts";
import { type TestServer, testServer } from "../support/server.ts";
import { byName, enter, meetingOf, serverRev, sessionOf, vanish } from "./people.ts";

/** Virtual time stands still, so a flush must not wait for it. */
const still = { broadcastWindowMinMs: 0, flushUs: 0, flushUsPerSession: 0 };
const opsOf = (client: TestClient): string[] =>
  client.of("delta").flatMap(({ payload }) => payload.ops.map((op: [number, number, { type: string }]) => op[2].type));

function connectionOf(running: TestServer, client: string): Connection {
  const { socket } = sessionOf(running, client);
  if (!(socket instanceof Connection)) throw new Error(`'${client}' has no connection`);
  return socket;
}

describe("[LIVE-1] heartbeat", () => {
  test("silent for 30 s: pinged; 5 s more without a sign of life: told to the callback, then closed, then stale", async () => {
    const clock = new VirtualClock();
    const stale: { readonly client: string; readonly state: string; readonly wasOpen: boolean }[] = [];
    const silent: { client?: RawClient } = {};
    await using running = await testServer({
      clock,
      limits: still,
      onStaleConnection: ({ client, state, socket }) =>
        void stale.push({ client, state, wasOpen: socket !== undefined && silent.client?.ended === false }),
    });
    const ada = await enter(running, "Ada");
    const ben = await RawClient.hello(running.url(), { client: "ben", token: "Ben" });
    silent.client = ben;
    await ada.until(() => ada.rev === 2, "Ben's join");
    await clock.advance(29_999);
    expect(ben.pings).toBe(0);
    await clock.advance(1);
    await eventually(() => ben.pings === 1, "a ping");
    // A WebSocket client answers by itself; nothing else does it say.
    const answered = connectionOf(running, "ada");
    await eventually(() => answered.lastSeenMs === clock.monotonic(), "Ada's pong");
    await clock.advance(4_999);
    expect([stale.length, ben.ended]).toEqual([0, false]);
    await clock.advance(1);
    await eventually(() => ben.ended, "the close");
    expect(stale).toEqual([{ client: "ben", state: "live", wasOpen: true }]);
    await ada.until(() => opsOf(ada).includes("participant.away"), "Ben is away");
    expect(sessionOf(running, "ben").state).toBe("stale");
    expect(running.server.stats()).toMatchObject({ heartbeatsMissed: 1, staleSessions: 1, connectionsNow: 1 });
    expect(ada.closed).toBeUndefined();
  });

  test("any frame is a sign of life, also one that is wrong", async () => {
    const clock = new VirtualClock();
    await using running = await testServer({ clock, limits: still });
    const ben = await RawClient.hello(running.url(), { client: "ben", token: "Ben" });
    await eventually(() => ben.of("snapshot").length === 1, "the snapshot");
    for (let round = 1; round <= 4; round++) {
      await clock.advance(20_000);
      ben.send({ type: round % 2 === 0 ? "ping" : "nonsense", payload: { rev: 0 } });
      await eventually(() => ben.of("pong").length + ben.of("error").length === round, "an answer");
    }
    expect([ben.pings, ben.ended]).toEqual([0, false]);
  });
});

describe("[LIVE-2] the grace of 15 s", () => {
  test("back within it: nobody saw it leave, and it goes on with its session and its number", async () => {
    const clock = new VirtualClock();
    await using running = await testServer({ clock, limits: still });
    const ada = await enter(running, "Ada");
    const ben = await enter(running, "Ben");
    await vanish(running, ben);
    await clock.advance(14_999);
    const back = ben.resumed(running.url());
    await back.until(() => back.welcome !== undefined, "the welcome");
    expect(back.welcome).toMatchObject({ session: ben.welcome?.session, who: ben.welcome?.who, recovered: "resumed" });
    await ada.until(() => opsOf(ada).includes("participant.back"), "he is back");
    await clock.advance(20_000);
    await back.do({ type: "chat.send", text: "here" });
    await ada.until(() => opsOf(ada).includes("chat.send"), "the message");
    expect(opsOf(ada)).toEqual(["participant.joined", "participant.away", "participant.back", "chat.send"]);
    expect(Object.keys(meetingOf(ada).participants)).toEqual(["guest-ada", "guest-ben"]);
  });

  test("not back within it: it has left, and comes as somebody new", async () => {
    const clock = new VirtualClock();
    await using running = await testServer({ clock, limits: still });
    const ada = await enter(running, "Ada");
    const ben = await enter(running, "Ben");
    await vanish(running, ben);
    await clock.advance(14_000);
    expect(opsOf(ada)).not.toContain("participant.left");
    await clock.advance(1_000);
    await ada.until(() => opsOf(ada).includes("participant.left"), "Ben left");
    expect(Object.keys(meetingOf(ada).participants)).toEqual(["guest-ada"]);
    const back = ben.resumed(running.url());
    await back.until(() => back.welcome !== undefined, "the welcome");
    expect(back.welcome?.session).not.toBe(ben.welcome?.session);
    expect(back.welcome?.recovered).toBe("resumed");
    await together(ada, back);
    expect(back.state).toBe(ada.state);
  });

  test("a person with another tab open is not even away", async () => {
    const clock = new VirtualClock();
    await using running = await testServer({ clock, limits: still, auth: byName });
    const cleo = await enter(running, "Cleo");
    const one = await enter(running, "Ada", { client: "tab1" });
    await enter(running, "Ada", { client: "tab2" });
    await vanish(running, one);
    await clock.advance(15_000);
    await cleo.until(() => opsOf(cleo).includes("participant.left"), "one tab less");
    expect(opsOf(cleo)).toEqual(["participant.joined", "participant.joined", "participant.left"]);
    expect(meetingOf(cleo).participants).toMatchObject({ ada: { status: "online", sessions: 1 } });
  });
});

describe("[LIVE-3] one session per client", () => {
  test("a newer connection replaces the older one, which is told; the domain hears nothing", async () => {
    await using running = await testServer();
    const ada = await enter(running, "Ada");
    const before = serverRev(running);
    const newer = ada.resumed(running.url());
    expect((await ada.end()).code).toBe(4409);
    expect(ada.frames.at(-1)).toMatchObject({ type: "closing", payload: { code: "ABORTED" } });
    expect(await newer.do({ type: "chat.send", text: "one op" })).toMatchObject({ ok: true, rev: before + 1 });
    expect(running.server.stats()).toMatchObject({ replaced: 1, connectionsNow: 1 });
  });

  test("an older one that no longer reads is replaced like any other, and its end ends nothing", async () => {
    const clock = new VirtualClock();
    await using running = await testServer({ clock, limits: still });
    const older = await RawClient.hello(running.url(), { client: "ada", token: "Ada" });
    await eventually(() => older.of("snapshot").length === 1, "the snapshot");
    // It reads nothing, so it never answers the close.
    older.pause();
    const newer = new TestClient(meeting, running.url(), { client: "ada", token: "Ada", resume: older.of("welcome")[0]?.payload.resume });
    await newer.until(() => newer.isReady, "the newer one");
    older.drop();
    await eventually(() => running.server.stats()["connectionsNow"] === 1, "the older one is gone");
    await clock.advance(20_000);
    expect(sessionOf(running, "ada").isLive).toBe(true);
    expect(await newer.do({ type: "chat.send", text: "still here" })).toMatchObject({ ok: true });
    expect(opsOf(newer)).toEqual(["chat.send"]);
  });
});

describe("[LIVE-4] who does not keep up", () => {
  const slow = { ...still, lagUnreportedBytesMax: 2_000, commandsBurst: 1_000 };
  const flood = async (writer: TestClient, commands: number) => {
    for (let i = 0; i < commands; i++) writer.send({ type: "chat.send", text: `${i} ${"x".repeat(100)}` });
    await writer.fate(writer.seq);
    // It keeps up itself, and says so.
    writer.raw({ type: "ping", payload: { rev: writer.rev } });
    await writer.until(() => writer.of("pong").at(-1)?.payload.rev === writer.rev, "the pong");
  };

  test("gets no deltas until it has reported the rev that it was sent; then what it missed, and nothing is lost", async () => {
    const clock = new VirtualClock();
    await using running = await testServer({ clock, limits: slow });
    const ada = await enter(running, "Ada");
    const ben = await enter(running, "Ben");
    await flood(ada, 50);
    await ben.until(() => ben.rev === ada.rev, "all of them");
    const reached = ben.rev;
    await clock.advance(1_000);
    expect([sessionOf(running, "ben").state, sessionOf(running, "ada").state]).toEqual(["lagging", "live"]);
    await flood(ada, 5);
    expect(ben.rev).toBe(reached);
    ben.raw({ type: "ping", payload: { rev: reached } });
    await ben.until(() => ben.rev === ada.rev, "what was missed");
    expect(ben.state).toBe(ada.state);
    expect([ben.gaps, ben.of("snapshot").length]).toEqual([0, 1]);
    expect(sessionOf(running, "ben").state).toBe("live");
    expect(running.server.stats()).toMatchObject({ lagging: 1 });
  });

  test("and a snapshot, if that is no longer in the ring", async () => {
    const clock = new VirtualClock();
    await using running = await testServer({ clock, limits: { ...slow, ringOpsMax: 60 } });
    const ada = await enter(running, "Ada");
    const ben = await enter(running, "Ben");
    await flood(ada, 50);
    await ben.until(() => ben.rev === ada.rev, "all of them");
    await clock.advance(1_000);
    const reached = ben.rev;
    await flood(ada, 100);
    ben.raw({ type: "ping", payload: { rev: reached } });
    await ben.until(() => ben.rev === ada.rev, "where the room is");
    expect(ben.of("snapshot").map(({ payload }) => payload.reason)).toEqual(["first", "lagging"]);
    expect(ben.state).toBe(ada.state);
  });

  test("after 30 s it is closed with 4429", async () => {
    const clock = new VirtualClock();
    await using running = await testServer({ clock, limits: { ...slow, pingEveryMs: 600_000 } });
    const ada = await enter(running, "Ada");
    const ben = await enter(running, "Ben");
    await flood(ada, 50);
    await ben.until(() => ben.rev === ada.rev, "all of them");
    await clock.advance(31_000);
    expect(ben.closed).toBeUndefined();
    await clock.advance(1_000);
    expect((await ben.end()).code).toBe(4429);
    expect(ben.frames.at(-1)).toMatchObject({ type: "closing", payload: { code: "RESOURCE_EXHAUSTED" } });
    expect(ada.closed).toBeUndefined();
  });
});

describe("[BYE-1] [CLOSE-1] [CLOSE-2] ends", () => {
  test("bye gives the place up at once", async () => {
    const clock = new VirtualClock();
    await using running = await testServer({ clock, limits: still });
    const ada = await enter(running, "Ada");
    const ben = await enter(running, "Ben");
    ben.raw({ type: "bye", payload: {} });
    expect((await ben.end()).code).toBe(1000);
    await ada.until(() => opsOf(ada).includes("participant.left"), "Ben left");
    expect(opsOf(ada)).toEqual(["participant.joined", "participant.left"]);
  });

  test("who is removed loses all connections with 4410, and is kept out", async () => {
    await using running = await testServer({ auth: byName });
    const host = await enter(running, "Host");
    const one = await enter(running, "Ben", { client: "tab1" });
    const two = await enter(running, "Ben", { client: "tab2" });
    await host.do({ type: "member.remove", user: "ben" });
    for (const tab of [one, two]) {
      expect((await tab.end()).code).toBe(4410);
      expect(tab.frames.at(-1)).toMatchObject({ type: "closing", payload: { code: "PERMISSION_DENIED" } });
      // It hears of the op itself before that.
      expect(opsOf(tab)).toContain("member.remove");
    }
    const again = one.resumed(running.url());
    expect((await again.end()).code).toBe(4403);
    expect(again.of("closing")).toMatchObject([{ payload: { refusal: "guard", guard: "notRemoved" } }]);
    await host.do({ type: "chat.send", text: "quiet now" });
    expect(Object.keys(meetingOf(host).participants)).toEqual(["host"]);
    expect(running.server.stats()["connectionsNow"]).toBe(1);
  });
});
