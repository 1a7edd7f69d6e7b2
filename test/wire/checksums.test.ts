import { describe, expect, test } from "bun:test";
import { memory } from "../../src/journal/memory.ts";
import { meeting } from "../../src/meeting/room.ts";
import { checksum } from "../../src/protocol/checksum.ts";
import { encodeOp } from "../../src/protocol/frames.ts";
import { defaultLimits } from "../../src/protocol/limits.ts";
import { defineRoom } from "../../src/room/define-room.ts";
import { historyIds } from "../../src/room/domain.ts";
import { ChecksumBudget, Checksums } from "../../src/sync/checksums.ts";
import { Feed } from "../../src/sync/feed.ts";
import { VirtualClock } from "../../src/testing/clock.ts";
import { type TestClient, together } from "../support/client.ts";
import { counter } from "../support/counter.ts";
import { eventually } from "../support/eventually.ts";
import { FaultyJournal } from "../support/faulty-journal.ts";
import { type FakeSocket, Harness } from "../support/harness.ts";
import { testServer } from "../support/server.ts";
import { byName, enter, onlyRoom, vanish } from "./people.ts";

const say = (text: string) => ({ type: "chat.send", text });
/** With a clock that stands still nothing costs time: every delta with ops carries a sum. */
const always = () => ({
  clock: new VirtualClock(),
  limits: { broadcastWindowMinMs: 0, flushUs: 0, flushUsPerSession: 0, checksumEveryMsMin: 0 },
  auth: byName,
});
const sums = (client: TestClient): (number | undefined)[] => client.of("delta").map(({ payload }) => payload.sum);

/** The state as DELTA-8 wants it, of a client that replays. */
function documentOf(client: TestClient): string {
  const { snapshot } = client;
  if (snapshot === undefined) throw new Error("no state yet");
  const { value, context, status } = snapshot;
  const told = client.frames.findLast(({ type, payload }) => payload.state !== undefined || (type === "delta" && payload.ops.length > 0));
  const at =
    told?.payload.state?.at ?? told?.payload.ops.reduce((time: number, [, , , dt = 0]: [0, 0, 0, number?]) => time + dt, told?.payload.at);
  const roster = [...client.roster.values()].sort((a, b) => a.who - b.who);
  return JSON.stringify({ at, value, context, status, history: historyIds(snapshot), roster });
}

/** Compares each sum at the moment it comes: the revs at which they differed, and how many there were. */
function watched(client: TestClient) {
  const seen = { compared: 0, differed: [] as number[] };
  client.socket.addEventListener("message", () => {
    const { type, payload } = client.frames.at(-1) ?? {};
    if (type !== "delta" || payload.sum === undefined) return;
    seen.compared++;
    if (payload.sum !== checksum(documentOf(client))) seen.differed.push(payload.to);
  });
  return seen;
}

