import { describe, expect, test } from "bun:test";
import { fromPromise } from "xstate";
import { type MemoryStore, memory } from "../../src/journal/memory.ts";
import { meeting as meetingRoom } from "../../src/meeting/room.ts";
import { defineRoom } from "../../src/room/define-room.ts";
import type { Committed } from "../../src/room/owner.ts";
import type { Room } from "../../src/room/room.ts";
import { serve } from "../../src/room/serve.ts";
import { VirtualClock } from "../../src/testing/clock.ts";
import { counter } from "../support/counter.ts";
import { FaultyJournal } from "../support/faulty-journal.ts";
import { type FakeSocket, Harness, type HarnessOptions } from "../support/harness.ts";
import { shown } from "../support/shown.ts";

const people = (room: Room) => (room.committed as Committed).domain.snapshot.context.people as string[];

async function started(options: Partial<HarnessOptions> & { store?: MemoryStore } = {}) {
  const store: MemoryStore = options.store ?? new Map();
  const clock = options.clock ?? new VirtualClock();
  const harness = await Harness.start({ types: [counter], journal: memory({ store }), ...options, clock });
  return { harness, store, clock };
}

describe("[L14] rooms come and go", () => {
  test("an empty room is unloaded after its idle time, snapshot first, and comes back where it was", async () => {
    const { harness, store } = await started();
    const room = harness.room("counter");
    const ann = await harness.join(room, "ann");
    await harness.command(room, ann, 1, { type: "add", n: 5 });
    if (ann.session !== undefined) room.sessions.bye(ann.session);
    await harness.pass(30_000);
    expect(room.state).toBe("idle");
    await harness.pass(31_000);
    expect(room.state).toBe("closed");
    expect(harness.directory.size).toBe(0);
    expect(store.get("counter/r")?.snapshots.at(-1)?.rev).toBe(3);
    const again = harness.room("counter");
    expect(again).not.toBe(room);
    const since = { epoch: ann.of("welcome")[0].epoch, rev: 2 };
    const ben = await harness.join(again, "ben", { since });
    // The ring is filled from the journal: a restart costs a client only what it missed.
    expect(ben.of("welcome")).toMatchObject([{ recovered: "resumed" }]);
    expect(ben.of("snapshot")).toEqual([]);
    expect(ben.revs).toEqual([3, 4]);
  });

  test("a join while a room closes waits for its next life", async () => {
    const { harness } = await started();
    const room = harness.room("counter");
    const ann = await harness.join(room, "ann");
    await harness.command(room, ann, 1, { type: "add", n: 5 });
    if (ann.session !== undefined) room.sessions.bye(ann.session);
    await harness.clock.advance(100);
    room.close();
    expect(room.state).toBe("closing");
    const next = harness.room("counter");
    expect(next).not.toBe(room);
    const ben = await harness.join(next, "ben");
    expect(ben.of("snapshot")[0].state.context.total).toBe(5);
    expect(room.state).toBe("closed");
    expect(harness.alarms).toEqual([]);
  });

  test("a stale session keeps its place for the grace: back in time it is not seen to leave, later it is", async () => {
    const { harness } = await started();
    const room = harness.room("counter");
    const ann = await harness.join(room, "ann");
    const ben = await harness.join(room, "ben");
    harness.drop(room, ben);
    await harness.pass(10_000);
    expect(people(room)).toEqual(["ann", "ben"]);
    const back = await harness.join(room, "ben", { since: { epoch: room.feed?.epoch ?? "", rev: 2 } });
    expect(back.of("welcome")).toMatchObject([{ recovered: "resumed", who: 2 }]);
    expect(ann.revs).toEqual([2]);
    harness.drop(room, back);
    await harness.pass(16_000);
    expect(people(room)).toEqual(["ann"]);
    expect(ann.of("delta").at(-1).ops[0][2].type).toBe("participant.left");
  });

  test("[LIVE-3] an old socket's late close does not end the session that has a newer one", async () => {
    const { harness } = await started();
    const room = harness.room("counter");
    const old = await harness.join(room, "ann");
    const newer = await harness.join(room, "ann");
    expect(old.closedBy).toBe("replaced");
    expect(old.session).toBe(newer.session);
    harness.drop(room, old);
    await harness.pass(20_000);
    expect(people(room)).toEqual(["ann"]);
    await harness.command(room, newer, 1, { type: "add", n: 1 });
    expect(newer.revs).toEqual([2]);
    expect(old.revs).toEqual([]);
  });

  test("[HELLO-2] a known client id without its secret is turned away", async () => {
    const { harness } = await started();
    const room = harness.room("counter");
    await harness.join(room, "ann");
    const thief = await harness.join(room, "ann", { proven: false });
    expect(thief.of("closing")).toMatchObject([{ code: "ALREADY_EXISTS" }]);
    const stranger = await harness.join(room, "ann", { proven: false, user: "other" });
    expect(stranger.of("closing")).toMatchObject([{ code: "ALREADY_EXISTS" }]);
  });

  test("a crash leaves ghosts; a server that starts wakes the room, gives them their grace, and lets it sleep", async () => {
    const first = await started();
    const room = first.harness.room("counter");
    await first.harness.join(room, "ann");
    await first.harness.join(room, "ben");
    // The process is gone: nothing is closed, nothing flushed.
    const second = await started({ store: first.store, clock: new VirtualClock(first.clock.now() + 3_600_000) });
    second.harness.directory.start();
    await second.harness.pass(1_000);
    const woken = second.harness.room("counter");
    expect(people(woken)).toEqual(["ann", "ben"]);
    await second.harness.pass(16_000);
    expect(people(woken)).toEqual([]);
    await second.harness.pass(70_000);
    expect(second.harness.directory.size).toBe(0);
    const third = await started({ store: first.store, clock: new VirtualClock(first.clock.now() + 7_200_000) });
    third.harness.directory.start();
    await third.harness.pass(1_000);
    expect(third.harness.directory.size).toBe(0);
  });
});

