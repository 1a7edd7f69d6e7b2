import { describe, expect, test } from "bun:test";
import { type MemoryStore, memory } from "../../src/journal/memory.ts";
import { meeting } from "../../src/meeting/room.ts";
import { VirtualClock } from "../../src/testing/clock.ts";
import { type ClientOptions, TestClient } from "../support/client.ts";
import { eventually } from "../support/eventually.ts";
import { FaultyJournal } from "../support/faulty-journal.ts";
import { type TestServer, testServer } from "../support/server.ts";
import { byName, enter, meetingOf, serverRev, vanish } from "./people.ts";

/** Says hello and is turned away: the last frame and the close code. */
async function turnedAway(running: TestServer, options: ClientOptions) {
  const client = new TestClient(meeting, running.url(), options);
  const { code } = await client.end();
  expect(client.welcome).toBeUndefined();
  return { code, closing: client.of("closing").map(({ payload }) => payload) };
}

describe("[HELLO-1] the first frame", () => {
  test("no hello within 5 s closes with 4408, and not before", async () => {
    const clock = new VirtualClock();
    await using running = await testServer({ clock });
    const silent = new TestClient(meeting, running.url(), { client: "ada", hello: false });
    await eventually(() => running.server.stats()["connectionsNow"] === 1, "the connection");
    await clock.advance(4_999);
    expect(running.server.stats()["connectionsNow"]).toBe(1);
    await clock.advance(1);
    expect(await silent.end()).toMatchObject({ code: 4408 });
    expect(silent.of("closing")).toMatchObject([{ payload: { code: "DEADLINE_EXCEEDED" } }]);
  });

  test("no command is taken before the welcome, and none is lost for it", async () => {
    const journal = new FaultyJournal();
    await using running = await testServer({ journal: journal.factory(memory()) });
    const ben = await enter(running, "Ben");
    journal.faults.push("held");
    const ada = new TestClient(meeting, running.url(), { client: "ada", token: "Ada" });
    await eventually(() => journal.held.length === 1, "the join's append");
    ada.send({ type: "chat.send", text: "too early" });
    expect((await ada.next("error", 0)).payload).toMatchObject({ code: "FAILED_PRECONDITION", seq: 1, retryable: false });
    journal.held.splice(0).forEach((go) => void go());
    await ada.until(() => ada.isReady, "the welcome");
    expect(ada.welcome?.acked).toBe(0);
    ada.raw({ type: "command", payload: { seq: 1, event: { type: "chat.send", text: "in time" } } });
    expect(await ada.fate(1)).toMatchObject({ ok: true });
    await ben.until(() => ben.rev === 3, "the message");
    expect(meetingOf(ben).chat.map(({ text }) => text)).toEqual(["in time"]);
  });
});

describe("[HELLO-2] a client id has one owner", () => {
  test.each(["no secret", "a wrong secret", "another client's secret"])("with %s nobody gets somebody else's", async (what) => {
    await using running = await testServer({ auth: byName });
    const ada = await enter(running, "Ada");
    const other = await enter(running, "Ada", { client: "ada2" });
    const resume = { "no secret": undefined, "a wrong secret": "x".repeat(32), "another client's secret": other.welcome?.resume }[what];
    const thief = await turnedAway(running, { client: "ada", token: "Ada", ...(resume === undefined ? {} : { resume }) });
    expect(thief).toMatchObject({ code: 4403, closing: [{ code: "ALREADY_EXISTS" }] });
    // Its owner notices nothing, and keeps its place.
    expect(await ada.do({ type: "chat.send", text: "still here" })).toMatchObject({ ok: true });
    expect(ada.of("closing")).toEqual([]);
  });

  test("nor once its owner has gone", async () => {
    await using running = await testServer();
    const ada = await enter(running, "Ada");
    ada.raw({ type: "bye", payload: {} });
    await ada.end();
    expect(await turnedAway(running, { client: "ada", token: "Ada" })).toMatchObject({ code: 4403 });
    const back = ada.resumed(running.url());
    await back.until(() => back.welcome !== undefined, "the welcome");
    expect(back.welcome?.resume).toBe(ada.welcome?.resume);
  });

  test("another user does not get it, neither with its secret nor after a restart", async () => {
    const store: MemoryStore = new Map();
    const options = { auth: byName, journal: memory({ store }), resumeKey: "the key of this test" };
    let resume: string | undefined;
    {
      await using running = await testServer(options);
      resume = (await enter(running, "Ada", { client: "tab" })).welcome?.resume;
      expect(await turnedAway(running, { client: "tab", token: "Ben" })).toMatchObject({
        code: 4403,
        closing: [{ code: "ALREADY_EXISTS" }],
      });
    }
    await using again = await testServer(options);
    const thief = await turnedAway(again, { client: "tab", token: "Ben", ...(resume === undefined ? {} : { resume }) });
    expect(thief).toMatchObject({ code: 4403, closing: [{ code: "ALREADY_EXISTS" }] });
    const ada = new TestClient(meeting, again.url(), { client: "tab", token: "Ada", ...(resume === undefined ? {} : { resume }) });
    await ada.until(() => ada.welcome !== undefined, "the welcome");
    // In another room nobody has it yet.
    const ben = await TestClient.join(meeting, again.url("meeting/other"), { client: "tab", token: "Ben" });
    expect(ben.welcome?.user).toBe("ben");
  });
});

