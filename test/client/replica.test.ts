/** The confirmed state: ops and patches as the server means them, by a machine with all that a machine can have. */
import { describe, expect, test } from "bun:test";
import * as v from "valibot";
import { assign, setup } from "xstate";
import { Replica, type SeenOp } from "../../src/client/replica.ts";
import type { DeltaFrame, StateDocument } from "../../src/client/wire.ts";
import { checksum } from "../../src/protocol/checksum.ts";
import type { CommandEvent, SystemEvent } from "../../src/room/commands.ts";
import { type AnyRoomType, defineRoom } from "../../src/room/define-room.ts";
import { ann, ben } from "./scripted.ts";

const commands = { note: { text: v.string() }, promote: { user: v.string() }, pause: {}, resume: {}, step: {}, fail: {}, end: {} };
interface Stage {
  readonly roles: Readonly<Record<string, string>>;
  readonly notes: readonly string[];
  readonly kept: { readonly deep: readonly number[] };
}
const machine = setup({
  types: {} as { context: Stage; events: CommandEvent<typeof commands> | SystemEvent },
  actions: {
    note: assign({
      notes: ({ context, event: { at, id, by } }) => [...context.notes, `${at} ${id} ${by.user}/${by.role}/${by.client}`],
    }),
    fail: assign(() => {
      throw new Error("this action fails");
    }),
  },
}).createMachine({
  id: "stage",
  context: { roles: {}, notes: [], kept: { deep: [1] } },
  initial: "on",
  on: {
    note: { actions: "note" },
    promote: { actions: assign({ roles: ({ context, event }) => ({ ...context.roles, [event.user]: "host" }) }) },
    fail: { actions: "fail" },
    "participant.away": { actions: "fail" },
    end: { target: ".over" },
  },
  states: {
    on: {
      initial: "one",
      states: { one: { on: { step: { target: "two" } } }, two: {}, last: { type: "history" } },
      on: { pause: { target: "off" } },
    },
    off: { on: { resume: { target: "on.last" } } },
    over: { type: "final" },
  },
});
const stage = defineRoom({ type: "stage", version: 1, machine, commands, reasons: {}, role: (context, user) => context.roles[user] });

const note = { type: "note", text: "" };
const state = (rest: Partial<StateDocument> = {}): StateDocument => ({
  at: 500,
  value: { on: "one" },
  context: { roles: {}, notes: [], kept: { deep: [1] } },
  status: "active",
  history: {},
  roster: [ann, ben],
  ...rest,
});

interface Event {
  readonly type: string;
  readonly [key: string]: unknown;
}

function make(first: StateDocument = state()) {
  const troubles: unknown[] = [];
  const replica = new Replica(stage as AnyRoomType, { id: "r", at: 1 }, (error) => troubles.push(error));
  replica.replace({ epoch: "e1", rev: 1, reason: "first", state: first });
  const seen: SeenOp[] = [];
  const follow = (delta: Partial<DeltaFrame>) => {
    const { ops = [], from = replica.rev } = delta;
    return replica.follow({ from, to: from + ops.length, at: 1_000, ops, ...delta }, (op) => seen.push(op));
  };
  const op = (...ops: readonly (readonly [who: number, seq: number, event: Event, dt?: number])[]) => follow({ ops });
  return { replica, troubles, seen, follow, op, notes: () => (replica.snapshot.context as Stage).notes };
}
/** As the server would make it. */
const sumOf = (document: StateDocument): number => checksum(JSON.stringify(document));

