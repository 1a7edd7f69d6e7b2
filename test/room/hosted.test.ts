import { describe, expect, test } from "bun:test";
import { assign, emit, fromPromise, sendTo, setup } from "xstate";
import { fingerprint, initialDomain, recordDomain, replay, restoreDomain } from "../../src/room/domain.ts";
import { HostedDomain } from "../../src/room/hosted.ts";
import { decodeOpRecord, encodeOpRecord, type Op } from "../../src/room/op.ts";
import { inertScope } from "../../src/room/step.ts";
import { VirtualClock } from "../../src/testing/clock.ts";

type Event = { type: string; at: number; id: string; by: { user: string }; n?: number; output?: unknown };
interface Context {
  log: string[];
  stamps: string[];
  n: number;
}

let serviceStarts: string[] = [];
let settle: ((value: string) => void) | undefined;
let customRuns = 0;

const machine = setup({
  types: {} as { context: Context; events: Event; input: { id: string; at: number } },
  actors: {
    work: fromPromise<string, { n: number }>(({ input }) => {
      serviceStarts.push(`work ${input.n}`);
      return new Promise((resolve) => {
        settle = resolve;
      });
    }),
  },
  actions: {
    note: assign({
      log: ({ context, event }) => [...context.log, event.type],
      stamps: ({ context, event }) => [...context.stamps, `${event.id}@${event.at}`],
    }),
    add: assign({ n: ({ context, event }) => context.n + (event.n ?? 1) }),
    run: () => {
      customRuns++;
    },
    boom: () => {
      throw new Error("an effect failed");
    },
    boomLater: async () => {
      throw new Error("an async effect failed");
    },
    badAssign: assign({
      n: () => {
        throw new Error("an assign failed");
      },
    }),
    cue: emit({ type: "shown" }),
  },
  guards: {
    even: ({ context }) => context.n % 2 === 0,
    broken: () => {
      throw new Error("a guard failed");
    },
  },
  delays: { soon: 1_000, later: 5_000 },
}).createMachine({
  id: "sample",
  context: () => ({ log: [], stamps: [], n: 0 }),
  type: "parallel",
  states: {
    light: {
      initial: "off",
      states: {
        off: { on: { go: { target: "on", actions: "note" } } },
        on: {
          entry: "note",
          after: { soon: { target: "off", actions: "note" } },
          on: { stop: { target: "off" }, again: { target: "on", reenter: true } },
        },
      },
    },
    job: {
      initial: "idle",
      states: {
        idle: { on: { work: "busy" } },
        busy: {
          invoke: {
            src: "work",
            id: "work",
            input: ({ context }) => ({ n: context.n }),
            onDone: { target: "idle", actions: "note" },
            onError: "idle",
          },
          on: { abort: "idle" },
        },
      },
    },
    rest: {
      on: {
        add: { actions: "add" },
        ifEven: { guard: "even", actions: "add" },
        custom: { actions: "run" },
        fails: { actions: ["add", "boom"] },
        failsLater: { actions: ["add", "boomLater"] },
        badAssign: { actions: "badAssign" },
        badGuard: { guard: "broken", actions: "add" },
        nothing: {},
        show: { actions: "cue" },
        sendOn: { actions: sendTo(({ self }) => self, { type: "add" } as Event) },
      },
    },
  },
});

const author = (seq: number) => ({ who: 1, by: { user: "u1", role: "host", client: "c1" }, seq });

function hosted(from?: Parameters<typeof start>[0]) {
  return start(from);
}
function start(state?: ConstructorParameters<typeof HostedDomain>[1], clock = new VirtualClock(1_000)) {
  const ops: Op[] = [];
  const cues: unknown[] = [];
  const trouble: string[] = [];
  const domain = new HostedDomain(
    {
      machine,
      input: { id: "r", at: 1_000 },
      clock,
      timersMax: 10,
      development: true,
      hooks: {
        onOp: (op, emitted) => {
          ops.push(op);
          cues.push(...emitted);
        },
        onTrouble: (where, error) => trouble.push(`${where}: ${error instanceof Error ? error.message : String(error)}`),
      },
    },
    state,
  );
  domain.start();
  domain.commit(domain.state.rev);
  return { domain, ops, cues, trouble, clock };
}
const context = (domain: HostedDomain): Context => domain.state.snapshot.context as Context;

