/** What the journal tells of a room's past, and why a command was refused, as the inspector's page asks for it. */
import { expect, test } from "bun:test";
import { setup } from "xstate";
import type { Explained, OpList, RefusalList, RoomDetail, RoomList, StateAt } from "../../src/inspect/api.ts";
import { readLog } from "../../src/inspect/log.ts";
import type { RefusedMessage } from "../../src/inspect/messages.ts";
import { rebuild } from "../../src/inspect/rebuild.ts";
import { type MemoryStore, memory } from "../../src/journal/memory.ts";
import type { JournalFactory } from "../../src/journal/port.ts";
import { meeting } from "../../src/meeting/room.ts";
import { defaultLimits } from "../../src/protocol/limits.ts";
import type { SystemEvent } from "../../src/room/commands.ts";
import { type AnyRoomType, defineRoom } from "../../src/room/define-room.ts";
import { ballot } from "../support/ballot.ts";
import { TestClient } from "../support/client.ts";
import { type TestServer, testServer } from "../support/server.ts";
import { ask, askJson, PageWatcher, token } from "./watcher.ts";

const inspector = { admin: { port: 0, token } };

async function meetingWith(it: TestServer): Promise<TestClient[]> {
  const ada = await TestClient.join(meeting, it.url(), { client: "a", token: "Host Ada" });
  const bob = await TestClient.join(meeting, it.url(), { client: "b", token: "Bob" });
  await ada.do({ type: "meeting.start" });
  await bob.do({ type: "hand.raise" });
  await ada.do({ type: "floor.give", user: "guest-b" });
  await ada.until(() => ada.rev === 5, "rev 5");
  return [ada, bob];
}

test("rooms: running ones with their people, sleeping ones too, page by page", async () => {
  const store: MemoryStore = new Map();
  for (let i = 0; i < 205; i++)
    store.set(`meeting/r${String(i).padStart(3, "0")}`, { epoch: "e", head: i, entries: [], snapshots: [], nextDueAt: null });
  await using it = await testServer({ inspector, journal: memory({ store }) });
  const [ada, bob] = await meetingWith(it);
  const first = await askJson<RoomList>(it.server, "/api/rooms");
  expect(first.rooms).toHaveLength(200);
  expect(first.rooms[7]).toEqual({ room: "meeting/r007", state: "asleep", epoch: "e", rev: 7 });
  const rest = await askJson<RoomList>(it.server, `/api/rooms?after=${first.next}`);
  expect(rest.next).toBeUndefined();
  expect(rest.rooms.map(({ room }) => room).slice(-2)).toEqual(["meeting/r204", "meeting/weekly"]);
  expect(rest.rooms.at(-1)).toMatchObject({ state: "open", rev: 5, sessions: { live: 2, stale: 0 } });
  for (const client of [ada, bob]) client?.close();
});

test("a room's ops: who did what; its state at each rev is what a client had there, to the byte", async () => {
  await using it = await testServer({ inspector });
  const [ada, bob] = await meetingWith(it);
  const path = "/api/rooms/meeting/weekly";
  expect(await askJson<RoomDetail>(it.server, path)).toMatchObject({
    room: "meeting/weekly",
    type: "meeting",
    version: 1,
    rev: 5,
    opsFrom: 1,
    statesFrom: 0,
  });
  const { ops } = await askJson<OpList>(it.server, `${path}/ops?from=2&limit=3`);
  expect(ops.map(({ rev, by, seq, event }) => [rev, by.user, seq, event.type])).toEqual([
    [2, "guest-b", 0, "participant.joined"],
    [3, "guest-a", 1, "meeting.start"],
    [4, "guest-b", 1, "hand.raise"],
  ]);
  expect((await askJson<OpList>(it.server, `${path}/ops?from=6`)).ops).toEqual([]);
  const now = await askJson<StateAt>(it.server, `${path}/states/5`);
  expect(JSON.stringify([now.value, now.context])).toBe(JSON.stringify([ada?.snapshot?.value, ada?.snapshot?.context]));
  expect(now.roster.map(({ user }) => user)).toEqual(["guest-a", "guest-b"]);
  expect(now.audiences).toEqual([
    { audience: "everyone", users: ["guest-a", "guest-b"], state: expect.objectContaining({ value: now.value }) },
  ]);
  const before = await askJson<StateAt>(it.server, `${path}/states/3`);
  expect(before.context).toMatchObject({ meeting: { hands: [], speaker: null } });
  expect(await askJson<StateAt>(it.server, `${path}/states/0`)).toMatchObject({ rev: 0, roster: [], audiences: [] });
  for (const rev of ["6", "-1", "x", "1.5"]) expect([rev, (await ask(it.server, `${path}/states/${rev}`)).status]).toEqual([rev, 410]);
  for (const client of [ada, bob]) client?.close();
});

