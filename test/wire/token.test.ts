import { describe, expect, test } from "bun:test";
import type { Auth, Credentials, Principal, Role } from "../../src/gateway/auth.ts";
import { memory } from "../../src/journal/memory.ts";
import { meeting } from "../../src/meeting/room.ts";
import { defaultLimits } from "../../src/protocol/limits.ts";
import { VirtualClock } from "../../src/testing/clock.ts";
import { TestClient } from "../support/client.ts";
import { eventually } from "../support/eventually.ts";
import { FaultyJournal } from "../support/faulty-journal.ts";
import { type TestServer, testServer } from "../support/server.ts";
import { enter, serverRev, sessionOf } from "./people.ts";

interface Known extends Principal {
  /** `undefined`: may not enter. */
  readonly role: Role | undefined;
}

/** A sign-in that knows tokens, can be held up, and fails where it is told to. */
class SignIns implements Auth {
  readonly known = new Map<string | undefined, Known | Error>();
  readonly held = new Map<string, () => void>();
  readonly holds = new Set<string>();
  readonly asked: Credentials[] = [];

  constructor(known: Readonly<Record<string, Partial<Known> | Error>>) {
    const ada: Known = { user: "ada", name: "Ada", role: "member" };
    for (const [token, about] of Object.entries(known)) this.known.set(token, about instanceof Error ? about : { ...ada, ...about });
    this.known.set("Ben", { user: "ben", name: "Ben", role: "member" });
  }

  async authenticate(credentials: Credentials): Promise<Principal | undefined> {
    const { token = "" } = credentials;
    this.asked.push(credentials);
    if (this.holds.has(token)) await new Promise<void>((resolve) => this.held.set(token, resolve));
    const found = this.known.get(token);
    if (found instanceof Error) throw found;
    return found;
  }

  authorize(principal: Principal): Role | undefined {
    return (principal as Known).role;
  }
}

/** Virtual time stands still, so a flush must not wait for it. */
const still = { broadcastWindowMinMs: 0, flushUs: 0, flushUsPerSession: 0 };
const say = (text: string) => ({ type: "chat.send", text });
const show = (client: TestClient, token: string): void => client.raw({ type: "token", payload: { token } });
const enterAda = (running: TestServer): Promise<TestClient> => enter(running, "Ada", { token: "first" });
const opsOf = (client: TestClient): string[] =>
  client.of("delta").flatMap(({ payload }) => payload.ops.map((op: [number, number, { type: string }]) => op[2].type));

/** Every frame so far is answered: what was not told by now was not told before it. */
async function answered(client: TestClient): Promise<void> {
  const pongs = client.of("pong").length;
  client.raw({ type: "ping", payload: { rev: client.rev } });
  await client.until(() => client.of("pong").length > pongs, "a pong");
}