describe("timers of rooms that sleep", () => {
  test("[L4] a timer fires once, though its room is not loaded, on this server or the next", async () => {
    for (const restart of [false, true]) {
      let { harness, clock, store } = await started({ limits: { idleRoomMs: 5_000 } });
      const room = harness.room("counter");
      const ann = await harness.join(room, "ann");
      await harness.command(room, ann, 1, { type: "fuse" });
      if (ann.session !== undefined) room.sessions.bye(ann.session);
      await harness.pass(6_000);
      expect(harness.directory.size).toBe(0);
      if (restart) {
        await harness.directory.stop();
        ({ harness, clock, store } = await started({ store, clock: new VirtualClock(clock.now()), limits: { idleRoomMs: 5_000 } }));
        harness.directory.start();
      }
      await harness.pass(50_000);
      expect(harness.directory.size).toBe(0);
      await harness.pass(5_000);
      expect(harness.directory.size).toBe(1);
      const context = harness.room("counter").committed?.domain.snapshot.context as { bangs: number };
      expect(context.bangs).toBe(1);
      await harness.pass(20_000);
      expect(harness.directory.size).toBe(0);
      expect(store.get("counter/r")?.nextDueAt).toBeNull();
    }
  });

  test("[L4] it waits where there are too many rooms, without an alarm, and fires when there is place", async () => {
    const { harness } = await started({ limits: { idleRoomMs: 5_000, roomsMax: 1 } });
    const room = harness.room("counter");
    const ann = await harness.join(room, "ann");
    await harness.command(room, ann, 1, { type: "fuse" });
    if (ann.session !== undefined) room.sessions.bye(ann.session);
    await harness.pass(6_000);
    const other = harness.room("counter", "other");
    const ben = await harness.join(other, "ben");
    await harness.pass(100_000);
    expect([...harness.directory.rooms]).toEqual([other]);
    expect(harness.alarms).toEqual([]);
    if (ben.session !== undefined) other.sessions.bye(ben.session);
    await harness.pass(10_000);
    expect(harness.room("counter").committed?.domain.snapshot.context).toMatchObject({ bangs: 1 });
  });
});

describe("services", () => {
  test("a room is not unloaded while a service runs, and its result is an op", async () => {
    const job = Promise.withResolvers<number>();
    const { harness } = await started({ types: [serve(counter, { services: { job: fromPromise(() => job.promise) } })] });
    const room = harness.room("counter");
    const ann = await harness.join(room, "ann");
    await harness.command(room, ann, 1, { type: "work" });
    if (ann.session !== undefined) room.sessions.bye(ann.session);
    await harness.pass(120_000);
    expect(room.state).toBe("open");
    job.resolve(42);
    await harness.pass(1_000);
    expect(room.committed?.domain.snapshot.context).toMatchObject({ total: 42 });
    await harness.pass(61_000);
    expect(room.state).toBe("closed");
  });
});

