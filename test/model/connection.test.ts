/** machines/connection.ts against the real client, on a network that the test rules. */
import { afterAll, describe, expect, test } from "bun:test";
import { connection } from "../../machines/connection.ts";
import { textOf } from "../client/world.ts";
import { type Cause, cover, expectComplete, type Plan } from "./cover.ts";
import { followAll, type Transition } from "./explore.ts";
import { connectionModel as model } from "./models.ts";
import { Traveller } from "./traveller.ts";

/** What the link and the server grant, in ms. */
const [connectMsMax, joinMsMax, resyncMsMax] = [10_000, 15_000, 15_000];

/** The next attempt leads nowhere, or takes too long, if that is what has to come. */
const prepared =
  (cause: Cause<Traveller>): Cause<Traveller> =>
  (ann, step, next) => {
    ann.isAstray = next?.event === "refused";
    ann.isSlow = next?.event === "after connectTime";
    return cause(ann, step, next);
  };
const begin = prepared(async (ann) => {
  ann.claimed();
  await ann.world.clock.advance(0);
});

const causes: Record<string, Cause<Traveller>> = {
  "idle (online) · connect": begin,
  "idle (offline) · connect": begin,
  connect: prepared(({ room }) => room.connect()),
  online: prepared((ann) => ann.setOnline(true)),
  offline: (ann) => ann.setOnline(false),
  close: (ann) => {
    ann.closing = ann.room.close();
  },
  opened: ({ world }) => world.clock.advance(5),
  "connecting · refused": ({ world }) => world.clock.advance(0),
  "connecting · lost": async ({ world }) => {
    world.isAway = true;
    await world.clock.advance(5);
    world.isAway = false;
  },
  "after connectTime": (ann) => ann.onlyAfter(connectMsMax),
  // What follows the welcome takes longer.
  welcomed: async (ann) => {
    ann.way = ({ type }) => (type === "welcome" ? "passes" : "waits");
    await ann.world.clock.advance(50);
  },
  "after joinTime": async (ann) => {
    ann.way = () => "is lost";
    await ann.onlyAfter(joinMsMax);
  },
  caughtUp: (ann) => ann.arrive(),
  // A delta is lost; the one after it shows that.
  "live.inStep · behind": async (ann) => {
    ann.way = () => "is lost";
    await ann.others();
    let isAsked = false;
    ann.way = ({ type }) => {
      isAsked ||= type === "snapshot";
      return isAsked && type !== "pong" ? "waits" : "passes";
    };
    await ann.others();
  },
  // And the snapshot does not come, so it is asked for again.
  "live.catchingUp · behind": ({ world }) => world.pass(resyncMsMax),
  // From a server whose room has states that this client's has not.
  hopeless: (ann) => {
    const state = { at: 1, value: "elsewhere", context: {}, status: "active", history: {}, roster: [] };
    ann.hear({ type: "snapshot", payload: { epoch: "epoch1", rev: 100, reason: "lagging", state } });
  },
  lost: async (ann) => {
    ann.cut();
    await ann.world.clock.advance(5);
  },
  signedOut: (ann) => ann.turnAway("UNAUTHENTICATED"),
  refused: (ann) => ann.turnAway("PERMISSION_DENIED"),
  "after wait": prepared((ann) => ann.onlyAfter((ann.room.connection.retryAt ?? 0) - ann.world.clock.now())),
};

const connected = ["connecting", "joining", "live.catchingUp", "live.inStep"];
const statusOf = (state: string): string =>
  state.startsWith("idle") ? "connecting" : state === "live.inStep" ? "live" : state.replace("live.", "");

/** Nothing is tried by itself. */
async function expectRest(ann: Traveller): Promise<void> {
  const { sockets, status } = ann;
  const before = sockets.length;
  await ann.world.pass(20_000);
  expect(ann.status).toBe(status);
  expect(sockets).toHaveLength(before);
}