describe("hosted domain", () => {
  test("[L1] each accepted event is one op, with the next rev; a refused one is none", () => {
    const { domain, ops } = hosted();
    expect(domain.offer({ type: "add" }, author(1))).toEqual({ kind: "op", rev: 1 });
    expect(domain.offer({ type: "ifEven" }, author(2))).toEqual({ kind: "ignored" });
    expect(domain.offer({ type: "unheard" }, author(3))).toEqual({ kind: "ignored" });
    expect(domain.offer({ type: "nothing" }, author(4))).toEqual({ kind: "ignored" });
    expect(domain.offer({ type: "add" }, author(5))).toEqual({ kind: "op", rev: 2 });
    expect(ops.map(({ rev, seq, event }) => [rev, seq, event.type])).toEqual([
      [1, 1, "add"],
      [2, 5, "add"],
    ]);
  });

  test("[L3] effects wait for the commit of their op, and run once", () => {
    customRuns = 0;
    const { domain } = hosted();
    domain.offer({ type: "custom" }, author(1));
    domain.offer({ type: "custom" }, author(2));
    expect(customRuns).toBe(0);
    domain.commit(1);
    expect(customRuns).toBe(1);
    domain.commit(2);
    domain.commit(2);
    expect(customRuns).toBe(2);
  });

  test("[L13] a throwing guard or assign keeps the state before; a throwing effect is contained and the next one runs", () => {
    const { domain, trouble, ops } = hosted();
    const before = domain.state;
    expect(domain.offer({ type: "badAssign" }, author(1))).toMatchObject({ kind: "threw" });
    expect(domain.offer({ type: "badGuard" }, author(2))).toMatchObject({ kind: "threw" });
    expect(domain.state).toBe(before);
    expect(ops).toEqual([]);
    domain.offer({ type: "fails" }, author(3));
    domain.offer({ type: "add" }, author(4));
    domain.commit(2);
    expect(context(domain).n).toBe(2);
    expect(trouble).toEqual(["transition: an assign failed", expect.stringContaining("a guard failed"), "effect: an effect failed"]);
  });

  test("[L13] an async action that rejects is contained too", async () => {
    const { domain, trouble, clock } = hosted();
    domain.offer({ type: "failsLater" }, author(1));
    domain.commit(1);
    await clock.advance(0);
    expect(trouble).toEqual(["effect: an async effect failed"]);
    expect(context(domain).n).toBe(1);
  });

  test("raised and entry events of an op carry its stamp", () => {
    const { domain } = hosted();
    domain.offer({ type: "go" }, author(7));
    expect(context(domain).stamps).toEqual(["c1-7@1000", "c1-7@1000"]);
  });

  test("cues come with their op and are no state", () => {
    const { domain, cues, ops } = hosted();
    const before = domain.state.snapshot;
    expect(domain.offer({ type: "show" }, author(1))).toEqual({ kind: "op", rev: 1 });
    expect(cues).toEqual([{ type: "shown" }]);
    expect(domain.state.snapshot).toBe(before);
    expect(ops).toHaveLength(1);
  });

  test("an event that an effect sends to its own machine is an op of the room", () => {
    const { domain, ops } = hosted();
    domain.offer({ type: "sendOn" }, author(1));
    expect(ops).toHaveLength(1);
    domain.commit(1);
    expect(ops.map(({ event, who, seq }) => [event.type, who, seq])).toEqual([
      ["sendOn", 1, 1],
      ["add", 0, 0],
    ]);
  });
});