describe("snapshots", () => {
  test("[L8] a snapshot is encoded once per rev and audience, however many join", async () => {
    const seen: string[] = [];
    const viewed = defineRoom({
      ...counter,
      audience: ({ role }: { role: string }) => (role === "host" ? "hosts" : "others"),
      view: ({ context }: { context: object }, audience: string) => {
        seen.push(audience);
        return context;
      },
    } as never) as typeof counter;
    const { harness } = await started({ types: [viewed] });
    const room = harness.room("counter");
    // All of them while one flush is under way, so they are welcomed at one rev.
    const joins = Array.from({ length: 40 }, (_, i) => harness.join(room, `c${i}`, { role: i % 2 === 0 ? "host" : "member" }));
    const sockets = await Promise.all(joins);
    expect(new Set(sockets.map((socket) => socket.of("snapshot")[0].rev))).toEqual(new Set([40]));
    expect(seen.sort()).toEqual(["hosts", "others"]);
    await harness.command(room, sockets[0] as (typeof sockets)[0], 1, { type: "add", n: 1 });
    expect(seen.sort()).toEqual(["hosts", "hosts", "others", "others"]);
  });

  test("one every snapshotEveryOps, verified by replay [L7]", async () => {
    const { harness, store } = await started({ limits: { snapshotEveryOps: 10 } });
    const room = harness.room("counter");
    const ann = await harness.join(room, "ann");
    for (let seq = 1; seq <= 25; seq++) await harness.command(room, ann, seq, { type: "add", n: 1 });
    expect(store.get("counter/r")?.snapshots.map(({ rev }) => rev)).toEqual([0, 10, 20]);
    expect(harness.alarms).toEqual([]);
  });

  test("a replay that gives another state saves nothing and raises an alarm, and commands go on", async () => {
    const { harness, store } = await started({ limits: { snapshotEveryOps: 10 } });
    const room = harness.room("counter");
    const ann = await harness.join(room, "ann");
    await harness.command(room, ann, 1, { type: "odd" });
    for (let seq = 2; seq <= 12; seq++) await harness.command(room, ann, seq, { type: "add", n: 1 });
    expect(store.get("counter/r")?.snapshots.map(({ rev }) => rev)).toEqual([0]);
    expect(harness.alarms.map(({ code }) => code)).toContain("replay");
    expect(ann.revs.at(-1)).toBe(13);
  });
});

test("a log of another version is not touched: the room is quarantined and says so", async () => {
  const first = await started();
  const room = first.harness.room("counter");
  const ann = await first.harness.join(room, "ann");
  await first.harness.command(room, ann, 1, { type: "add", n: 1 });
  await first.harness.directory.stop();
  const newer = defineRoom({ ...counter, version: 2 } as never) as typeof counter;
  const { harness } = await started({ store: first.store, types: [newer] });
  const quarantined = harness.room("counter");
  const ben = await harness.join(quarantined, "ben");
  expect(quarantined.state).toBe("quarantined");
  expect(ben.of("closing")).toMatchObject([{ code: "UNAVAILABLE", retryAfterMs: 30_000 }]);
  expect(harness.alarms).toMatchObject([{ code: "version" }]);
  const again = await started({ store: first.store });
  const cyn = await again.harness.join(again.harness.room("counter"), "cyn");
  expect(cyn.of("snapshot")[0].state.context.total).toBe(1);
});

