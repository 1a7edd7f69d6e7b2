/** machines/client-sync.ts against the real sessions of a real room. */
import { afterAll, describe, expect, test } from "bun:test";
import { defaultLimits } from "../../src/protocol/limits.ts";
import { driven } from "../../src/sync/session.ts";
import { type Cause, cover, expectComplete, type Plan } from "./cover.ts";
import { follow, type Transition } from "./explore.ts";
import { Guest, ringOpsMax } from "./guest.ts";
import { syncModel as model } from "./models.ts";

const { graceMs } = defaultLimits;
const unreachable = {};

/** The room has moved on meanwhile: by a few ops, or further than the ring reaches back. */
async function drainBehind(guest: Guest, next: Transition | undefined): Promise<void> {
  await guest.others(next?.event === "behind" ? ringOpsMax + 1 : 4);
  await guest.drain();
}

const causes: Record<string, Cause<Guest>> = {
  "new · join by snapshot": (guest) => guest.landed(),
  "new · join by delta": (guest) => guest.landed(),
  "stale · join by snapshot": (guest) => guest.hello(undefined),
  "stale · join by delta": async (guest) => {
    const known = guest.socket.rev;
    await guest.others();
    // Without a state of its own it claims one.
    await guest.hello(known >= 0 ? known : 3);
  },
  // The join is durable, and the server dies before it could say so.
  restored: async (guest) => {
    await guest.landed();
    guest.socket.topics.clear();
    await guest.restart();
    guest.session = guest.room.sessions.find("guest", "guest");
  },
  snapshotSent: (guest, _, next) => drainBehind(guest, next),
  caughtUp: (guest) => guest.drain(),
  movedOn: (guest, _, next) => drainBehind(guest, next),
  "delta.catchingUp · behind": () => undefined, // comes by itself
  lag: async (guest) => {
    guest.socket.takes = 0;
    await guest.harness.pass(1_000);
  },
  drained: (guest, _, next) => drainBehind(guest, next),
  resync: (guest) => {
    guest.socket.takes = 0;
    guest.room.ingress.resync(guest.own, "asked");
  },
  lost: (guest) => guest.drop(),
  missedHeartbeat: ({ room, own }) => room.sessions.missedHeartbeat(own),
  graceOver: async ({ harness, own }) => {
    await harness.pass(graceMs - 2_000);
    expect(own.state).toBe("stale");
    await harness.pass(3_000);
  },
  bye: ({ room, own }) => room.sessions.bye(own),
  // Its new connection has said hello, and bye before the welcome could go out.
  "stale · bye": async (guest) => {
    guest.hold();
    await guest.others();
    await guest.hello(undefined);
    guest.room.sessions.bye(guest.own);
  },
  // The same, but its connection is gone before that.
  "stale · lost": async (guest) => {
    guest.hold();
    await guest.others();
    await guest.hello(undefined);
    guest.drop();
    await guest.landed();
  },
  "stale · missedHeartbeat": async (guest) => {
    guest.hold();
    await guest.others();
    await guest.hello(undefined);
    guest.room.sessions.missedHeartbeat(guest.own);
    await guest.landed();
  },
  // The same client comes with another role: it begins anew.
  kick: (guest) => guest.hello(undefined, "host"),
};

