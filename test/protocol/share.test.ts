import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { share } from "../../src/protocol/share.ts";

describe("sharing structure", () => {
  test("equal values give the old reference, however deep", () => {
    const before = { a: [1, { b: null }], c: "x" };
    expect(share(before, structuredClone(before))).toBe(before);
    expect(share([], [])).toEqual([]);
    expect(share(1, 1)).toBe(1);
    expect(share(Number.NaN, Number.NaN)).toBe(Number.NaN);
  });

  test("what changed is new, what stands beside it is old, and neither value is touched", () => {
    const before = { list: [{ id: 1 }, { id: 2 }], other: { deep: {} } };
    const after = { list: [{ id: 1 }, { id: 3 }], other: { deep: {} } };
    const [freshList, freshOther] = [after.list, after.other];
    Object.freeze(before.list);
    const shared = share(before, after);
    expect(shared).toEqual(after);
    expect(shared.other).toBe(before.other);
    expect(shared.list[0]).toBe(before.list[0] as { id: number });
    expect(shared.list).not.toBe(before.list);
    expect(Array.isArray(shared.list)).toBe(true);
    expect(after.list).toBe(freshList);
    expect(after.other).toBe(freshOther);
    expect(after.list[0]).not.toBe(before.list[0] as { id: number });
    expect(before).toEqual({ list: [{ id: 1 }, { id: 2 }], other: { deep: {} } });
  });

  test("[DELTA-8] the order of keys is the new one: the checksum is made over it", () => {
    const before = { a: { x: 1 }, b: 2 };
    const shared = share(before, { b: 2, a: { x: 1 } });
    expect(JSON.stringify(shared)).toBe('{"b":2,"a":{"x":1}}');
    expect(shared.a).toBe(before.a);
  });

  test("keys and elements that came or went make a difference, at either end", () => {
    const pairs: readonly [unknown, unknown][] = [
      [{ a: 1 }, { a: 1, b: 2 }],
      [{ a: 1, b: 2 }, { a: 1 }],
      [{ a: 1, b: 2 }, { b: 2 }],
      [{ a: undefined }, {}],
      [{ b: undefined }, { a: undefined }],
      [[1, 2], [1]],
      [[1], [1, 2]],
      [
        [1, 2],
        [2, 1],
      ],
    ];
    for (const [before, after] of pairs) expect(share(before, after), JSON.stringify(before)).toStrictEqual(after);
  });

  test("an array is no object, null is neither, and nothing is", () => {
    const values: readonly unknown[] = [[], {}, null, undefined, 0, "", false, { 0: "a" }, ["a"]];
    for (const before of values) for (const after of values) expect(share(before, after)).toStrictEqual(after);
  });

  test("what only a prototype has is no key of the old value", () => {
    const after = { toString: Object.prototype.toString, constructor: Object };
    expect(Object.keys(share({}, after))).toEqual(["toString", "constructor"]);
    expect(share({}, after)).toBe(after);
    const odd = share({}, JSON.parse('{"__proto__": {}}') as object);
    expect(Object.getOwnPropertyDescriptor(odd, "__proto__")?.value).not.toBe(Object.prototype);
  });

  test("any two JSON values: the result reads as the new one, and is the old one if both read the same", () => {
    // Few keys and values, so that parts of the two are often alike.
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 3 },
        fc.constantFrom(0, "x", null),
        fc.array(tie("value"), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom("a", "b", "__proto__", "toString"), tie("value"), { maxKeys: 3, noNullPrototype: true }),
      ),
    }));
    let alike = 0;
    fc.assert(
      fc.property(value, value, (before, after) => {
        const [was, is] = [JSON.stringify(before), JSON.stringify(after)];
        const shared = share(before, after);
        expect(JSON.stringify(shared)).toBe(is);
        expect([JSON.stringify(before), JSON.stringify(after)]).toEqual([was, is]);
        if (was !== is) return;
        alike++;
        expect(shared).toBe(before);
      }),
      { numRuns: 500 },
    );
    expect(alike).toBeGreaterThan(5);
  });
});