test("[L9] who was removed has no way back in through the grace, though the server died before it could close the connection", async () => {
  const store: MemoryStore = new Map();
  const first = await Harness.start({ types: [meetingRoom], journal: memory({ store }) });
  const room = first.room("meeting");
  const host = await first.join(room, "host", { role: "host" });
  const troll = await first.join(room, "troll");
  await first.command(room, host, 1, { type: "member.remove", user: "troll" });
  expect(troll.closedBy).toBe("removed");
  // As if the process had died between the commit of the removal and the close.
  const log = store.get("meeting/r");
  const removal = log?.entries.findIndex(({ data }) => data.includes("member.remove")) ?? -1;
  if (log !== undefined) {
    log.entries = log.entries.slice(0, removal + 1);
    log.head = log.entries.length;
  }
  const second = await Harness.start({ types: [meetingRoom], journal: memory({ store }) });
  const again = second.room("meeting");
  const back = await second.join(again, "troll", { since: { epoch: "epoch1", rev: 2 } });
  expect(back.of("welcome")).toEqual([]);
  expect(back.of("closing")).toMatchObject([{ code: "PERMISSION_DENIED", guard: "notRemoved" }]);
  expect([...again.sessions].map(({ client }) => client)).toEqual(["host"]);
});

test("the machine may refuse a join, with guard and reason", async () => {
  const { harness } = await started();
  const room = harness.room("counter");
  const ann = await harness.join(room, "ann");
  await harness.command(room, ann, 1, { type: "close" });
  const ben = await harness.join(room, "ben");
  expect(ben.of("closing")).toEqual([{ code: "PERMISSION_DENIED", reason: "This counter is closed.", refusal: "guard", guard: "isOpen" }]);
  expect(ben.closedBy).toBe("refused");
  expect(room.sessions.size).toBe(1);
});

test("[WEL-3] acked is null where the fates are forgotten, and a seq of that time is answered so", async () => {
  const { harness } = await started();
  const room = harness.room("counter");
  const ann = await harness.join(room, "ann", { nextSeq: 5, openSeq: 3 });
  expect(ann.of("welcome")).toMatchObject([{ acked: null }]);
  await harness.command(room, ann, 3, { type: "add", n: 1 });
  expect(ann.of("error")).toMatchObject([{ code: "NOT_FOUND", seq: 3 }]);
  await harness.command(room, ann, 5, { type: "add", n: 1 });
  expect(ann.revs).toEqual([2]);
});

test("[L11] a room type's own limits hold, and are told in the welcome; it cannot want more than the server allows", async () => {
  const small = defineRoom({
    ...counter,
    limits: { clientsMax: 2, commandBytesMax: 90, commandsPerSecondMax: 1_000_000 },
  } as never) as typeof counter;
  const { harness } = await started({ types: [small] });
  const room = harness.room("counter");
  const ann = await harness.join(room, "ann");
  await harness.join(room, "ben");
  const cyn = await harness.join(room, "cyn");
  expect(cyn.of("closing")).toMatchObject([{ code: "RESOURCE_EXHAUSTED", reason: "This room is full." }]);
  expect(ann.of("welcome")[0].limits).toMatchObject({ commandBytesMax: 90, commandsPerSecond: 50 });
  await harness.command(room, ann, 1, { type: "add", n: 1 }); // the harness calls each frame 100 bytes long
  expect(ann.of("refused")).toMatchObject([{ seq: 1, code: "payload", reason: "This command is too big." }]);
});

const shownTo = (socket: FakeSocket) => shown(socket.frames).document;