describe("[DELTA-3] an op", () => {
  test("has the time of the one before and its own distance, the id of a command or of its rev, and its sender", () => {
    const { op, notes, seen, replica } = make();
    expect(op([2, 7, note, 5], [1, 0, note, 4], [0, 0, note, 2])).toBe("applied");
    expect(notes()).toEqual(["1005 ben-7 ben/member/ben", "1009 r3 ann/member/ann", "1011 r4 system/system/system"]);
    expect(seen.map(({ rev, at, seq, by }) => [rev, at, seq, by.name])).toEqual([
      [2, 1_005, 7, "ben"],
      [3, 1_009, 0, "ann"],
      [4, 1_011, 0, ""],
    ]);
    expect(replica.at).toBe(1_011);
    expect(replica.rev).toBe(4);
  });

  test("has the role that the room type keeps, as it is before the op; else the roster's", () => {
    const { op, notes } = make();
    op([2, 1, note], [1, 1, { type: "promote", user: "ben" }], [2, 2, note], [1, 2, note]);
    expect(notes().map((text) => text.split(" ")[2])).toEqual(["ben/member/ben", "ben/host/ben", "ann/member/ann"]);
  });

  test("that the machine does not take is one nevertheless: state and roster stay, time and rev go on", () => {
    const { op, replica } = make();
    const before = replica.snapshot;
    const { roster } = replica;
    expect(op([1, 1, { type: "resume" }, 3])).toBe("applied");
    expect(replica.snapshot).toBe(before);
    expect(replica.roster).toBe(roster);
    expect([replica.at, replica.rev]).toEqual([1_003, 2]);
  });

  test("that the machine fails on: as on the server where it is the room's own, a divergence where it was a command", () => {
    const { op, replica, troubles } = make();
    expect(op([1, 0, { type: "participant.away", user: "ann" }, 3], [1, 4, note, 1])).toBe("applied");
    expect(troubles).toHaveLength(1);
    expect([replica.at, replica.rev]).toEqual([1_004, 3]);
    expect(op([1, 5, { type: "fail" }, 3])).toBe("wrong");
    expect(troubles).toHaveLength(2);
    expect(replica.rev).toBe(3);
  });

  test("after the end changes nothing but time", () => {
    const { op, replica, troubles, notes } = make();
    op([1, 1, { type: "end" }]);
    expect(replica.snapshot.status).toBe("done");
    expect(op([1, 0, { type: "participant.away", user: "ann" }, 7], [2, 0, note, 1])).toBe("applied");
    expect(notes()).toEqual([]);
    expect(troubles).toEqual([]);
    expect([replica.at, replica.rev]).toEqual([1_008, 4]);
  });
});

describe("[DELTA-1] which delta follows", () => {
  test("the one from this rev; one that is not beyond it is old; any other is a gap, and changes nothing", () => {
    const { op, follow, replica, notes } = make();
    op([1, 1, note], [1, 2, note]);
    expect(follow({ from: 1, ops: [[1, 1, note]] })).toBe("old");
    expect(
      follow({
        from: 1,
        ops: [
          [1, 1, note],
          [1, 2, note],
        ],
      }),
    ).toBe("old");
    expect(follow({ from: 4, ops: [[1, 4, note]] })).toBe("gap");
    expect(follow({ from: 2, to: 5, ops: [] })).toBe("gap");
    expect(follow({ from: 3, ops: [] })).toBe("applied");
    expect([replica.rev, notes().length]).toEqual([3, 2]);
  });
});

