import { describe, expect, test } from "bun:test";
import { type AnyStateMachine, fromPromise } from "xstate";
import type { Sent } from "../../src/client/index.ts";
import { type MemoryStore, memory } from "../../src/journal/memory.ts";
import { extendMeeting } from "../../src/meeting/extend.ts";
import { meetingReasons } from "../../src/meeting/reasons.ts";
import { update } from "../../src/meeting/update.ts";
import { defineRoom } from "../../src/room/define-room.ts";
import { fingerprint, initialDomain, replay } from "../../src/room/domain.ts";
import { decodeOpRecord } from "../../src/room/op.ts";
import type { Room } from "../../src/room/room.ts";
import { serve } from "../../src/room/serve.ts";
import { inertScope } from "../../src/room/step.ts";
import { VirtualClock } from "../../src/testing/clock.ts";
import { simulate } from "../../src/testing/simulate.ts";
import { Harness } from "../support/harness.ts";
import { estimates, kit } from "./estimates.ts";

/** Two people in a running meeting, a task open for estimates. */
async function opened() {
  const sim = await simulate(estimates, { clients: 2 });
  const [host, ben] = sim.clients;
  if (ben === undefined) throw new Error("no second client");
  host.send({ type: "meeting.start" });
  host.send({ type: "task.open", task: "Login" });
  await sim.settle();
  /** What became of commands, once time has passed. */
  const settled = async (...sent: readonly Sent<typeof estimates>[]) => {
    await sim.settle();
    return Promise.all(sent.map((one) => one.settled));
  };
  return { sim, host, ben, settled };
}

describe("an app on the meeting", () => {
  test("[extend] its region stands beside the meeting's, its data beside the meeting's data", async () => {
    const { sim, host, ben } = await opened();
    await using _ = sim;
    for (const { state } of [host, ben]) {
      expect(state.value).toEqual({ phase: "live", recording: "off", floor: "free", agenda: "idle", app: "giving" });
      expect(Object.keys(state.context)).toEqual(["id", "meeting", "app"]);
      expect(state.context.id).toBe("sim");
      expect(state.context.app).toMatchObject({ task: "Login", seconds: 60, given: {}, agreed: [] });
      expect(state.matches({ phase: "live", app: "giving" })).toBe(true);
    }
  });

  test("[extend] the meeting's commands and the app's go side by side, and both are predicted", async () => {
    const { sim, host, ben, settled } = await opened();
    await using _ = sim;
    const sent = [ben.send({ type: "hand.raise" }), ben.send({ type: "give", hours: 4 }), ben.send({ type: "floor.take" })];
    expect(sent.map(({ predicted }) => predicted)).toEqual([true, true, true]);
    expect(ben.confirmed.context.app.given).toEqual({});
    expect(ben.state.context.app.given).toEqual({ u2: 4 });
    expect(ben.state.matches({ floor: "taken", app: "giving" })).toBe(true);
    expect(await settled(...sent)).toMatchObject([{ ok: true }, { ok: true }, { ok: true }]);
    expect(host.state.context.meeting.speaker).toBe("u2");
    expect(sim.divergence()).toBeUndefined();
  });

  test("[L8] what the view hides stays hidden until the region moves on", async () => {
    const { sim, host, ben, settled } = await opened();
    await using _ = sim;
    ben.send({ type: "give", hours: 4 });
    await sim.settle();
    expect(host.state.context.app.given).toEqual({ u2: { $hidden: true } });
    expect(await settled(host.send({ type: "show" }))).toMatchObject([{ ok: true }]);
    expect(host.state.context.app.given).toEqual({ u2: 4 });
  });

  test("a refusal tells the app's reason, made from its data and the guard's params, or the meeting's", async () => {
    const { sim, host, ben, settled } = await opened();
    await using _ = sim;
    const refusals = () =>
      settled(ben.send({ type: "show" }), ben.send({ type: "task.open", task: "b" }), ben.send({ type: "meeting.end" }));
    const before = await refusals();
    expect(before[0]).toMatchObject({
      ok: false,
      code: "guard",
      guard: "gaveAtLeast",
      params: { n: 1 },
      reason: "At least 1 estimate is needed.",
    });
    expect(before[1]).toMatchObject({ ok: false, code: "state", acceptedIn: ["app.idle"] });
    expect(before[2]).toMatchObject({ ok: false, guard: "isHost", reason: "Only the host runs the rounds." });
    host.send({ type: "give", hours: 2 });
    await sim.settle();
    const reason = "Only the host runs the rounds. Or: 1 gave theirs; wait for the rest.";
    expect(ben.explain({ type: "show" })).toMatchObject({ verdict: "refused", guard: "isHost", reason });
    expect((await refusals())[0]).toMatchObject({ ok: false, guard: "isHost", reason });
    expect(ben.explain({ type: "poll.close", poll: "p" })).toMatchObject({ guard: "isModerator", reason: meetingReasons.isModerator });
    expect(ben.explain({ type: "member.mute", user: "u1" })).toMatchObject({ guard: "isModerator" });
    expect(host.explain({ type: "member.mute", user: "u9" })).toMatchObject({ reason: meetingReasons.targetIsPresent });
  });

  test("one command moves several regions at once: one op, one rev, and nobody sees anything between", async () => {
    const { sim, host, ben } = await opened();
    await using _ = sim;
    ben.send({ type: "floor.take" });
    await sim.settle();
    const seen = new Set<string>();
    ben.select(({ value }) => value).subscribe((value) => seen.add(JSON.stringify(value)));
    const { rev } = ben;
    host.send({ type: "meeting.end" });
    await sim.settle();
    const ended = { phase: "ended", recording: "off", floor: "free", agenda: "idle", app: "idle" };
    expect(ben.rev).toBe(rev + 1);
    expect([...seen]).toEqual([JSON.stringify(ended)]);
    expect(ben.state.context.app.endsAt).toBeNull();
  });

  test("[L4] its timer fires as an op, and its cue is told", async () => {
    const { sim, host, ben } = await opened();
    await using _ = sim;
    const cues: unknown[] = [];
    ben.on("cue", (cue) => cues.push(cue));
    ben.send({ type: "give", hours: 4 });
    await sim.pass(50_000);
    const { rev } = host;
    expect(host.state.matches({ app: "giving" })).toBe(true);
    await sim.pass(10_000);
    expect(host.state.matches({ phase: "live", app: "shown" })).toBe(true);
    expect(host.rev).toBe(rev + 1);
    expect(cues).toEqual([{ type: "shown", task: "Login" }]);
    expect(sim.divergence()).toBeUndefined();
  });

  test("the role is the meeting's word: who is promoted may at once do what the app leaves to hosts", async () => {
    const { sim, host, ben, settled } = await opened();
    await using _ = sim;
    host.send({ type: "give", hours: 1 });
    host.send({ type: "member.promote", user: "u2", role: "host" });
    await sim.settle();
    expect(await settled(ben.send({ type: "show" }))).toMatchObject([{ ok: true }]);
  });
});

