import { describe, expect, test } from "bun:test";
import { memory } from "../../src/journal/memory.ts";
import type { JournalFactory } from "../../src/journal/port.ts";
import { measured } from "../../src/operate/measured-journal.ts";
import { defaultLimits } from "../../src/protocol/limits.ts";
import { type AnyRoomType, defineRoom } from "../../src/room/define-room.ts";
import type { Committed } from "../../src/room/owner.ts";
import type { Room } from "../../src/room/room.ts";
import { VirtualClock } from "../../src/testing/clock.ts";
import { counter } from "../support/counter.ts";
import { FaultyJournal } from "../support/faulty-journal.ts";
import { Harness } from "../support/harness.ts";

async function setUp() {
  const faulty = new FaultyJournal();
  const harness = await Harness.start({ types: [counter], journal: faulty.factory(memory()) });
  const room = harness.room("counter");
  const ann = await harness.join(room, "ann");
  const ben = await harness.join(room, "ben");
  await harness.command(room, ann, 1, { type: "add", n: 1 });
  return { faulty, harness, room, ann, ben };
}
const people = (room: Room) => (room.committed as Committed).domain.snapshot.context.people as string[];
const total = (frame: { state: { context: { total: number } } }) => frame.state.context.total;

describe("[L3] nobody hears of an op before it is durable", () => {
  test("a flush waits until the journal is ready for it, also if the journal is measured", async () => {
    const faulty = new FaultyJournal();
    let busy: PromiseWithResolvers<void> | undefined;
    const clock = new VirtualClock();
    const nobody = { committed: () => undefined, failed: () => undefined };
    const journal: JournalFactory = async (deps) =>
      measured({ ...(await faulty.factory(memory())(deps)), ready: () => busy?.promise }, clock, nobody);
    const harness = await Harness.start({ types: [counter], journal, clock });
    const room = harness.room("counter");
    const ann = await harness.join(room, "ann");
    await harness.command(room, ann, 1, { type: "add", n: 1 });
    const before = [faulty.appends, ann.frames.length];
    busy = Promise.withResolvers();
    await harness.command(room, ann, 2, { type: "add", n: 10 });
    await harness.pass(2_000);
    expect([faulty.appends, ann.frames.length]).toEqual(before);
    busy.resolve();
    await harness.clock.advance(100);
    expect(ann.revs.at(-1)).toBe(3);
  });

  test("while an append is under way: no delta, no refusal that depends on it, no welcome, no effect", async () => {
    const { faulty, harness, room, ann, ben } = await setUp();
    const told = [ann.frames.length, ben.frames.length];
    faulty.faults.push("held");
    await harness.command(room, ann, 2, { type: "add", n: 10 });
    await harness.command(room, ann, 3, { type: "add", n: -1 });
    const cyn = await harness.join(room, "cyn");
    await harness.pass(2_000);
    expect([ann.frames.length, ben.frames.length]).toEqual(told);
    expect(cyn.frames).toEqual([]);
    faulty.held[0]?.();
    await harness.clock.advance(100);
    expect(ann.of("refused")).toMatchObject([{ seq: 3, code: "guard", guard: "isPositive", reason: "Only up." }]);
    expect(ben.of("refused")).toEqual([]);
    expect(ben.revs).toEqual([3, 4, 5]);
    expect(total(cyn.of("snapshot")[0])).toBe(11);
  });

  test("[DELTA-6] to a client that lags, refusals are told before the 'acked' that covers them", async () => {
    const { harness, room, ann } = await setUp();
    ann.buffered = 10_000_000;
    await harness.pass(2_000);
    await harness.command(room, ann, 2, { type: "add", n: -1 });
    await harness.command(room, ann, 3, { type: "add", n: 5 });
    const told = ann.frames.length;
    ann.buffered = 0;
    await harness.pass(2_000);
    const after = ann.frames.slice(told);
    const refused = after.findIndex(({ type, payload }) => type === "refused" && payload.seq === 2);
    const acked = after.findIndex(({ type, payload }) => type === "delta" && payload.acked === 3);
    expect(refused).toBeGreaterThanOrEqual(0);
    expect(acked).toBeGreaterThan(refused);
  });

  test("a refusal with nothing under way is told at once", async () => {
    const { harness, room, ann } = await setUp();
    await harness.command(room, ann, 2, { type: "add", n: -1 }, 0);
    expect(ann.of("refused")).toHaveLength(1);
  });
});

