/** What runs beside a state when its room is migrated: timers, services, and what history states remember. */
import { describe, expect, test } from "bun:test";
import { raise, spawnChild } from "xstate";
import { defineRoom, type OldState } from "../../src/room/define-room.ts";
import { type Desk2, desk, desk2, deskWith, ringMs } from "../support/desk.ts";
import type { FakeSocket, Harness } from "../support/harness.ts";
import { Releases } from "../support/releases.ts";

const timers = (releases: Releases) => releases.saved.domain.timers.map(({ id, dueAt }) => [id, dueAt]);
const ringing = "xstate.after.ringTime.desk.bell.ringing";
const to = (change: Record<string, string>, renamed: (timers: OldState["timers"]) => OldState["timers"] = (same) => same) =>
  ({
    migrate: (from: number, { value, context, timers: old }: OldState) => ({
      context: desk2.migrate?.(from, { value, context, timers: {} }).context,
      value: { ...(value as object), ...change },
      timers: renamed(old),
    }),
  }) as const;
const migrateNotes = to({});

/** What `deskWith` gives, as version 1. */
const version1 = (change: Parameters<typeof deskWith>[0]) =>
  defineRoom({ ...deskWith(change), version: 1, migrate: undefined } as never) as unknown as typeof desk;
const unchanged = { migrate: (_: number, { context }: OldState) => ({ context }) };

/** Version 1, where `events` happened; then the server is stopped, or crashes. When the last of them was. */
const old = (releases: Releases, events: readonly string[], isClean = true) => happened(releases, desk, events, isClean);
async function happened(releases: Releases, def: typeof desk, events: readonly string[], isClean = true): Promise<number> {
  const server = await releases.start(def);
  const room = server.room("desk");
  const ann = await server.join(room, "ann");
  for (const [i, type] of events.entries()) await server.command(room, ann, i + 1, { type });
  const at = room.committed?.domain.at ?? 0;
  await releases.clock.advance(10_000);
  if (isClean) await releases.stop();
  else releases.crash();
  return at;
}

async function upgraded(releases: Releases, def: typeof desk2): Promise<Harness> {
  const server = await releases.start(def);
  server.room("desk");
  await server.pass(200);
  return server;
}
const context = (server: Harness) => server.room("desk").committed?.domain.snapshot.context as Desk2;
const alarm = (server: Harness) => server.alarms[0]?.message ?? "";