const promises: Record<string, (guest: Guest) => Promise<void> | void> = {
  new: ({ socket, places }) => {
    expect(socket.frames).toEqual([]);
    expect(places).toBe(0);
  },
  snapshot: ({ own, socket }) => {
    expect(own.outbox.length, "what waits for the socket").toBeGreaterThan(0);
    expect(socket.of("welcome")).toHaveLength(1);
  },
  "delta.catchingUp": ({ own, room, socket }) => {
    expect(own.outbox.length, "what waits for the socket").toBeGreaterThan(0);
    expect(socket.rev).toBeLessThan(room.feed?.rev ?? 0);
  },
  "delta.live": async (guest) => {
    await guest.others();
    expect(guest.socket.rev).toBe(guest.room.feed?.rev ?? 0);
    expect(guest.own.sentRev).toBeLessThan(guest.socket.rev); // nothing is done per broadcast
  },
  "delta.lagging": async (guest) => {
    const told = guest.socket.frames.length;
    await guest.others();
    expect(guest.socket.frames.length, "frames while it lags").toBe(told);
  },
  stale: async (guest) => {
    const { own } = guest;
    const { sentRev } = own;
    const told = guest.sockets.flatMap(({ frames }) => frames).length;
    await guest.others();
    expect(own.socket).toBeUndefined();
    expect(own.sentRev, "the rev that it keeps").toBe(sentRev);
    expect(guest.sockets.flatMap(({ frames }) => frames)).toHaveLength(told);
    expect(guest.room.sessions.find("guest", "guest")).toBe(own);
    expect(guest.places).toBe(1);
  },
  closed: async (guest) => {
    await guest.landed();
    expect(guest.own.socket).toBeUndefined();
    expect([...guest.room.sessions]).not.toContain(guest.own);
    expect(guest.places).toBe(guest.isFollowed ? 1 : 0);
  },
};

const trails = new WeakMap<object, Transition[]>();
const trailOf = (actor: object): Transition[] => {
  const trail = trails.get(actor) ?? [];
  trails.set(actor, trail);
  return trail;
};
let following: Disposable | undefined;
afterAll(() => following?.[Symbol.dispose]());

const plan: Plan<Guest> = {
  model,
  async start([first]) {
    const guest = await Guest.expected();
    await guest.others(2);
    guest.hold();
    await guest.hello(first?.event === "join by delta" ? 2 : undefined);
    following ??= follow(driven, model, (made, actor) => trailOf(actor).push(made));
    return guest;
  },
  // After a restart it is another session's.
  trail: (guest) => trailOf(guest.own),
  causes,
  isAnswer: (_, { event }) => event === "snapshotSent" || event === "caughtUp",
  // Who joins by a delta has all of it in the ring.
  follows: (before, { event }) => event !== "behind" || before.event !== "join by delta",
  async promises(guest, state) {
    expect(guest.own.state).toBe(state.replace("delta.", ""));
    await promises[state]?.(guest);
    const { own, sockets } = guest;
    const topics = state === "delta.live" ? ["counter/r|presence", own.audience.topic].sort() : [];
    for (const socket of sockets.filter((one) => !guest.isFollowed || one !== guest.socket))
      expect([...socket.topics].sort(), "topics").toEqual(socket === guest.socket ? topics : []);
    for (const socket of sockets) expect(socket.rev).toBeGreaterThanOrEqual(-1);
    expect(guest.harness.alarms).toEqual([]);
  },
};

test("[L6] [L14] every transition of a session is taken by what really happens, and its topics are its state", async () => {
  const report = await cover(plan, true);
  expectComplete(report, unreachable);
  // A transition that is gone has to be missed, too.
  expect(report.summary).toBe("7 of 7 states, 40 of 40 transitions");
});

describe("canaries", () => {
  test("a transition that nothing causes is missed", async () => {
    const { graceOver: _, ...others } = causes;
    const report = await cover({ ...plan, causes: others });
    expect(report.missing).toContain("stale · graceOver");
    expect(() => expectComplete(report, unreachable)).toThrow("stale · graceOver");
  });

  test("a model that says otherwise is found", async () => {
    const transitions = model.transitions.map((step) => (step.event === "lag" ? { ...step, to: "stale" } : step));
    const { failures } = await cover({ ...plan, model: { ...model, transitions } });
    expect(failures[0]).toContain("delta.live · lag");
  });

  test("a session that stays in its topics is found", async () => {
    const start: typeof plan.start = async (route) => {
      const guest = await plan.start(route);
      guest.socket.unsubscribe = () => undefined;
      return guest;
    };
    const { failures } = await cover({ ...plan, start });
    expect(failures.join()).toContain("topics");
  });
});