describe("[DELTA-8] the checksum", () => {
  test("is the server's in every state: after ops, joins and leaves, a history, an end", () => {
    const { op, replica } = make();
    const context = { roles: {}, notes: [], kept: { deep: [1] } };
    expect(replica.sum()).toBe(sumOf(state()));
    op([1, 1, { type: "step" }], [1, 2, { type: "pause" }, 1]);
    const history = { "stage.on.last": ["stage.on.two"] };
    const paused = state({ at: 1_001, value: "off", context, history });
    expect(replica.sum()).toBe(sumOf(paused));
    const cyn = { who: 1, user: "cyn", name: "Cyn", role: "member", client: "c" };
    op([1, 0, { type: "participant.left", user: "ann" }, 2], [1, 0, { type: "participant.joined", ...cyn }, 1]);
    expect(replica.sum()).toBe(sumOf({ ...paused, at: 1_003, roster: [cyn, ben] }));
    op([2, 1, { type: "end" }, 4]);
    expect(replica.sum()).toBe(sumOf({ ...paused, at: 1_004, value: "over", status: "done", roster: [cyn, ben] }));
  });

  test("of a snapshot's state is that state's, to the byte", () => {
    const given = state({ at: 77, value: "off", history: { "stage.on.last": ["stage.on.two"] } });
    const { replica, op } = make(given);
    expect(replica.sum()).toBe(sumOf(given));
    op([1, 1, { type: "resume" }]);
    expect(replica.snapshot.value).toEqual({ on: "two" });
  });

  test("that is another one is found, at that rev", () => {
    const { follow, replica } = make();
    expect(follow({ sum: replica.sum() })).toBe("applied");
    expect(follow({ sum: replica.sum() + 1 })).toBe("wrong");
    expect(follow({ ops: [[1, 1, note]], sum: replica.sum() })).toBe("wrong");
    expect(replica.rev).toBe(2);
  });
});

describe("[DELTA-5] patches", () => {
  test("change the document as a whole: state, roster and time; what they do not touch keeps its reference", () => {
    const { follow, replica, troubles } = make();
    const { kept } = replica.snapshot.context as Stage;
    const next = state({ at: 900, value: "off", context: { roles: { ben: "host" }, notes: ["n"], kept: { deep: [1] } }, roster: [ben] });
    expect(follow({ to: 4, patches: [{ op: "replace", path: "", value: next }], sum: sumOf(next) })).toBe("applied");
    expect([replica.rev, replica.at, replica.snapshot.value]).toEqual([4, 900, "off"]);
    expect([...replica.roster.values()]).toEqual([ben]);
    expect((replica.snapshot.context as Stage).kept).toBe(kept);
    expect(follow({ to: 5, patches: [{ op: "add", path: "/context/notes/-", value: "m" }] })).toBe("applied");
    expect((replica.snapshot.context as Stage).notes).toEqual(["n", "m"]);
    const before = replica.snapshot;
    expect(follow({ to: 6, patches: [] })).toBe("applied");
    expect([replica.rev, replica.snapshot === before, troubles]).toEqual([6, true, []]);
  });

  test("[OWN-1] that are none still lead to a rev, and to what is one's own by then", () => {
    const { follow, replica } = make();
    replica.own = { roles: { ann: "host" } };
    expect(follow({ to: 2, patches: [] })).toBe("applied");
    expect((replica.snapshot.context as Stage).roles).toEqual({ ann: "host" });
    replica.own = { roles: { ann: "member" } };
    expect(follow({ to: 3, patches: [], sum: sumOf(state()) })).toBe("applied");
    expect((replica.snapshot.context as Stage).roles).toEqual({ ann: "member" });
  });

  test("that do not fit, or give no state, are a divergence", () => {
    for (const path of ["/nowhere/x", "/value"]) {
      const { follow, troubles, replica } = make();
      expect(follow({ to: 2, patches: [{ op: "replace", path, value: "nowhere" }] })).toBe("wrong");
      expect(troubles).toHaveLength(1);
      expect(replica.rev).toBe(1);
    }
  });
});

describe("[SNAP-1] a snapshot", () => {
  test("replaces all that the client has; what is the same keeps its reference", () => {
    const { op, replica } = make();
    op([1, 1, note]);
    const { kept } = replica.snapshot.context as Stage;
    const given = state({ at: 3, value: "off", roster: [ben] });
    expect(replica.replace({ epoch: "e2", rev: 9, reason: "otherEpoch", state: given })).toBe(true);
    expect([replica.epoch, replica.rev, replica.at, replica.snapshot.value]).toEqual(["e2", 9, 3, "off"]);
    expect([...replica.roster.values()]).toEqual([ben]);
    expect((replica.snapshot.context as Stage).notes).toEqual([]);
    expect((replica.snapshot.context as Stage).kept).toBe(kept);
  });
});