describe("[TOKEN-1] [RENEW-1] a new token in a live connection", () => {
  test("is asked about with the upgrade's request; the session lives on, and nobody else hears of it", async () => {
    const auth = new SignIns({ first: { expiresAt: 4_000_000_000_000 }, second: { expiresAt: 4_000_000_000_001 }, third: {} });
    await using running = await testServer({ auth });
    const ada = await enter(running, "Ada", { token: "first", headers: { "x-device": "phone" } });
    expect(ada.welcome?.expiresAt).toBe(4_000_000_000_000);
    show(ada, "second");
    expect((await ada.next("renewed", 0)).payload).toEqual({ expiresAt: 4_000_000_000_001 });
    const from = ada.frames.length;
    show(ada, "third");
    expect((await ada.next("renewed", from)).payload).toEqual({});
    expect(auth.asked.map(({ token, client, request }) => [token, client, request.headers.get("x-device")])).toEqual(
      ["first", "second", "third"].map((token) => [token, "ada", "phone"]),
    );
    expect(serverRev(running)).toBe(1);
    expect(await ada.do(say("still here"))).toMatchObject({ ok: true, rev: 2 });
    expect(sessionOf(running, "ada").id).toBe(ada.welcome?.session ?? "");
  });

  test("[WEL-4] a sign-in without an end has no expiresAt", async () => {
    await using running = await testServer({ auth: new SignIns({ first: {} }) });
    expect((await enterAda(running)).welcome).not.toHaveProperty("expiresAt");
  });

  test("the other frames go on while it is asked about", async () => {
    const auth = new SignIns({ first: {}, slow: {} });
    auth.holds.add("slow");
    await using running = await testServer({ auth });
    const ada = await enterAda(running);
    show(ada, "slow");
    for (const text of ["one", "two"]) expect(await ada.do(say(text))).toMatchObject({ ok: true });
    expect(ada.of("renewed")).toEqual([]);
    auth.held.get("slow")?.();
    await ada.next("renewed", 0);
  });

  test.each([
    ["the earlier one is known first", ["early", "late"]],
    ["the later one is known first", ["late", "early"]],
  ] as const)("a later one takes an earlier one's place: %s", async (_, order) => {
    // What becomes of the earlier one would be the end of the connection.
    const auth = new SignIns({ first: {}, late: { expiresAt: 4_000_000_000_000 } });
    for (const token of ["early", "late"]) auth.holds.add(token);
    await using running = await testServer({ auth });
    const ada = await enterAda(running);
    show(ada, "early");
    show(ada, "late");
    await eventually(() => auth.held.size === 2, "both are asked about");
    for (const token of order) {
      auth.held.get(token)?.();
      await answered(ada);
    }
    await ada.until(() => ada.of("renewed").length > 0, "the answer");
    expect(ada.of("renewed").map(({ payload }) => payload)).toEqual([{ expiresAt: 4_000_000_000_000 }]);
    expect(ada.of("error")).toEqual([]);
    expect(ada.closed).toBeUndefined();
    expect(await ada.do(say("still here"))).toMatchObject({ ok: true });
  });

  test("not before the hello, and not before the welcome", async () => {
    const journal = new FaultyJournal();
    const auth = new SignIns({ first: {}, second: {} });
    await using running = await testServer({ auth, journal: journal.factory(memory()) });
    const ada = new TestClient(meeting, running.url(), { client: "ada", token: "first", hello: false });
    await ada.until(() => ada.socket.readyState === WebSocket.OPEN, "open");
    show(ada, "second");
    expect((await ada.next("error", 0)).payload).toMatchObject({ code: "FAILED_PRECONDITION" });
    journal.faults.push("held");
    ada.hello();
    await eventually(() => journal.held.length === 1, "the join's append");
    const from = ada.frames.length;
    show(ada, "second");
    expect((await ada.next("error", from)).payload).toMatchObject({ code: "FAILED_PRECONDITION" });
    for (const go of journal.held.splice(0)) go();
    await ada.until(() => ada.isReady, "the welcome");
    expect(auth.asked.map(({ token }) => token)).toEqual(["first"]);
  });

  test("has at most 8,192 characters", async () => {
    const longest = "x".repeat(8_192);
    await using running = await testServer({ auth: new SignIns({ first: {}, [longest]: {} }) });
    const ada = await enterAda(running);
    show(ada, `${longest}x`);
    expect((await ada.next("error", 0)).payload).toMatchObject({ code: "INVALID_ARGUMENT" });
    show(ada, longest);
    await ada.next("renewed", 0);
  });

  test("a connection that is gone when the answer comes is left in peace", async () => {
    const auth = new SignIns({ first: {}, slow: new Error("too late to matter") });
    auth.holds.add("slow").add("refused");
    await using running = await testServer({ auth });
    const ben = await enter(running, "Ben");
    const ada = await enterAda(running);
    for (const token of ["refused", "slow"]) show(ada, token);
    await eventually(() => auth.held.size === 2, "both are asked about");
    const resumed = ada.resumed(running.url());
    expect((await ada.end()).code).toBe(4409);
    for (const go of auth.held.values()) go();
    await resumed.until(() => resumed.welcome !== undefined, "the newer connection");
    expect(await resumed.do(say("one session"))).toMatchObject({ ok: true });
    await ben.until(() => opsOf(ben).includes("chat.send"), "the message");
    expect(opsOf(ben)).toEqual(["participant.joined", "chat.send"]);
    expect(running.alarms).toMatchObject([{ code: "server", message: "failed on token" }]);
  });
});

