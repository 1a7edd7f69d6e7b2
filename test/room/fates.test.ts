import { describe, expect, test } from "bun:test";
import type { RefusedFrame } from "../../src/protocol/frames.ts";
import { Fates } from "../../src/room/fates.ts";
import type { Op } from "../../src/room/op.ts";
import { Roster } from "../../src/room/roster.ts";

const limits = { fateClientsMax: 3, fateDaysMax: 30, refusalsPerClientMax: 4 };
const dayMs = 86_400_000;
const refusal = (seq: number): RefusedFrame => ({ seq, code: "guard", reason: "no", guard: "g", rev: 0 });
const op = (seq: number, at = 0, more: Partial<Op> = {}, client = "c"): Op => ({
  rev: 1,
  at,
  who: 1,
  by: { user: "u", role: "member", client },
  seq,
  event: { type: "x" },
  ...more,
});

describe("fates", () => {
  test("[L2] the last seq only grows, by ops, refusals and what the client has settled", () => {
    const fates = new Fates(limits);
    expect(fates.lastSeq("u", "c")).toBeUndefined();
    fates.apply(op(1));
    fates.refuse("u", "c", refusal(2), 0);
    expect(fates.lastSeq("u", "c")).toBe(2);
    fates.settle("u", "c", 6, 0);
    expect(fates.lastSeq("u", "c")).toBe(5);
    fates.settle("u", "c", 2, 0);
    expect(fates.lastSeq("u", "c")).toBe(5);
    expect(fates.lastSeq("u", "other")).toBeUndefined();
    expect(fates.lastSeq("other", "c")).toBeUndefined();
  });

  test("[L10] refusals ride on the client's next op, and are known again after a load from ops alone", () => {
    const fates = new Fates(limits);
    fates.refuse("u", "c", refusal(1), 0);
    fates.refuse("u", "c", refusal(2), 0);
    const refused = fates.takeUnjournaled("u", "c");
    expect(refused.map(({ seq }) => seq)).toEqual([1, 2]);
    expect(fates.takeUnjournaled("u", "c")).toEqual([]);
    const loaded = new Fates(limits);
    loaded.apply(op(3, 0, { refused }));
    expect(loaded.lastSeq("u", "c")).toBe(3);
    expect(loaded.refusals("u", "c")).toEqual([refusal(1), refusal(2)]);
  });

  test("a snapshot's records give the same fates", () => {
    const fates = new Fates(limits);
    fates.apply(op(1));
    fates.refuse("u", "c", refusal(2), 5);
    const again = new Fates(limits, JSON.parse(JSON.stringify(fates.records())));
    expect(again.lastSeq("u", "c")).toBe(2);
    expect(again.refusals("u", "c")).toEqual([refusal(2)]);
    expect(again.records()).toEqual(fates.records());
  });

  test("[L2] a snapshot's records are of their moment, whatever is refused before they are written", () => {
    const fates = new Fates(limits);
    fates.refuse("u", "c", refusal(1), 0);
    const records = fates.records();
    fates.refuse("u", "c", refusal(2), 0);
    fates.settle("u", "c", 2, 0);
    expect(records).toEqual([{ user: "u", client: "c", lastSeq: 1, at: 0, refused: [refusal(1)] }]);
  });

  test("settled refusals are forgotten", () => {
    const fates = new Fates(limits);
    for (const seq of [1, 2, 3]) fates.refuse("u", "c", refusal(seq), 0);
    fates.settle("u", "c", 3, 0);
    expect(fates.refusals("u", "c")).toEqual([refusal(3)]);
  });

  test("[L11] bounded in clients, days and refusals; who speaks stays", () => {
    const fates = new Fates(limits);
    for (const client of ["a", "b", "c"]) fates.apply(op(1, 0, {}, client));
    fates.apply(op(2, 1, {}, "a"));
    fates.apply(op(1, 2, {}, "d"));
    expect(["a", "b", "c", "d"].map((client) => fates.lastSeq("u", client))).toEqual([2, undefined, 1, 1]);
    fates.apply(op(3, 31 * dayMs, {}, "a"));
    expect(["a", "c", "d"].map((client) => fates.lastSeq("u", client))).toEqual([3, undefined, undefined]);
    for (let seq = 4; seq < 20; seq++) fates.refuse("u", "a", refusal(seq), 31 * dayMs);
    expect(fates.refusals("u", "a").map(({ seq }) => seq)).toEqual([16, 17, 18, 19]);
    expect(fates.takeUnjournaled("u", "a")).toHaveLength(4);
  });
});

describe("roster", () => {
  const joined = (who: number): Op =>
    op(0, 0, { who, event: { type: "participant.joined", user: `u${who}`, name: "N", role: "member", who } as Op["event"] }, `c${who}`);

  test("numbers are small and used again after a leave", () => {
    const roster = new Roster();
    for (const who of [1, 2, 3]) {
      expect(roster.free()).toBe(who);
      roster.apply(joined(who));
    }
    roster.apply(op(0, 0, { who: 2, event: { type: "participant.left" } }));
    expect(roster.free()).toBe(2);
    expect(roster.list().map(({ who, client }) => [who, client])).toEqual([
      [1, "c1"],
      [3, "c3"],
    ]);
  });

  test("a list that was given never changes", () => {
    const roster = new Roster();
    roster.apply(joined(1));
    const before = roster.list();
    roster.apply(joined(2));
    expect(before).toHaveLength(1);
    expect(roster.list()).toHaveLength(2);
    expect(roster.list()).toBe(roster.list());
  });

  test("[L2] who is in the room is remembered, however many come after; who has left falls off", () => {
    const join = { type: "participant.joined" };
    const fates = new Fates(limits, [], [{ user: "u", client: "here" }]);
    fates.apply(op(1, 0, {}, "here"));
    for (let i = 0; i < 9; i++) fates.apply(op(0, i, { event: join }, `joined${i}`));
    for (const client of ["here", "joined0", "joined8"]) expect(fates.lastSeq("u", client)).toBeDefined();
    fates.apply(op(0, 9, { event: { type: "participant.left" } }, "here"));
    fates.apply(op(0, 60 * dayMs, { event: join }, "joined9"));
    fates.apply(op(1, 60 * dayMs, {}, "joined9"));
    expect(fates.lastSeq("u", "here")).toBeUndefined();
    expect(fates.lastSeq("u", "joined0")).toBe(0);
  });

  test("[L9] a client id is its first user's for as long as that is remembered", () => {
    const fates = new Fates(limits);
    fates.apply(op(1));
    expect([fates.ownerOf("c"), fates.ownerOf("other")]).toEqual(["u", undefined]);
    const again = new Fates(limits, JSON.parse(JSON.stringify(fates.records())));
    expect(again.ownerOf("c")).toBe("u");
    for (const client of ["x", "y", "z"]) again.apply(op(1, 0, {}, client));
    expect(again.ownerOf("c")).toBeUndefined();
  });
});
