/** machines/room.ts against a real room, its log and its people. */
import { afterAll, describe, expect, test } from "bun:test";
import { room as roomLife } from "../../machines/room.ts";
import { defaultLimits } from "../../src/protocol/limits.ts";
import { type Cause, cover, expectComplete, type Plan } from "./cover.ts";
import { followAll, type Transition } from "./explore.ts";
import { backoffMs, fuseMs, House, idleRoomMs } from "./house.ts";
import { roomModel as model } from "./models.ts";

const unreachable = {
  "idle · quarantine":
    "What sends it is a flush that throws after its commit, in what it tells to sessions; a room that is idle has none. A net for bugs that are not there.",
};

const causes: Record<string, Cause<House>> = {
  loaded: async (house) => {
    house.door.open();
    await house.settle();
    if (house.seq === 0) await house.give({ type: "fuse" });
  },
  loadFailed: async (house) => {
    house.door.fail();
    await house.settle();
  },
  "loading · quarantine": async (house) => {
    const snapshots = [{ rev: 0, data: JSON.stringify({ version: 99 }) }];
    house.store.set("counter/r", { epoch: "old", head: 0, entries: [], snapshots, nextDueAt: null });
    house.door.open();
    await house.settle();
  },
  "open · quarantine": async (house) => {
    house.view.isBroken = true;
    await house.give({ type: "add", n: 1 });
  },
  "open · faulted": async (house) => {
    house.faulty.faults.push("lost");
    await house.give({ type: "add", n: 1 });
  },
  // The fuse burns down while nobody is there.
  "idle · faulted": async (house) => {
    house.faulty.faults.push("lost");
    await house.harness.pass(fuseMs);
  },
  // Another writer was faster than the last append.
  "closing · faulted": async (house) => {
    house.log.head++;
    for (const land of house.faulty.held) land();
    await house.settle();
    house.log.head--;
  },
  empty: async (house) => {
    house.room.sessions.bye(house.session);
    await house.settle();
  },
  occupied: async (house) => {
    house.ann = await house.harness.join(house.room, "ann", { nextSeq: house.seq + 1 });
  },
  "after idleTime": async (house, _, next) => {
    if (next?.event === "faulted") house.faulty.faults.push("held");
    await house.onlyAfter(idleRoomMs);
  },
  "after backoff": async (house) => {
    house.door.shut();
    await house.onlyAfter(backoffMs);
  },
  moved: async (house) => {
    house.door.shut();
    house.room.moved();
    await house.settle();
  },
  "after quarantineTime": (house) => house.onlyAfter(defaultLimits.faultBackoffMaxMs),
  close: (house) => house.stop(),
  // With the fuse's append under way, if it matters.
  "idle · close": async (house, _, next) => {
    if (next?.event === "faulted") {
      house.faulty.faults.push("held");
      await house.harness.pass(fuseMs);
    }
    house.stop();
  },
  // With an append under way.
  "open · close": async (house) => {
    house.faulty.faults.push("held");
    await house.give({ type: "add", n: 1 });
    house.stop();
  },
  closed: async (house) => {
    for (const land of house.faulty.held) land();
    await house.settle();
  },
};

/** Commands are put off, reads are served (L12). */
async function expectReads(house: House): Promise<void> {
  const { ann, room, session } = house;
  const told = ann.of("snapshot").length;
  await house.give({ type: "add", n: 1 }, true);
  expect(ann.of("error").at(-1)).toMatchObject({ code: "UNAVAILABLE", seq: house.seq });
  room.ingress.resync(session, "asked");
  expect(ann.of("snapshot")).toHaveLength(told + 1);
}