describe("timers", () => {
  test("a delayed transition fires as an op, once, and not before its op is committed", async () => {
    const { domain, ops, clock } = hosted();
    domain.offer({ type: "go" }, author(1));
    await clock.advance(2_000);
    expect(ops).toHaveLength(1);
    domain.commit(1);
    await clock.advance(10_000);
    expect(ops.map(({ event, timer }) => [event.type, timer])).toEqual([
      ["go", undefined],
      ["xstate.after.soon.sample.light.on", "xstate.after.soon.sample.light.on"],
    ]);
    expect(domain.state.timers.list()).toEqual([]);
  });

  test("leaving the state cancels it; re-entering starts it anew", async () => {
    const { domain, ops, clock } = hosted();
    const offer = (type: string, seq: number) => {
      domain.offer({ type }, author(seq));
      domain.commit(domain.state.rev);
    };
    offer("go", 1);
    await clock.advance(900);
    offer("again", 2);
    await clock.advance(900);
    expect(ops).toHaveLength(2);
    await clock.advance(100);
    expect(ops).toHaveLength(3);
    offer("go", 3);
    offer("stop", 4);
    await clock.advance(5_000);
    expect(ops).toHaveLength(5);
  });

  test("one that is set anew, and not yet durable so, does not fire when the one before it was due", async () => {
    const { domain, ops, clock } = hosted();
    domain.offer({ type: "go" }, author(1));
    domain.commit(1);
    await clock.advance(900);
    domain.offer({ type: "again" }, author(2));
    await clock.advance(200);
    expect(ops.filter(({ timer }) => timer !== undefined)).toEqual([]);
    domain.commit(2);
    await clock.advance(799);
    expect(ops.filter(({ timer }) => timer !== undefined)).toEqual([]);
    await clock.advance(1);
    expect(ops.filter(({ timer }) => timer !== undefined)).toHaveLength(1);
  });

  test("[L4] a timer survives a restart; an overdue one fires at once, exactly once", async () => {
    const first = hosted();
    first.domain.offer({ type: "go" }, author(1));
    first.domain.commit(1);
    const record = JSON.parse(JSON.stringify(first.domain.record));
    first.domain.stop();
    const scope = inertScope(machine, { id: "r", at: 1_000 });
    for (const [awayMs, leftMs] of [
      [400, 600],
      [60_000, 0],
    ] as const) {
      const second = start(restoreDomain(machine, 1, record, scope, 10), new VirtualClock(1_000 + awayMs));
      if (leftMs > 0) await second.clock.advance(leftMs - 1);
      expect(second.ops).toHaveLength(0);
      await second.clock.advance(1);
      expect(second.ops.map(({ rev, event }) => [rev, event.type])).toEqual([[2, "xstate.after.soon.sample.light.on"]]);
      await second.clock.advance(60_000);
      expect(second.ops).toHaveLength(1);
      second.domain.stop();
    }
  });

  test("a wall clock that jumps does not move a running timer", async () => {
    const { domain, ops, clock } = hosted();
    domain.offer({ type: "go" }, author(1));
    domain.commit(1);
    clock.jumpWall(3_600_000);
    await clock.advance(999);
    expect(ops).toHaveLength(1);
    await clock.advance(1);
    expect(ops).toHaveLength(2);
  });
});

describe("services", () => {
  test("[L3] a service starts after the commit and its result is an op; it is invoked again after a restart", async () => {
    serviceStarts = [];
    const first = hosted();
    first.domain.offer({ type: "work" }, author(1));
    expect(serviceStarts).toEqual([]);
    expect(first.domain.busy).toBe(true);
    first.domain.commit(1);
    expect(serviceStarts).toEqual(["work 0"]);
    const record = JSON.parse(JSON.stringify(first.domain.record));
    first.domain.stop();
    const second = start(restoreDomain(machine, 1, record, inertScope(machine, { id: "r", at: 0 }), 10));
    expect(serviceStarts).toEqual(["work 0", "work 0"]);
    settle?.("done");
    await second.clock.advance(0);
    expect(second.ops.map(({ event }) => event)).toMatchObject([{ type: "xstate.done.actor.work", output: "done" }]);
    expect(second.domain.busy).toBe(false);
    expect(second.domain.state.snapshot.value).toMatchObject({ job: "idle" });
  });

  test("[L4] a snapshot has a service as it began, though its result is decided already: if that is not durable, it runs again", async () => {
    for (const event of ["abort", undefined]) {
      serviceStarts = [];
      const first = hosted();
      first.domain.offer({ type: "work" }, author(1));
      first.domain.commit(1);
      const committed = first.domain.state;
      if (event === undefined) settle?.("done");
      else first.domain.offer({ type: event }, author(2));
      await first.clock.advance(0);
      expect(first.domain.busy).toBe(false);
      const record = JSON.parse(JSON.stringify(recordDomain(machine, committed)));
      const second = start(restoreDomain(machine, 1, record, inertScope(machine, { id: "r", at: 0 }), 10));
      expect(serviceStarts).toEqual(["work 0", "work 0"]);
      settle?.("again");
      await second.clock.advance(0);
      expect(second.domain.state.snapshot.value).toMatchObject({ job: "idle" });
    }
  });

  test("a stopped service's late result does not reach its successor", async () => {
    const { domain, ops, clock } = hosted();
    domain.offer({ type: "work" }, author(1));
    domain.commit(1);
    const late = settle;
    domain.offer({ type: "abort" }, author(2));
    domain.offer({ type: "work" }, author(3));
    late?.("late");
    await clock.advance(0);
    expect(ops.map(({ event }) => event.type)).toEqual(["work", "abort", "work"]);
    expect(domain.busy).toBe(true);
  });
});

