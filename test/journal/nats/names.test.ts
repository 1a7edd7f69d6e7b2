import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { decodeRoom, encodeRoom, namesUnder } from "../../../src/journal/nats-names.ts";

const name = fc.oneof(
  fc.string({ unit: "binary", maxLength: 60 }),
  fc.string({ unit: "grapheme", maxLength: 60 }),
  fc.constantFrom("", ".", "*", ">", "=", "a.b", "a=2E", "\r\n"),
);

describe("rooms as subject tokens", () => {
  test("come back as they were, from one token that NATS takes", () => {
    fc.assert(
      fc.property(name, (room) => {
        const token = encodeRoom(room);
        expect(token).toMatch(/^[A-Za-z0-9_=-]+$/);
        expect(decodeRoom(token)).toBe(room);
      }),
    );
  });

  test("two rooms never share one, and nothing else is one", () => {
    fc.assert(
      fc.property(name, name, (a, b) => {
        expect(encodeRoom(a) === encodeRoom(b)).toBe(a === b);
      }),
    );
    for (const token of ["", "a.b", "a b", "=2", "=2e", "=41", "a=", "=FF", "=ED=A0=80", "é"]) expect(decodeRoom(token)).toBeUndefined();
  });

  test("a usual name stays readable", () => {
    expect(encodeRoom("meeting/weekly_1-2")).toBe("meeting=2Fweekly_1-2");
    expect(namesUnder("quorate").opsOf("meeting/a.b")).toBe("quorate.ops.meeting=2Fa=2Eb");
  });

  test("what is too long, or no text, is refused", () => {
    for (const room of ["x".repeat(1_025), "\uD800"]) expect(() => encodeRoom(room)).toThrow(expect.objectContaining({ code: "invalid" }));
    for (const prefix of ["", "a.b", "a b", "*", "x".repeat(33)])
      expect(() => namesUnder(prefix)).toThrow(expect.objectContaining({ code: "invalid" }));
  });
});
