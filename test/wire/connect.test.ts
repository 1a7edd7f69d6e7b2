import { describe, expect, test } from "bun:test";
import { memory } from "../../src/journal/memory.ts";
import { meeting } from "../../src/meeting/room.ts";
import { TestClient } from "../support/client.ts";
import { eventually } from "../support/eventually.ts";
import { FaultyJournal } from "../support/faulty-journal.ts";
import { RawClient } from "../support/raw-client.ts";
import { type TestServer, testServer } from "../support/server.ts";
import { byName, enter } from "./people.ts";

const statusOf = async (running: TestServer, path: string, headers: Record<string, string | undefined> = {}): Promise<number> => {
  const client = await RawClient.ask(running.http(path), headers);
  client.drop();
  return client.answer.status;
};

describe("[CONN-1] [CONN-2] the path is /rooms/<type>/<id>", () => {
  test.each(["a", "7", "A.b_c-1", "x".repeat(64)])("%s is an id", async (id) => {
    await using running = await testServer();
    const client = await TestClient.join(meeting, running.url(`meeting/${id}`), { client: "a", token: "Ada" });
    expect(client.welcome?.recovered).toBe("first");
  });

  test.each([
    ["x".repeat(65), 400],
    ["_a", 400],
    [".a", 400],
    ["-a", 400],
    ["a%20b", 400],
    ["a%2fb", 400],
    ["%00", 400],
    ["", 400],
  ])("%s is none", async (id, status) => {
    await using running = await testServer();
    expect(await statusOf(running, `/rooms/meeting/${id}`)).toBe(status);
    expect(running.server.stats()).toMatchObject({ [`upgradesRefused.${status}`]: 1, roomsNow: 0 });
  });

  test.each([
    ["no such type", "/rooms/chess/a", {}, 404],
    ["a property of Object", "/rooms/constructor/a", {}, 404],
    ["no room at all", "/rooms/meeting", {}, 404],
    ["too long a path", "/rooms/meeting/a/b", {}, 404],
    ["no upgrade asked for", "/rooms/meeting/a", { upgrade: undefined, connection: undefined }, 426],
  ])("%s", async (_, path, headers, status) => {
    await using running = await testServer();
    expect(await statusOf(running, path, headers)).toBe(status);
  });

  test("two ids are two rooms", async () => {
    await using running = await testServer();
    const ada = await enter(running, "Ada");
    const ben = await TestClient.join(meeting, running.url("meeting/other"), { client: "ben", token: "Ben" });
    await ada.do({ type: "chat.send", text: "to this room alone" });
    await ben.do({ type: "chat.send", text: "over there" });
    expect(JSON.stringify(ben.frames)).not.toContain("alone");
    expect(ada.epoch).not.toBe(ben.epoch);
  });
});

describe("[CONN-3] origins", () => {
  const at = (running: TestServer, origin: string) => origin.replaceAll("PORT", new URL(running.http("/")).port);

  test.each(["http://127.0.0.1:PORT", "http://localhost:PORT", "http://[::1]:PORT"])(
    "a loopback server lets in its own page %s",
    async (origin) => {
      await using running = await testServer();
      expect(await statusOf(running, "/rooms/meeting/a", { origin: at(running, origin) })).toBe(101);
    },
  );

  test("a request without one comes from no page", async () => {
    await using running = await testServer({ origins: ["https://example.com"] });
    expect(await statusOf(running, "/rooms/meeting/a")).toBe(101);
    expect(await statusOf(running, "/rooms/meeting/a", { origin: "https://example.com" })).toBe(101);
  });

  test.each([
    "https://evil.example",
    "null",
    "",
    "https://example.com.evil.example",
    "https://evil-example.com",
    "http://example.com",
    "https://example.com:444",
    "https://example.com/",
    "https://EXAMPLE.com",
    "http://127.0.0.1:PORT",
  ])("'%s' is not on the list", async (origin) => {
    await using running = await testServer({ origins: ["https://example.com"] });
    expect(await statusOf(running, "/rooms/meeting/a", { origin: at(running, origin) })).toBe(403);
    expect(running.server.stats()).toMatchObject({ "upgradesRefused.403": 1 });
  });
});