test("[L8] a role change in mid-session moves to another audience: what was gained is added, what was lost removed", async () => {
  const viewed = defineRoom({
    ...meetingRoom,
    audience: ({ role }: { role: string }) => (role === "member" ? "members" : "staff"),
    view: ({ context }: { context: { meeting: object } }, audience: string) =>
      audience === "staff" ? context : { ...context, meeting: { ...context.meeting, agenda: [] } },
  } as never) as typeof meetingRoom;
  const { harness } = await started({ types: [viewed] });
  const room = harness.room("meeting");
  const host = await harness.join(room, "host", { role: "host" });
  const ben = await harness.join(room, "ben");
  const cyn = await harness.join(room, "cyn");
  await harness.command(room, host, 1, { type: "agenda.add", title: "for-staff-only", minutes: 5 });
  expect(JSON.stringify(host.frames)).toContain("for-staff-only");
  expect(JSON.stringify([ben.frames, cyn.frames])).not.toContain("for-staff-only");
  await harness.command(room, host, 2, { type: "member.promote", user: "ben", role: "cohost" });
  expect(ben.of("delta").at(-1).patches).toContainEqual({
    op: "add",
    path: "/context/meeting/agenda/0",
    value: expect.objectContaining({ title: "for-staff-only" }),
  });
  await harness.command(room, host, 3, { type: "member.demote", user: "ben", role: "member" });
  const shown = ben.frames.length;
  await harness.command(room, host, 4, { type: "agenda.add", title: "another", minutes: 5 });
  expect(shownTo(ben).context.meeting.agenda).toEqual([]);
  expect(JSON.stringify(ben.frames.slice(shown))).not.toContain("another");
  expect(JSON.stringify(cyn.frames)).not.toContain("for-staff-only");
  // Taken back and something secret said in one and the same flush: it is in no frame.
  await harness.command(room, host, 5, { type: "member.promote", user: "ben", role: "cohost" });
  expect(shownTo(ben).context.meeting.agenda).toHaveLength(2);
  const flushed = ben.frames.length;
  await harness.command(room, host, 6, { type: "react", emoji: "👍" }, 0); // so that the next two wait for one window
  await harness.command(room, host, 7, { type: "member.demote", user: "ben", role: "member" }, 0);
  await harness.command(room, host, 8, { type: "agenda.add", title: "said-after-it", minutes: 5 });
  expect(host.of("delta").at(-1)).toMatchObject({ to: room.feed?.rev });
  expect(JSON.stringify(ben.frames.slice(flushed))).not.toContain("said-after-it");
  expect(shownTo(ben).context.meeting.agenda).toEqual([]);
  expect(ben.of("snapshot").map(({ reason }) => reason)).toEqual(["first"]);
  expect([...(ben.session === undefined ? [] : ben.topics)].filter((topic) => topic.includes("#"))).toEqual(["meeting/r#members"]);
});

test("[ORDER-3] [L4] history that was lost while the room reloads: every client gets a snapshot under the new epoch, and an alarm tells", async () => {
  const faulty = new FaultyJournal();
  const store: MemoryStore = new Map();
  const { harness } = await started({ journal: faulty.factory(memory({ store })) });
  const room = harness.room("counter");
  const ann = await harness.join(room, "ann");
  const ben = await harness.join(room, "ben");
  for (let seq = 1; seq <= 3; seq++) await harness.command(room, ann, seq, { type: "add", n: 1 });
  faulty.faults.push("lost");
  await harness.command(room, ann, 4, { type: "add", n: 1 });
  // What a damaged journal does at its next open: the log is cut, and another epoch begins.
  const log = store.get("counter/r");
  if (log === undefined) throw new Error("no log");
  store.set("counter/r", { ...log, epoch: "afterwards", entries: log.entries.slice(0, 3), head: 3 });
  await harness.pass(1_000);
  for (const socket of [ann, ben])
    expect(socket.of("snapshot").at(-1)).toMatchObject({ epoch: "afterwards", rev: 3, reason: "otherEpoch" });
  expect(harness.alarms.map(({ code }) => code)).toEqual(["journal", "epoch"]);
  await harness.command(room, ben, 1, { type: "add", n: 5 });
  expect(ann.revs.at(-1)).toBe(4);
});

test("[L9] who has another number after history was lost has to come again, and what they did is not shown under the old one", async () => {
  const faulty = new FaultyJournal();
  const store: MemoryStore = new Map();
  const { harness } = await started({ journal: faulty.factory(memory({ store })) });
  const room = harness.room("counter");
  const [ann, gone] = [await harness.join(room, "ann"), await harness.join(room, "ben")];
  if (gone.session) room.sessions.bye(gone.session);
  await harness.pass(1_000);
  const [, ben] = [await harness.join(room, "cyd"), await harness.join(room, "ben")];
  if (ben.session) room.ingress.presence(ben.session, { x: 3 }, 10);
  await harness.pass(1_000);
  expect([...room.sessions.presence.keys()]).toEqual([3]);
  faulty.faults.push("lost");
  await harness.command(room, ann, 1, { type: "add", n: 1 });
  const log = store.get("counter/r");
  if (log === undefined) throw new Error("no log");
  store.set("counter/r", { ...log, epoch: "afterwards", entries: log.entries.slice(0, 2), head: 2 });
  await harness.pass(1_000);
  expect([ann.closedBy, ben.closedBy, room.sessions.presence.size]).toEqual([undefined, "restart", 0]);
  expect((await harness.join(room, "ben")).session?.who).toBe(2);
});