test("what each audience saw: hidden values stay hidden in its view, one's own is by user", async () => {
  await using it = await testServer({ rooms: [ballot], inspector });
  const hana = await TestClient.join(ballot, it.url("ballot/b"), { client: "h", token: "Host Hana" });
  const vera = await TestClient.join(ballot, it.url("ballot/b"), { client: "v", token: "Vera" });
  await vera.do({ type: "vote", card: "8" });
  const { audiences, context } = await askJson<StateAt>(it.server, "/api/rooms/ballot/b/states/3");
  expect(context).toMatchObject({ votes: { "guest-v": "8" } });
  expect(audiences.map(({ audience, users }) => [audience, users])).toEqual([
    ["hosts", ["guest-h"]],
    ["voters", ["guest-v"]],
  ]);
  const [hosts, voters] = audiences;
  expect(hosts?.state).toMatchObject({ context: { votes: { "guest-v": "8" } } });
  expect(voters?.state).toMatchObject({ context: { votes: { "guest-v": { $hidden: true } } } });
  expect(voters?.own).toEqual({ "guest-v": { votes: { "guest-v": "8" } } });
  for (const client of [hana, vera]) client.close();
});

test("why was this refused: each guard that was asked, what it said, and the values that it read", async () => {
  await using it = await testServer({ inspector });
  const [ada, bob] = await meetingWith(it);
  await bob?.do({ type: "meeting.lock", locked: true });
  await ada?.do({ type: "meeting.lock", locked: false });
  await ada?.do({ type: "agenda.start", item: "none" });
  await bob?.do({ type: "agenda.add", title: "", minutes: 5 });
  const path = "/api/rooms/meeting/weekly/refusals";
  const { refusals } = await askJson<RefusalList>(it.server, path);
  expect(refusals.map(({ event, code }) => [event, code])).toEqual([
    ["meeting.lock", "guard"],
    ["meeting.lock", "guard"],
    ["agenda.start", "guard"],
    ["agenda.add", "payload"],
  ]);
  const [byBob, same, item, payload] = await Promise.all(refusals.map(({ n }) => askJson<Explained>(it.server, `${path}/${n}`)));
  expect(byBob).toMatchObject({
    command: { type: "meeting.lock", locked: true },
    rev: 5,
    by: { user: "guest-b", role: "member" },
  });
  expect(byBob?.note).toBeUndefined();
  const blamed = byBob?.guards.find(({ guard }) => guard === byBob.guard);
  expect(blamed).toMatchObject({ holds: false, reads: [{ path: "event.by.role", value: "member" }] });
  expect(byBob?.guards.find(({ guard }) => guard === "isPresent")?.reads).toContainEqual({
    path: 'context.meeting.participants["guest-b"]',
    value: expect.objectContaining({ role: "member" }),
  });
  expect(same?.guards.find(({ guard }) => guard === "lockChanges")).toMatchObject({
    holds: false,
    reads: [
      { path: "event.type", value: "meeting.lock" },
      { path: "event.locked", value: false },
      { path: "context.meeting.locked", value: false },
    ],
  });
  expect(item?.guards.at(-1)?.guard).toBe(item?.guard as string);
  expect(payload).toMatchObject({ code: "payload", guards: [], reason: expect.stringContaining("title") });
  expect((await ask(it.server, `${path}/999`)).status).toBe(404);
  expect((await ask(it.server, `/api/rooms/meeting/other/refusals/${refusals[0]?.n}`)).status).toBe(404);
  for (const client of [ada, bob]) client?.close();
});

test("a join that was refused is explained, too", async () => {
  await using it = await testServer({ inspector });
  const [ada, bob] = await meetingWith(it);
  await ada?.do({ type: "meeting.lock", locked: true });
  const cyn = new TestClient(meeting, it.url(), { client: "c", token: "Cyn" });
  expect((await cyn.end()).code).toBe(4403);
  const watcher = new PageWatcher(it.server);
  const refused = () => watcher.messages.find((message): message is RefusedMessage => message.type === "quorate.refused");
  await watcher.until(() => refused() !== undefined);
  const why = await askJson<Explained>(it.server, `/api/rooms/meeting/weekly/refusals/${refused()?.n}`);
  expect(why).toMatchObject({ seq: 0, event: "participant.joined", guard: "notLocked", command: { user: "guest-c" } });
  expect(why.guards.find(({ guard }) => guard === "notLocked")?.holds).toBe(false);
  watcher.close();
  for (const client of [ada, bob]) client?.close();
});

