import { expect, test } from "bun:test";
import { decodeOpRecord, encodeOpRecord, type Op } from "../../src/room/op.ts";

const plain: Op = {
  rev: 7,
  at: 1_764_526_000_000,
  who: 3,
  by: { user: 'a "quoted" user', role: "member", client: "c-1" },
  seq: 12,
  event: { type: "say", text: 'line\n"two" ä🎈' } as Op["event"],
};
const refused = [{ seq: 11, rev: 6, code: "guard", reason: "No." }] as const;

test.each<[string, Op]>([
  ["a command", plain],
  ["a timer that fired", { ...plain, timer: "t-1" }],
  ["with refusals before it", { ...plain, refused }],
  ["the first one of a version", { ...plain, version: 2 }],
  ["all of that", { ...plain, timer: "t-1", refused, version: 2 }],
])("[L7] a record is the op's JSON without its rev, key by key, and gives the op back: %s", (_, op) => {
  const text = encodeOpRecord(op, JSON.stringify(op.event));
  const { rev, ...record } = op;
  expect(text).toBe(JSON.stringify(record));
  expect(decodeOpRecord(rev, text)).toEqual(op);
});