describe("[L12] the journal fails", () => {
  test("[CMD-4] when it is well again, everyone is told, also whoever has nothing to send", async () => {
    const { faulty, harness, room, ann, ben } = await setUp();
    faulty.faults.push("lost");
    await harness.command(room, ann, 2, { type: "add", n: 10 });
    const unavailable = ben.frames.findIndex(({ type, payload }) => type === "error" && payload.code === "UNAVAILABLE");
    expect(unavailable).toBeGreaterThanOrEqual(0);
    await harness.pass(5_000);
    expect(ben.frames.slice(unavailable + 1).some(({ type }) => type === "delta")).toBe(true);
  });

  for (const fault of ["lost", "conflict"] as const) {
    test(`${fault}: nobody hears of the op, the client is told to send it again, and then it takes effect once`, async () => {
      const { faulty, harness, room, ann, ben } = await setUp();
      faulty.faults.push(fault);
      const before = ben.frames.length;
      await harness.command(room, ann, 2, { type: "add", n: 10 });
      expect(room.state).toBe("faulted");
      expect(ben.of("delta")).toHaveLength(1);
      expect(ben.frames.slice(before).map(({ type }) => type)).toEqual(["error"]);
      expect(ann.of("error")).toMatchObject([{ code: "UNAVAILABLE", retryable: true, seq: 2 }]);
      expect(harness.alarms.map(({ code }) => code)).toEqual([fault === "lost" ? "journal" : "conflict"]);
      await harness.pass(1_000);
      expect(room.state).toBe("open");
      await harness.command(room, ann, 2, { type: "add", n: 10 });
      expect(ben.revs).toEqual([3, 4]);
      const cyn = await harness.join(room, "cyn");
      expect(total(cyn.of("snapshot")[0])).toBe(11);
    });
  }

  test("landed without an answer: read again, told once, and the same seq is not applied twice", async () => {
    const { faulty, harness, room, ann, ben } = await setUp();
    faulty.faults.push("landed");
    await harness.command(room, ann, 2, { type: "add", n: 10 });
    expect(room.state).toBe("faulted");
    expect(ben.revs).toEqual([3]);
    await harness.pass(1_000);
    expect(ben.revs).toEqual([3, 4]);
    expect(ann.revs).toEqual([2, 3, 4]);
    await harness.command(room, ann, 2, { type: "add", n: 10 });
    expect(ann.of("delta").at(-1)).toMatchObject({ from: 4, to: 4, ops: [], acked: 2 });
    expect(ben.revs).toEqual([3, 4]);
    expect(harness.counts["duplicates"]).toBe(1);
  });

  test("while it cannot save: commands are refused with a code, reads go on, presence goes on; it is back by itself", async () => {
    const { faulty, harness, room, ann, ben } = await setUp();
    faulty.full = true;
    await harness.command(room, ann, 2, { type: "add", n: 10 });
    await harness.pass(10_000);
    expect(["faulted", "loading"]).toContain(room.state);
    await harness.command(room, ann, 2, { type: "add", n: 10 });
    expect(ann.of("error").at(-1)).toMatchObject({ code: "UNAVAILABLE", seq: 2 });
    if (ben.session === undefined) throw new Error("no session");
    room.ingress.resync(ben.session, "asked");
    await harness.clock.advance(50);
    expect(total(ben.of("snapshot").at(-1))).toBe(1);
    room.ingress.presence(ben.session, { x: 4 }, 10);
    await harness.clock.advance(50);
    expect(ann.of("presence").at(-1)).toEqual({ set: [[2, { x: 4 }]], gone: [] });
    const cyn = await harness.join(room, "cyn");
    expect(cyn.of("closing")).toMatchObject([{ code: "UNAVAILABLE", retryAfterMs: 1_000 }]);
    faulty.full = false;
    await harness.pass(60_000);
    expect(room.state).toBe("open");
    await harness.command(room, ann, 2, { type: "add", n: 10 });
    expect(ben.revs.at(-1)).toBe(4);
  });

  test("who leaves while it fails is no ghost afterwards [L14]", async () => {
    const { faulty, harness, room, ann, ben } = await setUp();
    faulty.full = true;
    await harness.command(room, ann, 2, { type: "add", n: 10 });
    harness.drop(room, ben);
    await harness.pass(16_000);
    faulty.full = false;
    await harness.pass(60_000);
    expect(people(room)).toEqual(["ann"]);
    expect([...room.sessions].map(({ client }) => client)).toEqual(["ann"]);
  });

  test("a join whose append fails is turned away and can be said again", async () => {
    const { faulty, harness, room } = await setUp();
    faulty.faults.push("lost");
    const cyn = await harness.join(room, "cyn");
    expect(cyn.of("closing")).toMatchObject([{ code: "UNAVAILABLE" }]);
    expect(cyn.closedBy).toBe("restart");
    await harness.pass(2_000);
    const again = await harness.join(room, "cyn");
    expect(again.of("welcome")).toHaveLength(1);
    expect(room.sessions.size).toBe(3);
  });
});

