/** The six patterns of the field, by name, on real sockets. */
import { describe, expect, test } from "bun:test";
import * as v from "valibot";
import { assign, setup } from "xstate";
import { meeting } from "../../src/meeting/room.ts";
import type { CommandEvent, SystemEvent } from "../../src/room/commands.ts";
import { defineRoom } from "../../src/room/define-room.ts";
import { hidden, type Secret } from "../../src/room/secret.ts";
import { TestClient, together } from "../support/client.ts";
import { roleByName, testServer } from "../support/server.ts";

const fast = { limits: { commandsBurst: 10_000, commandsPerSecond: 100_000 } };

describe("throttled broadcast", () => {
  test("a burst of several writers makes far fewer frames than ops, and an idle room flushes at once", async () => {
    await using running = await testServer(fast);
    const writers = await Promise.all(
      ["a", "b", "c", "d"].map((client) => TestClient.join(meeting, running.url(), { client, token: client })),
    );
    const watcher = await TestClient.join(meeting, running.url(), { client: "w", token: "Watcher" });
    await together(watcher, ...writers);
    const before = { rev: watcher.rev, frames: watcher.of("delta").length };
    for (let i = 0; i < 100; i++) for (const writer of writers) writer.send({ type: "chat.send", text: `${i}` });
    await watcher.until(() => watcher.rev === before.rev + 400, "400 ops");
    const frames = watcher.of("delta").length - before.frames;
    expect(frames).toBeLessThan(80);
    expect(watcher.gaps).toBe(0);
    // Idle: one command, one frame.
    const [writer] = writers;
    await writer?.do({ type: "react", emoji: "👍" });
    await watcher.until(() => watcher.rev === before.rev + 401, "the reaction");
    expect(watcher.of("delta").length - before.frames).toBe(frames + 1);
  });

  test("presence is coalesced in the same window: many moves, few frames, the last one wins", async () => {
    await using running = await testServer({ limits: { presenceBurst: 1_000, presencePerSecond: 1_000 } });
    const ada = await TestClient.join(meeting, running.url(), { client: "a", token: "Ada" });
    const ben = await TestClient.join(meeting, running.url(), { client: "b", token: "Ben" });
    for (let i = 1; i <= 300; i++) ada.raw({ type: "presence", payload: { state: { cursor: [i, i] } } });
    await ben.until(() => JSON.stringify(ben.presence.get(1)) === '{"cursor":[300,300]}', "the last move");
    expect(ben.of("presence").length).toBeLessThan(60);
    expect(ben.rev).toBe(2);
    ada.raw({ type: "presence", payload: { state: null } });
    await ben.until(() => ben.presence.size === 0, "gone");

    // A newcomer is told what is there now.
    ben.raw({ type: "presence", payload: { state: { typing: true } } });
    await ada.until(() => ada.presence.size === 1, "typing");
    const cyn = await TestClient.join(meeting, running.url(), { client: "c", token: "Cyn" });
    await cyn.until(() => cyn.presence.size === 1, "the presence there is");
    ben.close();
    await cyn.until(() => cyn.presence.size === 0, "it expires with its session");
  });
});