describe("[CONN-2] [L11] limits of connections", () => {
  test("too many of one address: 429 and Retry-After, until one of them goes", async () => {
    await using running = await testServer({ limits: { connectionsPerAddressMax: 2 } });
    const ada = await enter(running, "Ada");
    await enter(running, "Ben");
    const third = await RawClient.ask(running.url());
    expect([third.answer.status, third.answer.headers.get("retry-after")]).toEqual([429, "5"]);
    ada.vanish();
    await eventually(() => running.server.stats()["connectionsNow"] === 1, "one connection less");
    expect((await enter(running, "Cy")).welcome).toBeDefined();
  });

  test("too many in all: 503 and Retry-After", async () => {
    await using running = await testServer({ limits: { connectionsMax: 1 } });
    await enter(running, "Ada");
    const second = await RawClient.ask(running.url());
    expect([second.answer.status, second.answer.headers.get("retry-after")]).toEqual([503, "5"]);
  });

  test("too many of one user: 4429, others still come in, and so does that user once there is space", async () => {
    await using running = await testServer({ auth: byName, limits: { connectionsPerUserMax: 1 } });
    const ada = await enter(running, "Ada");
    const again = new TestClient(meeting, running.url(), { client: "ada2", token: "Ada" });
    expect((await again.end()).code).toBe(4429);
    expect(again.of("closing")).toMatchObject([{ payload: { code: "RESOURCE_EXHAUSTED", retryAfterMs: 5_000 } }]);
    expect((await enter(running, "Ben")).welcome).toBeDefined();
    ada.raw({ type: "bye", payload: {} });
    await ada.end();
    expect((await enter(running, "Ada", { client: "ada3" })).welcome).toBeDefined();
  });

  test("a room that is full: 4429", async () => {
    await using running = await testServer({ limits: { clientsMax: 1 } });
    await enter(running, "Ada");
    const ben = new TestClient(meeting, running.url(), { client: "ben", token: "Ben" });
    expect((await ben.end()).code).toBe(4429);
  });

  test("a server that stops: newcomers get 503, what was decided is told, everyone is told to come again [CLOSE-2]", async () => {
    const journal = new FaultyJournal();
    await using running = await testServer({ journal: journal.factory(memory()) });
    const ada = await enter(running, "Ada");
    journal.faults.push("held");
    const seq = ada.send({ type: "chat.send", text: "the last word" });
    await eventually(() => journal.held.length === 1, "the append");
    const stopped = running.server.stop();
    const late = await RawClient.ask(running.url());
    expect([late.answer.status, late.answer.headers.get("retry-after")]).toEqual([503, "1"]);
    expect((await fetch(running.http("/readyz"))).status).toBe(503);
    journal.held.splice(0).forEach((go) => void go());
    expect(await ada.fate(seq)).toMatchObject({ ok: true });
    expect((await ada.end()).code).toBe(1012);
    expect(ada.frames.at(-1)).toMatchObject({ type: "closing", payload: { code: "UNAVAILABLE", retryAfterMs: 1_000 } });
    await stopped;
  });
});

describe("[CONN-4] frames", () => {
  test("compression is not offered, even if asked for", async () => {
    await using running = await testServer();
    const client = await RawClient.ask(running.url(), { "sec-websocket-extensions": "permessage-deflate; client_max_window_bits" });
    expect(client.answer.status).toBe(101);
    expect(client.answer.headers.get("sec-websocket-extensions")).toBeUndefined();
  });

  test("a client's meta is allowed", async () => {
    await using running = await testServer();
    const ada = await enter(running, "Ada");
    ada.raw({ type: "ping", meta: { timestamp: 1, correlationId: "x" }, payload: { rev: ada.rev } });
    expect((await ada.next("pong", 0)).payload).toEqual({ rev: ada.rev });
  });
});

describe("[CONN-5] the size of a frame", () => {
  const frame = (bytes: number) => {
    const head = '{"type":"command","payload":{"seq":1,"event":{"type":"chat.send","text":"';
    return `${head}${"x".repeat(bytes - head.length - 4)}"}}}`;
  };

  test("64 KiB are read", async () => {
    await using running = await testServer();
    const ada = await enter(running, "Ada");
    ada.raw(frame(64 * 1024));
    expect(await ada.fate(1)).toMatchObject({ ok: false, code: "payload" });
  });

  test("one byte more closes with 1009", async () => {
    await using running = await testServer();
    const ada = await enter(running, "Ada");
    ada.raw(frame(64 * 1024 + 1));
    expect((await ada.end()).code).toBe(1009);
  });

  test("2,000 keys are read, 32 levels are read", async () => {
    await using running = await testServer();
    const ada = await enter(running, "Ada");
    ada.raw({ type: "command", payload: { seq: 1, event: { type: "chat.send", text: Array(2_000).fill(0) } } });
    expect(await ada.fate(1)).toMatchObject({ ok: false, code: "payload" });
    ada.raw(`{"type":"command","payload":{"seq":2,"event":{"type":"chat.send","text":${"[".repeat(29)}${"]".repeat(29)}}}}`);
    expect(await ada.fate(2)).toMatchObject({ ok: false, code: "payload" });
  });
});

describe("[CONN-6] what is no text frame at all", () => {
  const mask = [0, 0, 0, 0];
  test.each([
    ["too big", [0x81, 0xff, 0, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff, ...mask], 1009],
    ["not masked", [0x81, 0x02, 0x7b, 0x7d], 1002],
    ["of a kind that does not exist", [0x83, 0x80, ...mask], 1002],
    ["with a bit that nobody agreed on", [0xc1, 0x80, ...mask], 1002],
    ["not UTF-8", [0x81, 0x82, ...mask, 0xff, 0xfe], 1007],
  ])("%s: closed by its code, counted, and nothing changes", async (_, bytes, code) => {
    await using running = await testServer();
    const ada = await enter(running, "Ada");
    const raw = await RawClient.hello(running.url(), { client: "raw", token: "Raw" });
    await eventually(() => raw.of("snapshot").length === 1, "the snapshot");
    raw.sendBytes(bytes);
    await eventually(() => raw.ended, "the close");
    expect(raw.closeCode).toBe(code);
    expect(running.server.stats()).toMatchObject({ "badFrames.transport": 1 });
    expect(await ada.do({ type: "chat.send", text: "all is well" })).toMatchObject({ ok: true });
    expect(running.alarms).toEqual([]);
  });

  test("who simply vanishes is not counted so", async () => {
    await using running = await testServer();
    const ada = await enter(running, "Ada");
    ada.vanish();
    await eventually(() => running.server.stats()["connectionsNow"] === 0, "gone");
    expect(running.server.stats()).not.toHaveProperty(["badFrames.transport"]);
  });
});