const promises: Record<string, (house: House) => Promise<void> | void> = {
  loading: async (house) => {
    expect(house.room.owner).toBeUndefined();
    if (house.room.feed === undefined) expect(house.ann.frames).toEqual([]);
    else if (house.isIn) await expectReads(house);
  },
  open: async (house) => {
    expect(house.room.sessions.size).toBeGreaterThan(0);
    if (house.acked < house.seq) await house.give({ type: "add", n: 1 }, true);
    await house.give({ type: "add", n: 1 });
    expect(house.acked).toBe(house.seq);
  },
  idle: ({ room, harness }) => {
    expect(room.owner).toBeDefined();
    expect(room.sessions.size).toBe(0);
    expect(harness.room("counter")).toBe(room);
  },
  faulted: async (house) => {
    expect(house.room.owner).toBeUndefined();
    if (house.isIn) {
      expect(house.ann.of("error").at(-1), "she was told").toMatchObject({ code: "UNAVAILABLE" });
      await expectReads(house);
    } else if (house.room.feed === undefined) expect(house.ann.closedBy).toBe("restart");
  },
  quarantined: async (house) => {
    const { room, harness, ann } = house;
    expect(room.owner).toBeUndefined();
    expect(room.sessions.size).toBe(0);
    expect(["internal", "restart", ...(plan.trail(house).some(({ event }) => event === "empty") ? ["bye"] : [])]).toContain(
      ann.closedBy ?? "",
    );
    const late = await harness.join(room, "late");
    expect(late.of("closing")).toMatchObject([{ code: "UNAVAILABLE", retryAfterMs: 30_000 }]);
  },
  closing: ({ room, isClosed }) => {
    expect(room.owner).toBeUndefined();
    expect(isClosed).toBe(false);
  },
  closed: async (house) => {
    house.door.open(); // who still waits for it finds that it is too late
    await house.settle();
    const { room, harness, isClosed } = house;
    expect(isClosed).toBe(true);
    expect([...harness.directory.rooms], "its ghosts and timers may wake another").not.toContain(room);
    expect(room.owner).toBeUndefined();
    if (room.committed === undefined) return;
    expect((await house.found()).total, "what was acknowledged").toBeGreaterThanOrEqual(house.acked - 1); // the fuse adds nothing
  },
};

const lives = followAll(roomLife, model);
afterAll(() => lives[Symbol.dispose]());
const trails = new WeakMap<House, readonly Transition[]>();

const plan: Plan<House> = {
  model,
  async start() {
    const mine = lives.trails.length;
    const house = await House.make();
    trails.set(house, lives.trails[mine] ?? []);
    return house;
  },
  trail: (house) => trails.get(house) ?? [],
  causes,
  isAnswer: (_, { event }) => event === "empty" || event === "closed",
  // A room that was never up has nobody to serve: what counts is how one that was gets over it.
  follows: (before, { from }) => from !== "faulted" || before.event === "faulted",
  async promises(house, state) {
    expect(house.room.state).toBe(state);
    await promises[state]?.(house);
    const troubles = plan.trail(house).filter(({ event }) => ["loadFailed", "faulted", "quarantine"].includes(event));
    expect(house.harness.alarms.map(({ message }) => message)).toHaveLength(troubles.length);
  },
};

test("[L12] [L14] every transition of a room's life is taken by what really happens", async () => {
  const report = await cover(plan, true);
  expectComplete(report, unreachable);
  // A transition that is gone has to be missed, too.
  expect(report.summary).toBe("7 of 7 states, 20 of 21 transitions");
});

describe("canaries", () => {
  test("a transition that nothing causes is missed", async () => {
    const { "after quarantineTime": _, ...others } = causes;
    const report = await cover({ ...plan, causes: others });
    expect(() => expectComplete(report, unreachable)).toThrow("quarantined · after quarantineTime");
  });

  test("a model that says otherwise is found", async () => {
    const transitions = model.transitions.map((step) => (step.event === "empty" ? { ...step, to: "closing" } : step));
    const { failures } = await cover({ ...plan, model: { ...model, transitions } });
    expect(failures.join()).toContain("open · empty");
  });
});