describe("dual store", () => {
  test("the domain knows nothing of sockets: sessions come, die and are replaced, and it hears of people only", async () => {
    await using running = await testServer({ limits: { graceMs: 100, sweepEveryMs: 20 } });
    const ada = await TestClient.join(meeting, running.url(), { client: "a", token: "Ada" });
    const ben = await TestClient.join(meeting, running.url(), { client: "b", token: "Ben" });
    const [room] = running.server.rooms;
    expect([...(room?.sessions ?? [])].map(({ client, state }) => [client, state])).toEqual([
      ["a", "live"],
      ["b", "live"],
    ]);
    const words = /socket|session(?!s"?:1)|topic|buffer|lastSeen|heartbeat|address/i;
    expect(ada.state).not.toMatch(words);
    await together(ada, ben);
    ben.vanish();
    await ada.until(() => !ada.state.includes("guest-b"), "Ben left");
    const heard = ada.of("delta").flatMap(({ payload }) => payload.ops.map((op: [number, number, { type: string }]) => op[2].type));
    expect(heard).toEqual(["participant.joined", "participant.away", "participant.left"]);
    expect([...(room?.sessions ?? [])].map(({ client }) => client)).toEqual(["a"]);
  });
});

describe("revision deltas", () => {
  test("from a ring, with a snapshot as fallback; a gap is seen by the client and healed", async () => {
    await using running = await testServer({ limits: { ...fast.limits, ringOpsMax: 20 } });
    const ada = await TestClient.join(meeting, running.url(), { client: "a", token: "Ada" });
    const outcomes: (string | undefined)[] = [];
    for (const missed of [5, 50]) {
      const ben = await TestClient.join(meeting, running.url(), { client: `b${missed}`, token: "Ben" });
      ben.vanish();
      await ben.end();
      const until = ada.seq + missed;
      while (ada.seq < until) ada.send({ type: "chat.send", text: "x" });
      await ada.until(() => ada.fates.has(until), "all decided");
      const back = ben.resumed(running.url());
      await back.until(() => back.rev >= ada.rev, "in step");
      outcomes.push(back.welcome?.recovered);
      await together(ada, back);
      expect(back.state).toBe(ada.state);
      back.rev -= 1; // as if a frame had been lost
      await ada.do({ type: "react", emoji: "👍" });
      await back.until(() => back.gaps === 1, "the gap");
      back.raw({ type: "resync", payload: { reason: "gap" } });
      await back.until(() => back.of("snapshot").at(-1)?.payload.reason === "gap", "healed");
      await together(ada, back);
      expect(back.state).toBe(ada.state);
      back.raw({ type: "bye", payload: {} });
      await back.end();
    }
    expect(outcomes).toEqual(["resumed", "beyondRing"]);
  });
});

describe("per-client personalisation", () => {
  const secretText = "the-answer-is-42";
  const commands = { guess: { text: v.string() } };
  const quiz = defineRoom({
    type: "quiz",
    version: 1,
    machine: setup({
      types: {} as {
        context: { answer: Secret<string>; guesses: number; first: string };
        events: CommandEvent<typeof commands> | SystemEvent;
      },
      guards: { isPlayer: ({ event }) => event.by.role !== "observer" },
    }).createMachine({
      id: "quiz",
      context: { answer: secretText, guesses: 0, first: "" },
      on: {
        guess: {
          guard: "isPlayer",
          actions: assign({ guesses: ({ context }) => context.guesses + 1, first: ({ context, event }) => context.first || event.text }),
        },
      },
    }),
    commands,
    reasons: { isPlayer: "You only watch." },
    audience: ({ role }) => (role === "host" ? "hosts" : "players"),
    view: ({ context }, audience) => (audience === "hosts" ? context : { ...context, answer: hidden }),
  });

  test("[L8] two audiences, two views of one state; what is hidden is in none of the other's frames", async () => {
    await using running = await testServer({ rooms: [quiz] });
    const url = running.url("quiz/q");
    const host = await TestClient.join(quiz, url, { client: "h", token: "Host" });
    const player = await TestClient.join(quiz, url, { client: "p", token: "Pia" });
    player.send({ type: "guess", text: "41" });
    const patched = (client: TestClient) => client.document?.context as { guesses: number; [key: string]: unknown } | undefined;
    await host.until(() => patched(host)?.guesses === 1, "the host's view");
    await player.until(() => patched(player)?.guesses === 1, "the player's view");
    expect(patched(host)).toEqual({ answer: secretText, guesses: 1, first: "41" });
    expect(patched(player)).toEqual({ answer: { $hidden: true }, guesses: 1, first: "41" });
    expect(player.of("own"), "its own command is acknowledged, before the delta that shows it").toMatchObject([{ payload: { acks: [1] } }]);
    expect(player.frames.at(-1)).toMatchObject({ type: "delta", payload: { to: player.of("own")[0]?.payload.rev } });
    expect(host.of("own")).toEqual([]);
    player.raw({ type: "resync", payload: { reason: "asked" } });
    await player.until(() => player.of("snapshot").length === 2, "a snapshot");
    expect(JSON.stringify(player.frames)).not.toContain(secretText);
    expect(JSON.stringify(host.frames)).toContain(secretText);
    // A refusal goes to its sender alone.
    const watcher = await TestClient.join(quiz, url, { client: "o", token: "Observer" });
    expect(await watcher.do({ type: "guess", text: "x" })).toMatchObject({ ok: false, guard: "isPlayer", reason: "You only watch." });
    expect([...host.of("refused"), ...player.of("refused")]).toEqual([]);
  });
});

describe("heartbeat with stale cleanup", () => {
  test("[LIVE-1] who does not answer is told to the callback, then closed, then leaves; who answers stays", async () => {
    const stale: string[] = [];
    let closedBefore = false;
    const silent = { value: undefined as TestClient | undefined };
    await using running = await testServer({
      limits: { pingEveryMs: 150, pongTimeoutMs: 100, sweepEveryMs: 10, graceMs: 150 },
      onStaleConnection: (session) => {
        stale.push(session.client);
        closedBefore = silent.value?.closed !== undefined;
      },
    });
    const ada = await TestClient.join(meeting, running.url(), { client: "a", token: "Ada" });
    // A client that is stopped: its socket stays open, but nothing answers.
    const stopped = Bun.spawn([process.execPath, "-e", stoppedClient(running.url())], { stdout: "pipe", stderr: "inherit" });
    await ada.until(() => ada.state.includes("guest-s"), "the other one joined");
    stopped.kill("SIGSTOP");
    await ada.until(() => ada.state.includes('"status":"away"'), "it is seen to be away");
    expect(stale).toEqual(["s"]);
    expect(closedBefore).toBe(false);
    await ada.until(() => !ada.state.includes("guest-s"), "it left after its grace");
    stopped.kill("SIGKILL");
    expect(running.server.stats()).toMatchObject({ heartbeatsMissed: 1, staleSessions: 1, connectionsNow: 1 });
    expect(ada.closed).toBeUndefined();
  });

  test("[HELLO-1] who says no hello in time is closed with 4408", async () => {
    await using running = await testServer({ limits: { helloTimeoutMs: 50, sweepEveryMs: 10 } });
    const mute = new TestClient(meeting, running.url(), { client: "m", hello: false });
    expect((await mute.end()).code).toBe(4408);
    expect(mute.of("closing")).toMatchObject([{ payload: { code: "DEADLINE_EXCEEDED" } }]);
  });
});

const stoppedClient = (url: string): string => `
  const socket = new WebSocket(${JSON.stringify(url)});
  socket.onopen = () => socket.send('{"type":"hello","payload":{"protocol":1,"client":"s","machine":1,"nextSeq":1,"token":"Sam"}}');
  setInterval(() => {}, 1000);
`;

describe("optimistic updates, the server's half", () => {
  test("a command has a seq and an id that are the same when predicted and when confirmed, and its fate can be asked for again", async () => {
    await using running = await testServer();
    const ada = await TestClient.join(meeting, running.url(), { client: "a", token: "Ada" });
    const seq = ada.send({ type: "chat.send", text: "hello" });
    expect(await ada.fate(seq)).toMatchObject({ ok: true });
    // What a client would have predicted: `<client>-<seq>`.
    expect(ada.state).toContain(`"id":"a-${seq}"`);
    expect(await ada.do({ type: "hand.lower" })).toMatchObject({ ok: false, code: "guard", reason: expect.stringContaining("hand") });
    ada.raw({ type: "command", payload: { seq: 2, event: { type: "hand.lower" } } });
    await ada.until(() => ada.of("refused").length === 2, "the same refusal");
    expect(ada.of("refused")[1]).toEqual(ada.of("refused")[0]);
    expect(ada.rev).toBe(2);
  });
});

describe("crowds", () => {
  test("1,000 clients that join at once make O(N) frames, not O(N²)", async () => {
    await using running = await testServer({ limits: { graceMs: 60_000 } });
    const clients = await Promise.all(
      Array.from({ length: 1_000 }, (_, i) => TestClient.join(meeting, running.url(), { client: `c${i}`, token: `N${i}`, replay: i < 3 })),
    );
    for (const client of clients) await client.until(() => client.rev === 1_000, "everyone is in", 30_000);
    const frames = clients.reduce((sum, client) => sum + client.frames.length, 0);
    // Each gets a welcome, a snapshot, and a delta per flush window that came after. O(N²) would be 500,000 deltas.
    expect(frames).toBeLessThan(1_000 * 60);
    expect(clients.reduce((sum, { gaps }) => sum + gaps, 0)).toBe(0);
    expect(new Set(clients.slice(0, 3).map(({ state }) => state)).size).toBe(1);
    expect(running.server.stats()).toMatchObject({ ops: 1_000, "snapshot.first": 1_000 });
    for (const client of clients) client.vanish();
  }, 60_000);

  test("one user in two tabs is one participant, until the last tab is gone", async () => {
    await using running = await testServer({
      auth: { authenticate: ({ token = "" }) => ({ user: token, name: token }), authorize: ({ name }) => roleByName(name) },
    });
    const one = await TestClient.join(meeting, running.url(), { client: "t1", token: "ada" });
    const two = await TestClient.join(meeting, running.url(), { client: "t2", token: "ada" });
    await one.until(() => one.state.includes('"sessions":2'), "two sessions");
    expect(two.state.match(/"name":"ada"/g)).toHaveLength(1);
    two.raw({ type: "bye", payload: {} });
    await one.until(() => one.state.includes('"sessions":1'), "one session");
    expect((await two.end()).code).toBe(1000);
    one.raw({ type: "bye", payload: {} });
    await one.end();
    const ben = await TestClient.join(meeting, running.url(), { client: "b", token: "ben" });
    expect(ben.state).not.toContain("ada");
  });
});

test("over the rate the last presence waits, and is not lost", async () => {
  await using running = await testServer({ limits: { presenceBurst: 3, presencePerSecond: 20, sweepEveryMs: 20 } });
  const ada = await TestClient.join(meeting, running.url(), { client: "a", token: "Ada" });
  const ben = await TestClient.join(meeting, running.url(), { client: "b", token: "Ben" });
  for (let i = 1; i <= 10; i++) ada.raw({ type: "presence", payload: { state: { cursor: [i, i] } } });
  await ben.until(() => JSON.stringify(ben.presence.get(1)) === '{"cursor":[10,10]}', "the last move");
  expect(running.server.stats()["rateLimited.presence"]).toBeGreaterThan(0);
});