test("the export of a room's log replays to the state that its people have", async () => {
  await using it = await testServer({ inspector });
  const [ada, bob] = await meetingWith(it);
  const text = await (await ask(it.server, "/api/rooms/meeting/weekly/export")).text();
  const { log, reader } = readLog(text);
  expect(log).toMatchObject({ format: "quorate-log", room: "meeting/weekly", head: 5 });
  const { domain } = await rebuild({ def: meeting, machine: meeting.machine, room: log.room, limits: defaultLimits, reader }, 5);
  expect(JSON.stringify([domain.snapshot.value, domain.snapshot.context])).toBe(
    JSON.stringify([ada?.snapshot?.value, ada?.snapshot?.context]),
  );
  for (const client of [ada, bob]) client?.close();
});

test("an export that fails in the middle: half a log, which is none, and the operators are told", async () => {
  let fails = false;
  const journal: JournalFactory = async (deps) => {
    const made = await memory()(deps);
    return {
      ...made,
      read: async (room, from, limit) => {
        if (fails && limit === undefined) throw new Error("the disk is gone");
        return made.read(room, from, limit);
      },
    };
  };
  await using it = await testServer({ inspector, journal });
  const [ada, bob] = await meetingWith(it);
  fails = true;
  const got = await ask(it.server, "/api/rooms/meeting/weekly/export")
    .then((response) => response.text())
    .catch(() => "");
  expect(() => readLog(got)).toThrow();
  expect(it.alarms).toEqual([
    expect.objectContaining({ message: "failed on exporting the log of meeting/weekly", error: new Error("the disk is gone") }),
  ]);
  for (const client of [ada, bob]) client?.close();
});

test("a guard that fails: the explanation is told, and what it threw", async () => {
  const machine = setup({
    types: {} as { context: object; events: { type: "go" } | SystemEvent },
    guards: {
      breaks: () => {
        throw new Error("a bug");
      },
    },
  }).createMachine({ id: "broken", context: {}, on: { go: { guard: "breaks" } } });
  const broken = defineRoom({
    type: "broken",
    version: 1,
    machine,
    commands: { go: {} },
    reasons: { breaks: "No." },
  } as never) as AnyRoomType;
  await using it = await testServer({ rooms: [broken], inspector });
  const ada = await TestClient.join(broken, it.url("broken/b"), { client: "a", token: "Ada" });
  await ada.do({ type: "go" });
  const path = "/api/rooms/broken/b/refusals";
  const [refused] = (await askJson<RefusalList>(it.server, path)).refusals;
  expect(await askJson<Explained>(it.server, `${path}/${refused?.n}`)).toMatchObject({
    code: "internal",
    guards: [{ state: "broken", guard: "breaks", holds: false, failure: "a bug", reads: [] }],
  });
  ada.close();
});

test("revs of an older version: their ops are told, their states are not, and why", async () => {
  const store: MemoryStore = new Map();
  const first = await testServer({ journal: memory({ store }) });
  const clients = await meetingWith(first);
  for (const client of clients) client.close();
  await first.server.stop();
  const { type, machine, commands, reasons } = meeting;
  const meeting2 = defineRoom({
    type,
    version: 2,
    machine,
    commands,
    reasons,
    migrate: (_: number, { context }: { context: unknown }) => ({ context: context as never }),
  } as never) as unknown as typeof meeting;
  await using it = await testServer({ rooms: [meeting2], journal: memory({ store }), inspector });
  const asleep = await askJson<RoomDetail>(it.server, "/api/rooms/meeting/weekly");
  const ada = await TestClient.join(meeting2, it.url(), { client: "z", token: "Host Zoe" });
  const detail = await askJson<RoomDetail>(it.server, "/api/rooms/meeting/weekly");
  expect(asleep.statesFrom).toBeGreaterThan(asleep.rev);
  expect(detail).toMatchObject({ opsFrom: 1, note: "Up to there, version 1 of 'meeting' wrote it; this server has version 2." });
  expect(detail.statesFrom).toBe(asleep.rev);
  const { ops } = await askJson<OpList>(it.server, "/api/rooms/meeting/weekly/ops");
  expect(ops[2]).toMatchObject({ rev: 3, event: { type: "meeting.start" } });
  const gone = await ask(it.server, "/api/rooms/meeting/weekly/states/3");
  expect(gone.status).toBe(410);
  expect(await gone.json()).toMatchObject({ code: "GONE", message: expect.stringContaining("version") });
  expect(await askJson<StateAt>(it.server, `/api/rooms/meeting/weekly/states/${detail.rev}`)).toMatchObject({ rev: detail.rev });
  ada.close();
});