describe("[TOKEN-2] [L9] what changes nothing", () => {
  test.each([
    ["another user", { user: "mallory", expiresAt: 5_000_000_000_000 }],
    ["another user, who may not enter at all", { user: "mallory", role: undefined }],
  ] as const)("a token of %s: PERMISSION_DENIED", async (_, other) => {
    const clock = new VirtualClock();
    const auth = new SignIns({ first: { expiresAt: clock.now() + 10_000 }, other });
    await using running = await testServer({ auth, clock, limits: still });
    const ada = await enterAda(running);
    show(ada, "other");
    const { payload } = await ada.next("error", 0);
    expect(payload).toMatchObject({ code: "PERMISSION_DENIED", retryable: false, message: expect.stringContaining("another user") });
    expect(await ada.do(say("as myself"))).toMatchObject({ ok: true });
    expect(sessionOf(running, "ada").identity).toEqual({ user: "ada", name: "Ada", role: "member" });
    // The end of the old sign-in is where it was.
    await clock.advance(11_000);
    expect((await ada.end()).code).toBe(4401);
  });

  test.each([
    ["throws", new Error("the directory is down, password hunter2")],
    ["gives an end that is no time", { expiresAt: Number.NaN }],
    ["gives an end that no frame can carry", { expiresAt: Number.POSITIVE_INFINITY }],
  ])("a sign-in that %s: INTERNAL, an alarm, and the next token is looked at", async (_, bad) => {
    await using running = await testServer({ auth: new SignIns({ first: {}, bad, good: {} }) });
    const ada = await enterAda(running);
    show(ada, "bad");
    expect((await ada.next("error", 0)).payload).toMatchObject({ code: "INTERNAL", retryable: false });
    expect(JSON.stringify(ada.frames)).not.toContain("hunter2");
    expect(running.alarms).toMatchObject([{ code: "server", message: "failed on token" }]);
    expect(await ada.do(say("as before"))).toMatchObject({ ok: true });
    show(ada, "good");
    await ada.next("renewed", 0);
  });
});

describe("[TOKEN-3] [CLOSE-2] what ends the connection", () => {
  test("a token that is not accepted: 4401; the place is kept for the grace", async () => {
    await using running = await testServer({ auth: new SignIns({ first: {} }) });
    const ben = await enter(running, "Ben");
    const ada = await enterAda(running);
    show(ada, "nobody's");
    expect((await ada.end()).code).toBe(4401);
    expect(ada.frames.at(-1)).toMatchObject({ type: "closing", payload: { code: "UNAUTHENTICATED" } });
    const back = ada.resumed(running.url());
    await back.until(() => back.welcome !== undefined, "the welcome");
    expect(back.welcome).toMatchObject({ session: ada.welcome?.session, recovered: "resumed" });
    await ben.until(() => opsOf(ben).includes("participant.back"), "she is back");
    expect(opsOf(ben)).toEqual(["participant.joined", "participant.away", "participant.back"]);
  });

  test("a token whose time has passed: 4401, also at a hello, of which nobody hears", async () => {
    const clock = new VirtualClock();
    const auth = new SignIns({ first: {}, old: { expiresAt: clock.now() } });
    await using running = await testServer({ auth, clock, limits: still });
    const ada = await enterAda(running);
    const late = new TestClient(meeting, running.url(), { client: "late", token: "old" });
    expect((await late.end()).code).toBe(4401);
    expect(late.of("closing")).toMatchObject([{ payload: { code: "UNAUTHENTICATED", reason: "Your sign-in has expired." } }]);
    expect(serverRev(running)).toBe(1);
    show(ada, "old");
    expect((await ada.end()).code).toBe(4401);
  });

  test("no role in this room any more: 4403", async () => {
    await using running = await testServer({ auth: new SignIns({ first: {}, gone: { role: undefined } }) });
    const ada = await enterAda(running);
    show(ada, "gone");
    expect((await ada.end()).code).toBe(4403);
    expect(ada.frames.at(-1)).toMatchObject({ type: "closing", payload: { code: "PERMISSION_DENIED" } });
  });

  test.each([
    ["role", { role: "observer" }],
    ["name", { name: "Ada L." }],
  ] as const)("another %s: the session ends, and the client comes again as what it is now", async (_, now) => {
    await using running = await testServer({ auth: new SignIns({ first: {}, changed: now }) });
    const ben = await enter(running, "Ben");
    const ada = await enterAda(running);
    show(ada, "changed");
    expect((await ada.end()).code).toBe(1012);
    expect(ada.frames.at(-1)).toMatchObject({ type: "closing", payload: { code: "ABORTED" } });
    const back = ada.resumed(running.url(), { token: "changed" });
    await back.until(() => back.welcome !== undefined, "the welcome");
    expect(back.welcome?.session).not.toBe(ada.welcome?.session);
    await ben.until(() => opsOf(ben).length === 3, "she came again");
    expect(opsOf(ben)).toEqual(["participant.joined", "participant.left", "participant.joined"]);
    expect(sessionOf(running, "ada").identity).toEqual({ user: "ada", name: "Ada", role: "member", ...now });
  });
});