describe("on the server", () => {
  async function served(store: MemoryStore, clock: VirtualClock, ticket: () => Promise<{ ticket: string }>) {
    const services = { tracker: fromPromise<{ ticket: string }, { task: string; hours: number }>(ticket) };
    const harness = await Harness.start({ types: [serve(estimates, { services })], journal: memory({ store }), clock });
    return { harness, room: harness.room("estimates") };
  }
  const stateOf = (room: Room) => {
    if (room.committed === undefined) throw new Error("nothing is committed");
    return room.committed.domain;
  };

  const never = () => Promise.withResolvers<{ ticket: string }>().promise;

  test("[L4] after a crash its timer still fires; [L7] replaying the journal gives the state in memory, byte for byte", async () => {
    const store: MemoryStore = new Map();
    const clock = new VirtualClock();
    const input = { id: "r", at: clock.now() };
    const replayed = () => {
      const scope = inertScope(estimates.machine, input);
      const ops = (store.get("estimates/r")?.entries ?? []).map(({ rev, data }) => decodeOpRecord(rev, data));
      let { state } = initialDomain(estimates.machine, input, scope, 10);
      for (const op of ops) state = replay(estimates.machine, state, op, scope);
      return { state, types: ops.map(({ event }) => event.type) };
    };
    const first = await served(store, clock, never);
    const ann = await first.harness.join(first.room, "ann", { role: "host" });
    await first.harness.command(first.room, ann, 1, { type: "meeting.start" });
    await first.harness.command(first.room, ann, 2, { type: "task.open", task: "Login", seconds: 90 });
    await first.harness.command(first.room, ann, 3, { type: "give", hours: 8 });
    expect(stateOf(first.room).snapshot.value).toMatchObject({ phase: "live", app: "giving" });
    expect(fingerprint(replayed().state)).toBe(fingerprint(stateOf(first.room)));
    // The process is gone: nothing is closed, nothing flushed.
    const second = await served(store, new VirtualClock(clock.now() + 10_000), never);
    await second.harness.join(second.room, "ann", { role: "host" });
    await second.harness.pass(85_000);
    expect(stateOf(second.room).snapshot.value).toMatchObject({ phase: "live", app: "shown" });
    const { state, types } = replayed();
    // The name lies in journals.
    expect(types).toContain("xstate.after.givingTime.meeting.app.giving");
    expect(fingerprint(state)).toBe(fingerprint(stateOf(second.room)));
    expect([...first.harness.alarms, ...second.harness.alarms]).toEqual([]);
  });

  test("[L3] its service runs after the commit and reports as an op, beside the meeting's own", async () => {
    const job = Promise.withResolvers<{ ticket: string }>();
    const { harness, room } = await served(new Map(), new VirtualClock(), () => job.promise);
    const ann = await harness.join(room, "ann", { role: "host" });
    const commands = [
      { type: "meeting.start" },
      { type: "task.open", task: "Login", seconds: 90 },
      { type: "give", hours: 8 },
      { type: "show" },
      { type: "agree", hours: 8 },
      { type: "recording.start" },
    ];
    for (const [i, command] of commands.entries()) await harness.command(room, ann, i + 1, command);
    await harness.pass(1_000);
    expect(stateOf(room).snapshot.value).toMatchObject({ app: "filing", recording: "off" });
    expect(stateOf(room).snapshot.context.meeting.recording.error).toBe("This server records nothing.");
    job.resolve({ ticket: "T-1" });
    await harness.pass(1_000);
    expect(stateOf(room).snapshot.value).toMatchObject({ app: "idle" });
    expect(stateOf(room).snapshot.context.app.agreed).toEqual([{ task: "Login", hours: 8, ticket: "T-1" }]);
    expect(harness.alarms).toEqual([]);
  });
});