describe("[DELTA-8] how it is made", () => {
  test("FNV-1a, 32 bit, over two bytes for each code unit", () => {
    // The published value of "foobar", here two letters to a unit.
    expect(checksum(String.fromCharCode(0x6f66, 0x626f, 0x7261))).toBe(0xbf9cf968);
    expect(checksum("")).toBe(0x811c9dc5);
    expect(checksum('{"at":1}')).toBe(1_526_166_933); // SPEC.md's example
    for (const text of ["ä🎈\u0000\uffff", JSON.stringify({ deep: ["x".repeat(5_000)] })]) {
      let hash = 0x811c9dc5n;
      for (const byte of Buffer.from(text, "utf16le")) hash = ((hash ^ BigInt(byte)) * 0x01000193n) % 2n ** 32n;
      expect(checksum(text)).toBe(Number(hash));
    }
  });

  test("it is the sum of the snapshot's state text at that rev", async () => {
    await using running = await testServer(always());
    const ada = await enter(running, "Ada");
    const texts: string[] = [];
    ada.socket.addEventListener("message", ({ data }) => void texts.push(String(data)));
    for (const text of ["one", "zwei 🎈", "\u2028three\\"]) {
      const { rev } = (await ada.do(say(text))) as { rev: number };
      const { payload } = ada.of("delta").at(-1) ?? {};
      expect([payload.to, payload.sum]).toEqual([rev, expect.any(Number)]);
      const from = ada.frames.length;
      ada.raw({ type: "resync", payload: { reason: "asked" } });
      await ada.next("snapshot", from);
      const frame = texts.findLast((other) => other.startsWith('{"type":"snapshot"')) ?? "";
      expect(frame).toContain(`"rev":${rev},`);
      expect(payload.sum).toBe(checksum(frame.slice(frame.indexOf('"state":') + 8, -2)));
    }
  });

  test("only deltas of ops that are told live carry one: no acknowledgement, no catching up", async () => {
    await using running = await testServer(always());
    const ada = await enter(running, "Ada");
    const ben = await enter(running, "Ben");
    await vanish(running, ben);
    for (const text of ["a", "b"]) await ada.do(say(text));
    const back = ben.resumed(running.url());
    await back.until(() => back.rev >= 5, "what it missed");
    ada.raw({ type: "command", payload: { seq: 1, event: say("a") } });
    await ada.until(() => ada.of("delta").at(-1)?.payload.ops.length === 0, "the acknowledgement");
    for (const { payload } of ada.of("delta")) expect("sum" in payload).toBe(payload.ops.length > 0);
    const caughtUp = back.of("delta").find(({ payload }) => payload.ops.some((op: unknown[]) => JSON.stringify(op).includes('"a"')));
    expect(caughtUp?.payload).not.toHaveProperty("sum");
  });
});