describe("[L13] a bug stays where it is", () => {
  test("a throwing action refuses its command with `internal`, changes nothing, and raises an alarm", async () => {
    const { harness, room, ann, ben } = await setUp();
    await harness.command(room, ann, 2, { type: "fail" });
    expect(ann.of("refused")).toMatchObject([{ seq: 2, code: "internal" }]);
    expect(harness.alarms.map(({ code }) => code)).toEqual(["machine"]);
    await harness.command(room, ann, 3, { type: "add", n: 1 });
    expect(ben.revs).toEqual([3, 4]);
    expect(JSON.stringify(ann.frames)).not.toContain("this action fails");
  });

  test("a view that throws stops its own room, with an alarm; clients are told, other rooms go on, the op is durable", async () => {
    const store = new Map();
    let broken = false;
    const seen = defineRoom({
      ...counter,
      view: ({ context }: { context: { total: number } }) => {
        if (broken) throw new Error("this view fails");
        return context;
      },
    } as never) as typeof counter;
    const harness = await Harness.start({ types: [seen], journal: memory({ store }) });
    const room = harness.room("counter");
    const ann = await harness.join(room, "ann");
    const other = harness.room("counter", "other");
    broken = true;
    await harness.command(room, ann, 1, { type: "add", n: 1 });
    expect(room.state).toBe("quarantined");
    expect(harness.alarms.map(({ code }) => code)).toEqual(["internal"]);
    expect(ann.of("closing")).toMatchObject([{ code: "INTERNAL" }]);
    expect(ann.closedBy).toBe("internal");
    expect(JSON.stringify(ann.frames)).not.toContain("this view fails");
    broken = false;
    const ben = await harness.join(other, "ben");
    expect(ben.of("welcome")).toHaveLength(1);
    // After a while it may be tried again.
    await harness.pass(31_000);
    expect(room.state).toBe("closed");
    const again = await harness.join(harness.room("counter"), "ann", { nextSeq: 2 });
    expect(again.of("welcome")).toMatchObject([{ acked: 1 }]);
    expect(total(again.of("snapshot")[0])).toBe(1);
  });

  test("an op that depends on chance is reported in development", async () => {
    const { harness, room, ann } = await setUp();
    await harness.command(room, ann, 2, { type: "odd" });
    expect(harness.alarms.map(({ code }) => code)).toEqual(["determinism"]);
  });
});

test("[L13] a view that throws while the room tells what a reload has found: quarantined, and nobody has half of it", async () => {
  const view = { throws: false };
  const viewed = defineRoom({
    ...(counter as AnyRoomType),
    type: "viewed",
    audience: () => "table",
    view: ({ context }) => {
      if (view.throws) throw new Error("this view throws");
      return context;
    },
  });
  const faulty = new FaultyJournal();
  const harness = await Harness.start({ types: [viewed], journal: faulty.factory(memory()) });
  const room = harness.room("viewed");
  const ann = await harness.join(room, "ann");
  faulty.faults.push("landed");
  view.throws = true;
  await harness.command(room, ann, 1, { type: "add", n: 1 });
  await harness.pass(5_000);
  expect(room.state).toBe("quarantined");
  expect(harness.alarms.at(-1)).toMatchObject({ code: "internal", room: "viewed/r" });
  expect(ann.closedBy).toBe("internal");
  view.throws = false;
  await harness.pass(defaultLimits.faultBackoffMaxMs);
  const again = await harness.join(harness.room("viewed"), "ann", { nextSeq: 2, openSeq: 1 });
  expect(again.of("welcome")).toMatchObject([{ acked: 1 }]);
  expect(again.of("snapshot").map(({ state }) => state.context.total)).toEqual([1]);
});