describe("timers", () => {
  for (const isClean of [true, false])
    test(`one that this version has, too, goes on and fires at its time${isClean ? "" : ", after a crash"}`, async () => {
      using releases = new Releases();
      const at = await old(releases, ["ring"], isClean);
      const server = await upgraded(releases, desk2);
      expect(timers(releases)).toEqual([[ringing, at + ringMs]]);
      await server.pass(at + ringMs - releases.clock.now() - 1_000);
      expect(context(server).rings).toBe(0);
      await server.pass(2_000);
      expect(context(server).rings).toBe(1);
      expect(server.alarms).toEqual([]);
    });

  test("an overdue one fires at once, and a room that sleeps wakes in its new version", async () => {
    using releases = new Releases({ limits: { graceMs: 1_000, idleRoomMs: 5_000 } });
    await old(releases, ["ring"]);
    await releases.clock.advance(10 * ringMs);
    const server = await releases.start(desk2);
    server.directory.start();
    await server.pass(2_000);
    expect(context(server).rings).toBe(1);
    expect(releases.saved.version).toBe(2);
  });

  const loud = {
    bell: {
      initial: "quiet",
      states: {
        quiet: { on: { ring: "loud" } },
        loud: { on: { hush: "quiet" }, after: { ringTime: { target: "quiet", actions: "rang" } } },
      },
    },
  };
  test("of a state that has another name now: as migrate's `timers` say", async () => {
    using releases = new Releases();
    const at = await old(releases, ["ring"]);
    const renamed = to({ bell: "loud" }, ({ [ringing]: dueAt = 0, ...others }) => ({
      ...others,
      "xstate.after.ringTime.desk.bell.loud": dueAt,
    }));
    const server = await upgraded(releases, deskWith({ states: loud, ...renamed }));
    expect(timers(releases)).toEqual([["xstate.after.ringTime.desk.bell.loud", at + ringMs]]);
    await server.pass(ringMs);
    expect(context(server).rings).toBe(1);
  });

  test("of no state of this version: refused, unless `timers` leave it out; then the new state's begins", async () => {
    using releases = new Releases();
    await old(releases, ["ring"]);
    const refused = await upgraded(releases, deskWith({ states: loud, ...to({ bell: "loud" }) }));
    expect(alarm(refused)).toContain(
      `the timer '${ringing}' is of no state of this version: rename it in migrate's \`timers\`, or leave it out`,
    );
    const server = await upgraded(releases, deskWith({ states: loud, ...to({ bell: "loud" }, () => ({})) }));
    expect(server.alarms).toEqual([]);
    const [[id, dueAt] = []] = timers(releases);
    expect(id).toBe("xstate.after.ringTime.desk.bell.loud");
    expect(releases.clock.now() + ringMs - Number(dueAt)).toBeWithin(0, 500);
  });

  test("of a state that `migrate` leaves: it ends", async () => {
    using releases = new Releases();
    await old(releases, ["ring"]);
    const server = await upgraded(releases, deskWith(to({ bell: "quiet" })));
    expect(server.alarms).toEqual([]);
    expect(timers(releases)).toEqual([]);
  });

  test("that fired after the old snapshot, and which this version does not have there: refused", async () => {
    using releases = new Releases();
    const server = await releases.start(desk);
    const room = server.room("desk");
    const ann = await server.join(room, "ann");
    await server.command(room, ann, 1, { type: "ring" });
    await server.pass(ringMs + 1_000);
    releases.crash();
    const silent = { bell: { initial: "quiet", states: { quiet: { on: { ring: "ringing" } }, ringing: { on: { hush: "quiet" } } } } };
    expect(alarm(await upgraded(releases, deskWith({ states: silent, ...migrateNotes })))).toContain(`('${ringing}') was accepted once`);
    const same = await upgraded(releases, desk2);
    expect(context(same).rings).toBe(1);
  });

  test("a new one of an active state begins, if the state would surely be left by it", async () => {
    using releases = new Releases();
    await old(releases, ["open"]);
    const closing = (more: object) => ({
      drawer: {
        initial: "closed",
        states: {
          closed: { on: { open: "opened" } },
          opened: { initial: "top", states: { top: {}, bottom: {}, before: { type: "history" } }, on: { shut: "closed" }, ...more },
        },
      },
    });
    const begun = async (after: object) => {
      using copy = new Releases();
      await old(copy, ["open"]);
      await upgraded(copy, deskWith({ states: closing({ after }), ...migrateNotes }));
      return timers(copy).map(([id]) => id);
    };
    expect(await begun({ 5000: "closed" })).toEqual(["xstate.after.5000.desk.drawer.opened"]);
    expect(await begun({ 5000: [{ guard: "isThere", target: "closed" }, { target: "closed" }] })).toHaveLength(1);
    expect(await begun({ 5000: { target: "opened", reenter: true } })).toHaveLength(1);
    // It may have fired, and the state be as it is.
    expect(await begun({ 5000: { target: "closed", guard: "isThere" } })).toEqual([]);
    expect(await begun({ 5000: { actions: "rang" } })).toEqual([]);
    expect(await begun({ 5000: ".bottom" })).toEqual([]);
    expect(await begun({ 5000: [{ guard: "isThere", actions: "rang" }, { target: "closed" }] })).toEqual([]);
  });

  test("one that no state waits for goes on if this version takes its event, and is refused if not", async () => {
    const waving = { actions: raise({ type: "woken" }, { id: "nap", delay: 20_000 }) };
    for (const isTaken of [true, false]) {
      using releases = new Releases();
      await happened(releases, version1({ on: { wave: waving, woken: { actions: "rang" } } }), ["wave"]);
      const server = await upgraded(releases, deskWith({ on: isTaken ? { woken: { actions: "rang" } } : {}, ...unchanged }));
      await server.pass(15_000);
      if (isTaken) expect(context(server).rings).toBe(1);
      else expect(alarm(server)).toContain("the timer 'nap' is of no state of this version");
    }
  });

  test("one that there never was is refused", async () => {
    using releases = new Releases();
    await happened(releases, version1({}), []);
    const server = await upgraded(releases, deskWith({ migrate: (_, state) => ({ context: state.context, timers: { nap: 1 } }) }));
    expect(alarm(server)).toContain("the timer 'nap' is of no state of this version");
  });
});