describe("[DELTA-8] [L7] who replays has the same sum", () => {
  test("through a whole meeting: people who come, go and change, a deadline that passes, a client that came late", async () => {
    const options = always();
    await using running = await testServer(options);
    const host = await enter(running, "Host");
    const ben = await enter(running, "Ben");
    const seen = [watched(host), watched(ben)];
    await host.do({ type: "meeting.start" });
    await host.do({ type: "agenda.add", title: "Plan", minutes: 1 });
    await host.do({ type: "agenda.start", item: "host-2" });
    await ben.do({ type: "hand.raise" });
    await host.do({ type: "member.promote", user: "ben", role: "cohost" });
    await options.clock.advance(61_000);
    const cy = await enter(running, "Cy");
    seen.push(watched(cy));
    await cy.do({ type: "poll.open", question: "Tea?", options: ["yes", "no"] });
    await host.do({ type: "poll.open", question: "Coffee?", options: ["yes", "no"] });
    await cy.do({ type: "poll.vote", poll: "host-5", option: 1 });
    await ben.do({ type: "react", emoji: "👍" });
    ben.raw({ type: "bye", payload: {} });
    await ben.end();
    await vanish(running, cy);
    await eventually(() => onlyRoom(running).owner?.committed.domain.rev === onlyRoom(running).feed?.rev, "all is told");
    const back = cy.resumed(running.url());
    seen.push(watched(back));
    await back.until(() => back.welcome !== undefined, "the welcome");
    await options.clock.advance(1_000);
    await host.do(say("bye"));
    await host.do({ type: "meeting.end" });
    await together(host, back);
    expect(seen.flatMap(({ differed }) => differed)).toEqual([]);
    // Not vacuous: everybody compared, and the host every op after its own join.
    expect(seen.map(({ compared }) => compared > 0)).toEqual([true, true, true, true]);
    expect(sums(host).every((sum, i) => sum !== undefined || host.of("delta")[i]?.payload.ops.length === 0)).toBe(true);
    const ops = host
      .of("delta")
      .flatMap(({ payload }) => payload.ops.map(([who, , event]: [number, number, { type: string }]) => [who, event.type]));
    expect(ops.some(([who, type]) => who === 0 && type.startsWith("xstate.after"))).toBe(true);
    expect([...host.fates.values()].filter(({ ok }) => !ok)).toEqual([]);
  });

  test("a client that went another way sees it at the next sum, and a snapshot heals it", async () => {
    await using running = await testServer(always());
    const ada = await enter(running, "Ada");
    const seen = watched(ada);
    await ada.do(say("in step"));
    expect(seen).toEqual({ compared: 1, differed: [] });
    ada.forgetOneOp();
    await ada.do(say("astray"));
    expect(seen).toEqual({ compared: 2, differed: [3] });
    const from = ada.frames.length;
    ada.raw({ type: "resync", payload: { reason: "diverged" } });
    expect((await ada.next("snapshot", from)).payload).toMatchObject({ reason: "diverged", rev: 3 });
    await ada.do(say("in step again"));
    expect(seen).toEqual({ compared: 3, differed: [3] });
  });

  test("[DELTA-5] in mode patches it fits the document", async () => {
    await using running = await testServer(always());
    const host = await enter(running, "Host");
    const seen = watched(host);
    const old = await enter(running, "Olga", { machine: 7 });
    await host.do(say("one"));
    await host.do({ type: "meeting.start" });
    await old.until(() => old.rev >= host.rev, "the head");
    const patched = old.of("delta").filter(({ payload }) => payload.patches.length > 0);
    expect(patched.length).toBeGreaterThanOrEqual(2);
    for (const { payload } of patched) expect(payload.sum).toBe(checksum(JSON.stringify(payload.document)));
    expect(seen).toMatchObject({ differed: [] });
  });

  test("[L8] each audience has the sum of what it may see, and no other's", async () => {
    const masked = defineRoom({
      ...meeting,
      audience: ({ role }: { role: string }) => (role === "host" ? "hosts" : "others"),
      view: ({ context }: { context: { meeting: object } }, audience: string) =>
        audience === "hosts" ? context : { ...context, meeting: { ...context.meeting, chat: [] } },
    } as never) as typeof meeting;
    await using running = await testServer({ ...always(), rooms: [masked] });
    const host = await enter(running, "Host");
    const ben = await enter(running, "Ben");
    await host.do(say("for hosts"));
    await ben.until(() => ben.of("delta").some(({ payload }) => payload.to === host.rev), "the head");
    const [seenByHost, seenByBen] = [host, ben].map((client) => client.of("delta").findLast(({ payload }) => payload.sum !== undefined));
    expect(seenByHost?.payload.to).toBe(seenByBen?.payload.to);
    for (const frame of [seenByHost, seenByBen]) expect(frame?.payload.sum).toBe(checksum(JSON.stringify(frame?.payload.document)));
    expect(seenByHost?.payload.sum).not.toBe(seenByBen?.payload.sum);
  });

  test("[L12] ops that a reload found durable are told with the sum of the state after them", async () => {
    const faulty = new FaultyJournal();
    const harness = await Harness.start({ types: [counter], journal: faulty.factory(memory()), limits: { checksumEveryMsMin: 0 } });
    const room = harness.room("counter");
    const ann = await harness.join(room, "ann");
    faulty.faults.push("landed");
    await harness.command(room, ann, 1, { type: "add", n: 5 });
    await harness.pass(1_000);
    if (ann.session === undefined) throw new Error("no session");
    room.ingress.resync(ann.session, "asked");
    const { rev, state } = ann.of("snapshot").at(-1);
    expect([rev, state.context.total]).toEqual([2, 5]);
    expect(ann.of("delta").filter(({ ops }) => ops.length > 0)).toMatchObject([{ to: 2, sum: checksum(JSON.stringify(state)) }]);
  });
});