describe("[definition] of an extended meeting", () => {
  const definition = { type: "estimates", version: 1, commands: kit.commands, role: kit.role } as const;
  const reasons = { ...kit.reasons, allGave: "a", wasGiven: "b", gaveAtLeast: "c" };

  test("`defineRoom` sees into the app's region: a timer without a delay, a guard without a reason", () => {
    const late = kit.createMachine({ initial: "a", states: { a: { after: { givngTime: "b" } }, b: {} } } as { initial: "a" });
    expect(() => defineRoom({ ...definition, machine: late, reasons })).toThrow("the state 'app.a' waits for 'givngTime'");
    const fine = kit.createMachine({ initial: "a", states: { a: { after: { givingTime: "b" } }, b: {} } });
    expect(() => defineRoom({ ...definition, machine: fine, reasons })).not.toThrow();
    const { allGave: _, ...fewer } = reasons;
    expect(() => defineRoom({ ...definition, machine: fine, reasons: fewer as typeof reasons })).toThrow(
      "the guard 'allGave' has no reason",
    );
  });

  test("what an app needs not, it leaves out; `update` leaves the rest of its data and the meeting as they are", async () => {
    const bare = extendMeeting({ commands: { bump: {} }, app: ({ id, at }) => ({ id, at, n: 0 }) });
    const machine = bare.createMachine({ on: { bump: { guard: "isMember", actions: update(({ app }) => ({ n: app.n + 1 })) } } });
    const counting = defineRoom({ type: "counting", version: 1, machine, commands: bare.commands, role: bare.role, reasons: bare.reasons });
    await using sim = await simulate(counting, { clients: 2 });
    const [host] = sim.clients;
    const before = host.state.context;
    expect(host.state.value).toMatchObject({ phase: "lobby", app: {} });
    host.send({ type: "bump" });
    await sim.settle();
    expect(host.state.context).toEqual({ ...before, app: { ...before.app, n: 1 } });
    expect(before.app).toEqual({ id: "sim", at: before.app.at, n: 0 });
    expect(before.app.at).toBeGreaterThan(0);
  });

  test("two apps on one meeting share nothing", () => {
    const one = extendMeeting({ commands: { a: {} }, app: () => ({ n: 1 }), guards: { some: () => true } });
    const other = extendMeeting({ commands: { b: {} }, app: () => ({ n: 2 }) });
    const guards = (machine: AnyStateMachine) => Object.keys(machine.implementations.guards);
    expect(guards(one.createMachine({}))).toContain("some");
    expect(guards(other.createMachine({})).sort()).toEqual(Object.keys(meetingReasons).sort());
    expect(Object.keys(other.commands)).not.toContain("a");
  });
});