test("[TOKEN-4] over the rate a token is not looked at, and the answer says when to try again", async () => {
  const clock = new VirtualClock();
  const auth = new SignIns({ first: {}, next: {} });
  await using running = await testServer({ auth, clock, limits: still });
  const ada = await enterAda(running);
  const burst = defaultLimits.renewalsBurst;
  for (let i = 0; i <= burst; i++) show(ada, "next");
  const { payload } = await ada.next("error", 0);
  expect(payload).toMatchObject({ code: "RESOURCE_EXHAUSTED", retryable: true, retryAfterMs: 5_000 });
  expect([auth.asked.length, running.server.stats()["rateLimited.token"]]).toEqual([1 + burst, 1]);
  // The last one that was looked at is answered all the same.
  await ada.until(() => ada.of("renewed").length > 0, "its answer");
  await clock.advance(5_000);
  const from = ada.frames.length;
  show(ada, "next");
  await ada.next("renewed", from);
});

describe("[TOKEN-5] the end of a sign-in", () => {
  test("closes with 4401, not before; the place is kept, and a client with a better token goes on", async () => {
    const clock = new VirtualClock();
    const auth = new SignIns({ first: { expiresAt: clock.now() + 10_500 }, second: {} });
    await using running = await testServer({ auth, clock, limits: still });
    const ben = await enter(running, "Ben");
    const ada = await enterAda(running);
    await clock.advance(10_000);
    expect(await ada.do(say("in time"))).toMatchObject({ ok: true });
    expect(ada.closed).toBeUndefined();
    await clock.advance(1_000);
    expect((await ada.end()).code).toBe(4401);
    expect(ada.frames.at(-1)).toMatchObject({
      type: "closing",
      payload: { code: "UNAUTHENTICATED", reason: "Your sign-in has expired." },
    });
    await eventually(() => sessionOf(running, "ada").isStale, "a stale session");
    const back = ada.resumed(running.url(), { token: "second" });
    await back.until(() => back.welcome !== undefined, "the welcome");
    expect(back.welcome).toMatchObject({ session: ada.welcome?.session, recovered: "resumed" });
    await clock.advance(20_000);
    expect(back.closed).toBeUndefined();
    await ben.until(() => opsOf(ben).includes("participant.back"), "she is back");
    expect(opsOf(ben)).toEqual(["participant.joined", "chat.send", "participant.away", "participant.back"]);
  });

  test("a token in time moves it", async () => {
    const clock = new VirtualClock();
    const start = clock.now();
    const auth = new SignIns({ first: { expiresAt: start + 10_000 }, second: { expiresAt: start + 20_000 } });
    await using running = await testServer({ auth, clock, limits: still });
    const ada = await enterAda(running);
    await clock.advance(5_000);
    show(ada, "second");
    await ada.next("renewed", 0);
    await clock.advance(14_000);
    await answered(ada);
    expect(ada.closed).toBeUndefined();
    await clock.advance(1_000);
    expect((await ada.end()).code).toBe(4401);
  });

  test("it is a time of the wall clock", async () => {
    const clock = new VirtualClock();
    const auth = new SignIns({ first: { expiresAt: clock.now() + 3_600_000 } });
    await using running = await testServer({ auth, clock, limits: still });
    const ada = await enterAda(running);
    clock.jumpWall(3_600_000);
    await clock.advance(1_000);
    expect((await ada.end()).code).toBe(4401);
  });
});