describe("[DELTA-8] [L11] what it may cost", () => {
  const feedOf = (checksums: Checksums, project: () => unknown, published: string[] = []) =>
    new Feed(
      {
        epoch: "e",
        limits: defaultLimits,
        checksums,
        publish: (_, frame) => void published.push(frame),
        project,
        personal: () => undefined,
        onSnapshot: () => undefined,
        onBigFrame: () => undefined,
      },
      0,
      [],
    );

  test("after sums that took 50 ms, no room makes any for 5 s; without a cost, each has its own pace", () => {
    const clock = { ...new VirtualClock(), atMs: 1_000, monotonic: () => clock.atMs, now: () => 0, setTimer: () => () => undefined };
    const budget = new ChecksumBudget(clock);
    const [one, two] = [new Checksums(budget, 300), new Checksums(budget, 300)];
    const costing = (ms: number) => () => {
      clock.atMs += ms;
      return "made";
    };
    expect(one.ifDue(costing(50))).toBe("made");
    const endedMs = clock.atMs;
    for (const waited of [0, 300, 4_999]) {
      clock.atMs = endedMs + waited;
      expect([one.ifDue(costing(0)), two.ifDue(costing(0))]).toEqual([undefined, undefined]);
    }
    clock.atMs = endedMs + 5_000;
    expect([two.ifDue(costing(0)), one.ifDue(costing(0))]).toEqual(["made", "made"]);
    clock.atMs += 299;
    expect([two.ifDue(costing(0)), one.ifDue(costing(0))]).toEqual([undefined, undefined]);
    clock.atMs += 1;
    expect([two.ifDue(costing(0)), one.ifDue(costing(0))]).toEqual(["made", "made"]);
  });

  test("a room that nobody is live in encodes no state", () => {
    let encoded = 0;
    const published: string[] = [];
    const feed = feedOf(
      new Checksums(new ChecksumBudget(new VirtualClock()), 0),
      () => {
        encoded++;
        return "{}";
      },
      published,
    );
    feed.apply({ ops: [encodeOp({ rev: 1, at: 1, who: 0, seq: 0 }, '{"type":"x"}')], cues: [] });
    expect([feed.rev, encoded, published]).toEqual([1, 0, []]);
  });

  /** Two rooms whose state is dear to encode, an op in each of them in turn: when sums came, in ms. */
  async function sumTimes(costMs: number): Promise<{ readonly times: number[]; readonly rooms: Set<number>; readonly deltas: number }> {
    class WorkingClock extends VirtualClock {
      workedMs = 0;
      override monotonic(): number {
        return super.monotonic() + this.workedMs;
      }
    }
    const clock = new WorkingClock();
    const working = {
      ...counter,
      view: ({ context }: { context: object }) => {
        clock.workedMs += costMs;
        return context;
      },
    };
    const limits = { checksumEveryMsMin: 0, lagUnreportedBytesMax: Number.MAX_SAFE_INTEGER };
    const harness = await Harness.start({ types: [working as never], journal: memory(), limits, clock });
    const rooms = ["a", "b"].map((id) => harness.room("counter", id));
    const sockets: FakeSocket[] = [];
    for (const room of rooms) sockets.push(await harness.join(room, "ann"));
    const seen = { times: [] as number[], rooms: new Set<number>(), deltas: 0 };
    for (let seq = 1; seq <= 60; seq++) {
      for (const [i, room] of rooms.entries()) {
        const socket = sockets[i] as FakeSocket;
        const before = socket.frames.length;
        await harness.command(room, socket, seq, { type: "add", n: 1 }, 130);
        const told = socket.frames.slice(before).filter(({ type, payload }) => type === "delta" && payload.patches.length > 0);
        seen.deltas += told.length;
        if (!told.some(({ payload }) => payload.sum !== undefined)) continue;
        seen.times.push(clock.monotonic());
        seen.rooms.add(i);
      }
    }
    return seen;
  }

  test("two rooms share one budget", async () => {
    const { times, rooms, deltas } = await sumTimes(50);
    expect([deltas, rooms.size]).toEqual([120, 2]);
    expect(times.length).toBeGreaterThanOrEqual(4);
    for (const [i, time] of times.slice(1).entries()) expect(time - (times[i] ?? 0)).toBeGreaterThanOrEqual(5_000);
    // Canary: where making them takes no time, nothing holds them back.
    expect((await sumTimes(0)).times.length).toBe(120);
  });

  test("in one room they come every 5 s at most", async () => {
    const clock = new VirtualClock();
    await using running = await testServer({
      clock,
      limits: { broadcastWindowMinMs: 0, flushUs: 0, flushUsPerSession: 0, pingEveryMs: 600_000 },
    });
    const ada = await enter(running, "Ada");
    for (let i = 0; i < 24; i++) {
      await ada.do(say(`${i}`));
      await clock.advance(500);
    }
    expect(sums(ada).flatMap((sum, i) => (sum === undefined ? [] : [i]))).toEqual([0, 10, 20]);
  });
});
