/** Refusals have numbers that nobody else's had: a page that was there before a restart shows those after it. */
import { expect, test } from "bun:test";
import type { RefusedMessage } from "../../src/inspect/messages.ts";
import { nothing, renewed, told } from "../../src/inspect/page/store/live.ts";
import { Refusals } from "../../src/inspect/refusals.ts";
import type { Room } from "../../src/room/room.ts";
import type { WatchedRefusal } from "../../src/room/watch.ts";

const room = { name: "meeting/weekly", feed: undefined, options: { def: { commands: { go: {} }, reasons: {} } } } as unknown as Room;
const by = { user: "ada", role: "host", client: "c" };
const refusal = { seq: 1, by, event: { type: "go" }, rev: 1, code: "guard", guard: "g", reason: "No." } as unknown as WatchedRefusal;
const startedAt = 1_700_000_000_000;
const refused = (refusals: Refusals, count: number): readonly RefusedMessage[] =>
  Array.from({ length: count }, () => refusals.add(room, refusal, startedAt));

test("after a restart a page shows new refusals, and what it is told twice once", () => {
  const before = refused(new Refusals(startedAt), 50);
  const after = refused(new Refusals(startedAt + 1), 3);
  const live = told(told(renewed(told(nothing, before)), after), [...after]);
  expect(live.log.map(({ refused: entry }) => entry?.n)).toEqual([...before, ...after].map(({ n }) => n));
});

test("a number that was given before the restart is the address of nothing else", () => {
  const [before] = refused(new Refusals(startedAt), 1);
  const refusals = new Refusals(startedAt + 60_000);
  const [after] = refused(refusals, 1);
  expect(refusals.get(before?.n ?? 0)).toBeUndefined();
  expect(refusals.get(after?.n ?? 0)?.message).toBe(after as RefusedMessage);
  expect(Number.isSafeInteger(after?.n)).toBe(true);
});