describe("replay", () => {
  test("[L7] replaying what was journaled gives the state in memory, byte for byte", async () => {
    const { domain, ops, clock } = hosted();
    let seq = 0;
    for (const type of ["go", "add", "work", "show", "again", "custom", "sendOn", "ifEven", "abort", "work", "go", "stop"]) {
      domain.offer({ type }, author(++seq));
      domain.commit(domain.state.rev);
      await clock.advance(300);
    }
    settle?.("42");
    await clock.advance(5_000);
    const scope = inertScope(machine, { id: "r", at: 1_000 });
    let state = initialDomain(machine, { id: "r", at: 1_000 }, scope, 10).state;
    const halfway = Math.floor(ops.length / 2);
    for (const op of ops) {
      state = replay(machine, state, decodeOpRecord(op.rev, encodeOpRecord(op, JSON.stringify(op.event))), scope);
      // Also from a snapshot in the middle.
      if (op.rev === halfway)
        state = restoreDomain(machine, state.rev, JSON.parse(JSON.stringify(recordDomain(machine, state))), scope, 10);
    }
    expect(ops.length).toBeGreaterThan(12);
    expect(fingerprint(state)).toBe(fingerprint(domain.state));
    expect(state.rev).toBe(domain.state.rev);
  });

  test("[L7] an op that this machine does not take is an error, not silence", () => {
    const scope = inertScope(machine, { id: "r", at: 0 });
    const { state } = initialDomain(machine, { id: "r", at: 0 }, scope, 10);
    const op = { rev: 1, at: 1, who: 1, by: author(1).by, seq: 1, event: { type: "unheard" } };
    expect(() => replay(machine, state, op, scope)).toThrow("was accepted once");
    expect(() => replay(machine, state, { ...op, rev: 2, event: { type: "add" } }, scope)).toThrow("replay of rev 2 after rev 0");
  });

  test("joins, leaves and fired timers are ops even where the machine takes no notice", () => {
    const { domain, ops } = hosted();
    expect(domain.offer({ type: "participant.joined" }, author(0))).toEqual({ kind: "op", rev: 1 });
    expect(domain.offer({ type: "participant.away" }, author(0))).toEqual({ kind: "ignored" });
    expect(domain.offer({ type: "participant.left" }, author(0))).toEqual({ kind: "op", rev: 2 });
    expect(ops).toHaveLength(2);
  });

  test("in development an op that depends on chance is reported", () => {
    const chance = setup({
      types: {} as { context: { x: number }; events: Event },
      actions: { roll: assign({ x: () => Math.random() }) },
    }).createMachine({ id: "chance", context: { x: 0 }, on: { roll: { actions: "roll" } } });
    const trouble: string[] = [];
    const domain = new HostedDomain({
      machine: chance,
      input: { id: "r", at: 0 },
      clock: new VirtualClock(),
      timersMax: 1,
      development: true,
      hooks: { onOp: () => undefined, onTrouble: (where) => trouble.push(where) },
    });
    domain.start();
    domain.offer({ type: "roll" }, author(1));
    expect(trouble).toEqual(["determinism"]);
  });
});