/** Commands go out, whether it is in step or not (WEL-1). */
async function expectSends(ann: Traveller): Promise<void> {
  const before = ann.said("command").length;
  ann.room.send({ type: "set", field: "a", value: before });
  await ann.world.clock.advance(0); // it is stored first
  await ann.world.clock.advance(10);
  expect(ann.said("command")).toHaveLength(before + 1);
}

const promises: Record<string, (ann: Traveller) => Promise<void> | void> = {
  "idle (online)": ({ sockets }) => expect(sockets).toEqual([]),
  "idle (offline)": ({ sockets }) => expect(sockets).toEqual([]),
  joining: (ann) => expect(ann.sockets.at(-1)?.readyState).toBe(1),
  "live.catchingUp": expectSends,
  "live.inStep": async (ann) => {
    await expectSends(ann);
    await ann.world.clock.advance(100);
    expect(ann.room.pending).toEqual([]);
    expect(textOf(ann.room.confirmed)).toBe(ann.world.served);
  },
  offline: expectRest,
  signedOut: async (ann) => {
    expect(ann.room.connection.code).toBe("UNAUTHENTICATED");
    await expectRest(ann);
  },
  refused: async (ann) => {
    expect(["PERMISSION_DENIED", "INVALID_ARGUMENT"]).toContain(ann.room.connection.code ?? "");
    await expectRest(ann);
  },
  stuck: async (ann) => {
    expect(ann.room.connection.reason).toContain("another version");
    await expectRest(ann);
  },
  closed: async (ann) => {
    ann.claimed(); // what is read only now changes nothing
    await ann.closing;
    await expectRest(ann);
    expect(await ann.room.send({ type: "take" }).settled).toMatchObject({ ok: false, code: "closed" });
  },
};

const links = followAll(connection, model);
afterAll(() => links[Symbol.dispose]());
const trails = new WeakMap<Traveller, readonly Transition[]>();

const plan: Plan<Traveller> = {
  model,
  async start() {
    const ann = await Traveller.start();
    trails.set(ann, links.trails.at(-1) ?? []);
    await ann.world.pass(100); // ben, who was first, is live
    return ann;
  },
  trail: (ann) => trails.get(ann) ?? [],
  causes,
  isAnswer: (before, { event }) => event === "lost" && before.event.startsWith("after "),
  follows(before, step) {
    // Who took too long is given up, before anything else can be.
    if (before.event === "after connectTime" || before.event === "after joinTime") return step.event === "lost";
    // Only who asked for the whole state, and did not get it, asks again.
    return step.from !== "live.catchingUp" || step.event !== "behind" || before.event === "behind";
  },
  async promises(ann, state) {
    expect(ann.status).toBe(statusOf(state));
    const open = ann.sockets.filter(({ readyState }) => readyState <= 1);
    expect(open, "sockets").toHaveLength(connected.includes(state) && !ann.isAstray ? 1 : 0);
    expect(ann.room.connection.retryAt !== undefined, "it tells when it will try").toBe(state === "backoff");
    await promises[state]?.(ann);
    expect(ann.said("resync")).toHaveLength(plan.trail(ann).filter(({ event }) => event === "behind").length);
  },
};

const unreachable = {};

test("[L6] [L14] every transition of a connection is taken by what really happens", async () => {
  const report = await cover(plan, true);
  expectComplete(report, unreachable);
  // A transition that is gone has to be missed, too.
  expect(report.summary).toBe("12 of 12 states, 50 of 50 transitions");
});

describe("canaries", () => {
  test("a transition that nothing causes is missed", async () => {
    const { "after joinTime": _, ...others } = causes;
    const report = await cover({ ...plan, causes: others });
    expect(() => expectComplete(report, unreachable)).toThrow("joining · after joinTime");
  });

  test("a model that says otherwise is found", async () => {
    const transitions = model.transitions.map((step) => (step.event === "offline" ? { ...step, to: "backoff" } : step));
    const { failures } = await cover({ ...plan, model: { ...model, transitions } });
    expect(failures.join()).toContain("connecting · offline");
  });
});