describe("[HELLO-3] [HELLO-5] what a client has", () => {
  test.each([
    ["nothing", 1, false, "first", "events"],
    ["everything", 1, true, "resumed", "events"],
    ["nothing, and another version", 2, false, "first", "patches"],
    ["everything, by another version", 2, true, "version", "patches"],
  ] as const)("%s", async (_, machine, hasState, recovered, mode) => {
    await using running = await testServer();
    const ada = await enter(running, "Ada");
    const { since, ...place } = ada.place;
    await vanish(running, ada);
    const back = new TestClient(meeting, running.url(), { ...place, machine, ...(hasState && since !== undefined ? { since } : {}) });
    await back.until(() => back.welcome !== undefined, "the welcome");
    expect(back.welcome).toMatchObject({ recovered, mode });
  });
});

test("[HELLO-4] fates are told again for the seqs that are open, and only for those", async () => {
  await using running = await testServer();
  const ada = await enter(running, "Ada");
  for (let i = 0; i < 3; i++) expect(await ada.do({ type: "meeting.start" })).toMatchObject({ ok: false, guard: "isHost" });
  const place = ada.place;
  await vanish(running, ada);
  const back = ada.resumed(running.url(), { openSeq: 2 });
  await back.until(() => back.welcome !== undefined, "the welcome");
  expect(back.welcome).toMatchObject({ acked: 3, refused: [{ seq: 2 }, { seq: 3 }] });
  await vanish(running, back);
  const settled = new TestClient(meeting, running.url(), place);
  await settled.until(() => settled.welcome !== undefined, "the welcome");
  expect(settled.welcome).toMatchObject({ acked: 3, refused: [] });
});

describe("[HELLO-6] [L9] who somebody is", () => {
  test("a guest's token is its name; user and role are the server's", async () => {
    await using running = await testServer();
    const ada = await enter(running, "Host Ada", { client: "a1" });
    expect(ada.welcome).toMatchObject({ user: "guest-a1", role: "host" });
    expect(meetingOf(ada).participants).toMatchObject({ "guest-a1": { name: "Host Ada", role: "host" } });
  });

  test.each(["user", "role", "name", "by", "who"])("a hello with its own '%s' is refused as a whole", async (key) => {
    await using running = await testServer();
    const ada = new TestClient(meeting, running.url(), { client: "ada", hello: false });
    await ada.until(() => ada.socket.readyState === WebSocket.OPEN, "open");
    ada.raw({ type: "hello", payload: { protocol: 1, client: "ada", machine: 1, nextSeq: 1, token: "Ada", [key]: "host" } });
    expect((await ada.next("error", 0)).payload).toMatchObject({ code: "INVALID_ARGUMENT" });
    ada.hello();
    await ada.until(() => ada.isReady, "the welcome to an honest one");
    expect(ada.welcome?.role).toBe("member");
  });

  test.each(["", " ", "\u202eadA", "x".repeat(65), "\u200b"])("the name %j is none: 4401", async (token) => {
    await using running = await testServer();
    expect(await turnedAway(running, { client: "ada", token })).toMatchObject({ code: 4401, closing: [{ code: "UNAUTHENTICATED" }] });
  });
});

describe("[HELLO-7] who may come in", () => {
  test("not signed in: 4401", async () => {
    await using running = await testServer({ auth: byName });
    expect(await turnedAway(running, { client: "ada" })).toMatchObject({ code: 4401, closing: [{ code: "UNAUTHENTICATED" }] });
  });

  test("signed in, but not for this room: 4403", async () => {
    await using running = await testServer({ auth: byName });
    expect(await turnedAway(running, { client: "m", token: "Mallory" })).toMatchObject({
      code: 4403,
      closing: [{ code: "PERMISSION_DENIED" }],
    });
  });

  test("a sign-in that fails: 1011, an alarm, and the next one is served", async () => {
    let asked = 0;
    const authenticate: typeof byName.authenticate = (credentials) => {
      if (asked++ === 0) throw new Error("the directory is down");
      return byName.authenticate(credentials);
    };
    await using running = await testServer({ auth: { ...byName, authenticate } });
    expect(await turnedAway(running, { client: "ada", token: "Ada" })).toMatchObject({ code: 1011, closing: [{ code: "INTERNAL" }] });
    expect(running.alarms).toMatchObject([{ code: "server", message: "failed on hello" }]);
    await enter(running, "Ada");
  });

  test("the machine refuses: 4403 with guard and reason, and nothing changes", async () => {
    await using running = await testServer();
    const host = await enter(running, "Host");
    await host.do({ type: "meeting.lock", locked: true });
    const before = serverRev(running);
    expect(await turnedAway(running, { client: "ben", token: "Ben" })).toEqual({
      code: 4403,
      closing: [
        { code: "PERMISSION_DENIED", refusal: "guard", guard: "notLocked", reason: "The meeting is locked; nobody new may come in." },
      ],
    });
    expect(serverRev(running)).toBe(before);
    expect(running.server.stats()).toMatchObject({ joinsRefused: 1 });
    await host.do({ type: "meeting.lock", locked: false });
    await enter(running, "Ben");
  });
});