describe("services", () => {
  const busy = (invoke: object) => ({
    work: { initial: "idle", states: { idle: { on: { work: "busy" } }, busy: { invoke: { onDone: "idle", onError: "idle", ...invoke } } } },
  });

  test("one that an active state invokes, as before, is invoked again with its old input", async () => {
    using releases = new Releases();
    const at = await old(releases, ["work"]);
    const server = await upgraded(releases, desk2);
    expect(releases.jobs).toEqual([{ at }, { at }]);
    expect(server.alarms).toEqual([]);
  });

  test("one that is new begins, with an input of its own; under its old name, another service is a new one", async () => {
    for (const id of ["job", "other"]) {
      using releases = new Releases();
      const at = await old(releases, ["work"]);
      const def = deskWith({
        states: busy({ src: "job", id, input: ({ event }: { event: { at: number } }) => ({ new: event.at }) }),
        ...migrateNotes,
      });
      const server = await upgraded(releases, def);
      expect(server.alarms).toEqual([]);
      const [first, second, ...more] = releases.jobs as { at?: number; new?: number }[];
      expect([first, more]).toEqual([{ at }, []]);
      // What was running under this name goes on; what was not, begins at this moment.
      if (id === "job") expect(second).toEqual({ at });
      else expect(releases.clock.now() - Number(second?.new)).toBeWithin(0, 500);
      expect(Object.keys((releases.saved.domain.machine as { children: object }).children)).toEqual([id]);
    }
  });

  test("one that the machine has spawned goes on, if this version spawns it, too; else it ends", async () => {
    const spawning = { on: { wave: { actions: spawnChild("job", { id: "helper", input: "spawned" } as never) } } };
    for (const [before, after, jobs] of [
      [spawning, spawning, ["spawned", "spawned"]],
      [spawning, {}, ["spawned"]],
    ] as const) {
      using releases = new Releases();
      await happened(releases, version1(before), ["wave"]);
      const server = await upgraded(releases, deskWith({ ...after, ...unchanged }));
      expect(server.alarms).toEqual([]);
      expect(releases.jobs).toEqual([...jobs]);
    }
  });

  test("one of a state that is left ends; one without an input to begin with is refused", async () => {
    using releases = new Releases();
    await old(releases, ["work"]);
    const input = ({ event }: { event: { note?: { text: string } } }) => event.note?.text.length ?? (undefined as never as { x: 1 }).x;
    const refused = await upgraded(releases, deskWith({ states: busy({ src: "job", id: "other", input }), ...migrateNotes }));
    expect(alarm(refused)).toContain("cannot be brought from version 1 to version 2");
    const unknown = await upgraded(releases, deskWith({ states: busy({ src: "nobody", id: "other" }), ...migrateNotes }));
    expect(alarm(unknown)).toContain("there is no service 'nobody'");
    await upgraded(releases, deskWith(to({ work: "idle" })));
    expect(releases.jobs).toHaveLength(1);
    expect((releases.saved.domain.machine as { children: object }).children).toEqual({});
  });
});

describe("what history states remember", () => {
  const opened = async (releases: Releases, def: typeof desk2): Promise<unknown> => {
    const server = await upgraded(releases, def);
    const room = server.room("desk");
    const ann: FakeSocket = await server.join(room, "ann", { machine: 2, nextSeq: 4 });
    await server.command(room, ann, 4, { type: "open" });
    expect(server.alarms).toEqual([]);
    return room.committed?.domain.snapshot.value;
  };

  test("is kept, after a restart, too; of states that are gone it is forgotten", async () => {
    using releases = new Releases();
    await old(releases, ["open", "turn", "shut"]);
    expect(await opened(releases, desk2)).toMatchObject({ drawer: { opened: "bottom" } });
    using others = new Releases();
    await old(others, ["open", "turn", "shut"]);
    const drawer = (states: object) => ({
      drawer: { initial: "closed", states: { closed: { on: { open: "opened.before" } }, opened: { initial: "top", states } } },
    });
    expect(
      await opened(others, deskWith({ states: drawer({ top: {}, under: {}, before: { type: "history" } }), ...migrateNotes })),
    ).toMatchObject({
      drawer: { opened: "top" },
    });
  });
});

test("a state that is final in this version is the room's end: its timers and services end with it", async () => {
  using releases = new Releases();
  await old(releases, ["ring", "work"]);
  const end = { initial: "end", states: { end: { type: "final" } } };
  const def = deskWith({ states: { bell: end, drawer: end, work: end }, ...to({ bell: "end", drawer: "end", work: "end" }) });
  const server = await upgraded(releases, def);
  expect(server.alarms).toEqual([]);
  expect(releases.saved.domain).toMatchObject({ timers: [], machine: { status: "done", children: {} } });
  expect(releases.jobs).toHaveLength(1);
});
