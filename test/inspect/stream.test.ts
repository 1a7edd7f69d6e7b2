/** What is told of rooms that run: who lives, what moves, why somebody was refused; live, and to whoever comes later. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { createMachine } from "xstate";
import type { ActorMessage, InspectMessage, RefusedMessage, RoomMessage } from "../../src/inspect/messages.ts";
import { meeting } from "../../src/meeting/room.ts";
import { TestClient } from "../support/client.ts";
import { type TestServer, testServer } from "../support/server.ts";
import { PageWatcher, token } from "./watcher.ts";

let it: TestServer;
let watcher: PageWatcher;
beforeEach(async () => {
  it = await testServer({ inspector: { admin: { port: 0, token } } });
  watcher = new PageWatcher(it.server);
  await watcher.until(() => actors(watcher.messages).length > 0);
});
afterEach(async () => {
  watcher.close();
  await it[Symbol.asyncDispose]();
});

const actors = (messages: readonly InspectMessage[]): ActorMessage[] => messages.filter((message) => message.type === "@xstate.actor");
const rooms = (): RoomMessage[] => watcher.messages.filter((message) => message.type === "quorate.room");
const refusals = (): RefusedMessage[] => watcher.messages.filter((message) => message.type === "quorate.refused");
const join = (client: string, name: string): Promise<TestClient> => TestClient.join(meeting, it.url(), { client, token: name });
const sessionOf = (client: string): string =>
  actors(watcher.messages).find(({ sessionId, name }) => sessionId.startsWith("session:") && name.endsWith(`(${client})`))?.sessionId ?? "";

test("the tree: server, room, domain and sessions, parents first, each with a definition that is a machine", async () => {
  const ada = await join("a", "Host Ada");
  const bob = await join("b", "Bob");
  await watcher.until(() => sessionOf("b") !== "" && watcher.valueOf(sessionOf("b")) !== undefined);
  const told = actors(watcher.messages);
  expect(told.map(({ sessionId, parentId }) => [sessionId, parentId])).toEqual([
    ["server", undefined],
    ["room:meeting/weekly", "server"],
    ["domain:meeting/weekly", "room:meeting/weekly"],
    [sessionOf("a"), "room:meeting/weekly"],
    [sessionOf("b"), "room:meeting/weekly"],
  ]);
  for (const { definition } of told) expect(createMachine(JSON.parse(definition)).id).not.toBe("");
  const domain = told.find(({ sessionId }) => sessionId.startsWith("domain:"));
  expect(Object.keys(createMachine(JSON.parse(domain?.definition ?? "")).states)).toEqual(Object.keys(meeting.machine.states));
  ada.close();
  bob.close();
});

test("states move: the room's, the meeting's, a session's; events say who, never what", async () => {
  const ada = await join("a", "Host Ada");
  await ada.do({ type: "meeting.start" });
  await ada.do({ type: "chat.send", text: "a secret text" });
  await watcher.until(
    () => JSON.stringify(watcher.valueOf("domain:meeting/weekly"))?.includes("live") && rooms().some(({ rev }) => rev === 3),
  );
  expect(watcher.valueOf("room:meeting/weekly")).toBe("open");
  // Actors are told of edges, never of each batch.
  const ofRoom = watcher.messages.filter((message) => message.type === "@xstate.event" && message.sessionId === "room:meeting/weekly");
  expect(ofRoom.map((message) => message.type === "@xstate.event" && message.event.type)).toEqual(["loaded"]);
  expect(watcher.valueOf(sessionOf("a"))).toEqual({ delta: "live" });
  const sent = watcher.messages.find((message) => message.type === "@xstate.event" && message.event.type === "chat.send");
  expect(sent).toMatchObject({
    sessionId: "domain:meeting/weekly",
    event: { type: "chat.send", by: { user: "guest-a", role: "host", client: "a" }, seq: 2 },
  });
  expect(rooms().at(-1)).toMatchObject({
    room: "meeting/weekly",
    state: "open",
    rev: 3,
    sessions: { live: 1, stale: 0 },
    snapshots: { first: 1 },
  });
  const moved = watcher.messages.findLast(
    (message) => message.type === "@xstate.snapshot" && message.sessionId === "domain:meeting/weekly",
  );
  expect(moved).toMatchObject({ rev: 3, snapshot: { status: "active", context: { messages: 1, locked: false } } });
  ada.close();
});

test("a refusal names its guard, and its reason where that is a constant one", async () => {
  const bob = await join("b", "Bob");
  await bob.do({ type: "meeting.start" });
  await bob.do({ type: "no.such" });
  await watcher.until(() => refusals().length === 2);
  const [first, second] = refusals();
  expect(first).toMatchObject({
    room: "meeting/weekly",
    by: { user: "guest-b", client: "b" },
    seq: 1,
    event: "meeting.start",
    code: "guard",
    rev: 1,
  });
  expect(first?.guard).toBe("isHost");
  expect(first?.reason).toBe(meeting.reasons["isHost"] as string);
  expect(second).toMatchObject({ event: "(unknown)", code: "command", seq: 2 });
  await watcher.until(() => rooms().at(-1)?.refusals["command"] === 1);
  bob.close();
});

test("who is gone without a word: the session goes stale, and the room counts it", async () => {
  const ada = await join("a", "Host Ada");
  await watcher.until(() => sessionOf("a") !== "");
  const id = sessionOf("a");
  (ada.socket as unknown as { terminate(): void }).terminate();
  await watcher.until(() => watcher.valueOf(id) === "stale");
  await watcher.until(() => rooms().at(-1)?.sessions.stale === 1);
});

test("services of a machine are told below its domain, with nothing of what they take and give", async () => {
  const ada = await join("a", "Host Ada");
  await ada.do({ type: "meeting.start" });
  await ada.do({ type: "recording.start" });
  await watcher.until(() => actors(watcher.messages).some(({ sessionId }) => sessionId.startsWith("service:meeting/weekly/")));
  const service = actors(watcher.messages).find(({ sessionId }) => sessionId.startsWith("service:"));
  expect(service).toMatchObject({ parentId: "domain:meeting/weekly", snapshot: { context: {} } });
  // Without a recorder it fails at once: its last word is told, and it lives no more.
  await watcher.until(() =>
    watcher.messages.some(
      (message) => message.type === "@xstate.snapshot" && message.sessionId === service?.sessionId && message.snapshot.status !== "active",
    ),
  );
  const later = new PageWatcher(it.server);
  await later.until(() => later.messages.some(({ type }) => type === "quorate.room"));
  expect(actors(later.messages.slice(0, 4)).map(({ sessionId }) => sessionId.split(":")[0])).toEqual([
    "server",
    "room",
    "domain",
    "session",
  ]);
  later.close();
  ada.close();
});

test("who comes later is told who lives now, then what was", async () => {
  const ada = await join("a", "Host Ada");
  await ada.do({ type: "meeting.start" });
  await watcher.until(() => rooms().some(({ rev }) => rev === 2));
  const later = new PageWatcher(it.server);
  await later.until(() => later.messages.some(({ type }) => type === "quorate.room"));
  expect(actors(later.messages).map(({ sessionId }) => sessionId)).toEqual(actors(watcher.messages).map(({ sessionId }) => sessionId));
  expect(later.messages.slice(0, 4).every(({ type }) => type === "@xstate.actor")).toBe(true);
  const events = (one: PageWatcher) => one.messages.filter(({ type }) => type === "@xstate.event");
  expect(events(later)).toEqual(events(watcher));
  expect(later.valueOf("domain:meeting/weekly")).toEqual(watcher.valueOf("domain:meeting/weekly"));
  later.close();
  ada.close();
});

test("off, while nobody watches and it is not always on: rooms that began meanwhile are there when somebody comes", async () => {
  await using plain = await testServer({ inspector: { admin: { port: 0, token }, always: false } });
  const ada = await TestClient.join(meeting, plain.url(), { client: "a", token: "Host Ada" });
  await ada.do({ type: "meeting.start" });
  const first = new PageWatcher(plain.server);
  await first.until(() => first.messages.some(({ type }) => type === "quorate.room"));
  expect(first.messages.filter(({ type }) => type === "@xstate.event")).toEqual([]);
  expect(JSON.stringify(first.valueOf("domain:meeting/weekly"))).toContain("live");
  const gone = first.messages.length;
  await ada.do({ type: "hand.raise" });
  await first.until(() =>
    first.messages.slice(gone).some((message) => message.type === "@xstate.event" && message.event.type === "hand.raise"),
  );
  first.close();
  ada.close();
});
