import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { type Patch as Applied, applyPatches } from "../../src/client/patch.ts";
import { diff, type Patch } from "../../src/protocol/diff.ts";
import { share } from "../../src/protocol/share.ts";
import { type Table, table } from "../../src/room/table.ts";

/** As it travels: what JSON leaves out is gone. */
const sent = (patches: readonly Patch[]): readonly Applied[] => JSON.parse(JSON.stringify(patches)) as readonly Applied[];
const made = (before: unknown, after: unknown): string =>
  JSON.stringify(applyPatches(JSON.parse(JSON.stringify(before)), sent(diff(before, after))));

describe("[DELTA-5] from one state to the next by patches", () => {
  const cases: readonly [what: string, before: unknown, after: unknown, patches: readonly Patch[]][] = [
    ["nothing", { a: [1, { b: 2 }] }, { a: [1, { b: 2 }] }, []],
    ["a value", { a: 1, b: 2 }, { a: 1, b: 3 }, [{ op: "replace", path: "/b", value: 3 }]],
    ["a key comes", { a: 1 }, { a: 1, b: {} }, [{ op: "add", path: "/b", value: {} }]],
    ["a key goes", { a: 1, b: 2 }, { b: 2 }, [{ op: "remove", path: "/a" }]],
    [
      "a key between others: the record is replaced, or its keys would stand otherwise",
      { a: 1, c: 3 },
      { a: 1, b: 2, c: 3 },
      [{ op: "replace", path: "", value: { a: 1, b: 2, c: 3 } }],
    ],
    [
      "an index between others: JavaScript sorts them",
      { 1: "a", 3: "c", x: 0 },
      { 1: "a", 2: "b", 3: "c", x: 0 },
      [{ op: "add", path: "/2", value: "b" }],
    ],
    ["a list becomes a record", { a: [] }, { a: {} }, [{ op: "replace", path: "/a", value: {} }]],
    ["null becomes a record", { a: null }, { a: {} }, [{ op: "replace", path: "/a", value: {} }]],
    ["a key with / and ~", { "a/~": 1 }, { "a/~": 2 }, [{ op: "replace", path: "/a~1~0", value: 2 }]],
    ["at the end of a list", [1, 2], [1, 2, 3], [{ op: "add", path: "/2", value: 3 }]],
    [
      "a window of the newest: the first goes, one comes",
      [{ id: "a" }, { id: "b" }],
      [{ id: "b" }, { id: "c" }],
      [
        { op: "remove", path: "/0" },
        { op: "add", path: "/1", value: { id: "c" } },
      ],
    ],
    [
      "inside an element",
      [
        { id: "a", n: 1 },
        { id: "b", n: 1 },
      ],
      [
        { id: "a", n: 1 },
        { id: "b", n: 2 },
      ],
      [{ op: "replace", path: "/1/n", value: 2 }],
    ],
    [
      "the last to the front, one element moves",
      ["a", "b", "c", "d"],
      ["d", "a", "b", "c"],
      [
        { op: "remove", path: "/3" },
        { op: "add", path: "/0", value: "d" },
      ],
    ],
    [
      "the first to the end, one element moves",
      ["a", "b", "c", "d"],
      ["b", "c", "d", "a"],
      [
        { op: "remove", path: "/0" },
        { op: "add", path: "/3", value: "a" },
      ],
    ],
    [
      "an element that moves and changes",
      [
        { id: 1, n: 1 },
        { id: 2, n: 1 },
        { id: 3, n: 1 },
      ],
      [
        { id: 3, n: 1 },
        { id: 1, n: 2 },
        { id: 2, n: 1 },
      ],
      [
        { op: "remove", path: "/2" },
        { op: "add", path: "/0", value: { id: 3, n: 1 } },
        { op: "replace", path: "/1/n", value: 2 },
      ],
    ],
    [
      "what JSON leaves out is not there",
      { a: undefined, b: 1 },
      { a: 1, b: undefined },
      [
        { op: "remove", path: "/b" },
        { op: "add", path: "/a", value: 1 },
      ],
    ],
    ["and in a list it is null", [1], [undefined], [{ op: "replace", path: "/0", value: null }]],
  ];
  for (const [what, before, after, patches] of cases)
    test(what, () => {
      expect(diff(before, after)).toEqual([...patches]);
      expect(made(before, after)).toBe(JSON.stringify(after));
    });

  const json = fc.letrec((tie) => ({
    value: fc.oneof(
      { weight: 3, arbitrary: fc.oneof(fc.integer({ min: 0, max: 3 }), fc.constantFrom("a", "b", "", null, true)) },
      { weight: 2, arbitrary: fc.array(tie("value"), { maxLength: 5 }) },
      { weight: 2, arbitrary: fc.array(fc.record({ id: fc.constantFrom("a", "b", "c", "d"), n: tie("value") }), { maxLength: 5 }) },
      {
        weight: 3,
        arbitrary: fc.dictionary(fc.constantFrom("a", "b", "id", "2", "10", "07", "a/b", "~", "constructor"), tie("value"), { maxKeys: 5 }),
      },
    ),
  })).value;

  test("any value from any other, to the byte", () => {
    fc.assert(
      fc.property(json, json, (before, after) => {
        expect(made(before, after)).toBe(JSON.stringify(after));
        const shared = share(before, after);
        expect(made(before, shared)).toBe(JSON.stringify(after));
      }),
      { numRuns: 3_000 },
    );
  });

  test("lists in any order", () => {
    const list = fc.uniqueArray(fc.integer({ min: 0, max: 12 }), { maxLength: 12 });
    fc.assert(
      fc.property(list, list, (before, after) => {
        const patches = diff(before, after);
        expect(made(before, after)).toBe(JSON.stringify(after));
        expect(patches.length).toBeLessThanOrEqual(before.length + after.length);
      }),
      { numRuns: 1_000 },
    );
  });

  test("rows of several pages of a table that change are a patch each", () => {
    let before: Table<{ readonly id: string; readonly n: number }> = [];
    for (let i = 0; i < 1_000; i++) before = table.put(before, { id: `id-${i}`, n: 0 });
    const changed = ["id-1", "id-200", "id-201", "id-500", "id-999"];
    const after = changed.reduce((rows, id) => table.put(rows, { id, n: 1 }), before);
    const patches = diff({ before }, { before: after });
    expect(patches).toHaveLength(changed.length);
    expect(patches.every(({ op, path }) => op === "replace" && /^\/before\/\d+\/\d+\/n$/.test(path))).toBe(true);
    expect(made(before, after)).toBe(JSON.stringify(after));
    const split = table.put(after, { id: "id-2000", n: 1 });
    expect(made(before, split)).toBe(JSON.stringify(split));
  });

  test("what is shared costs nothing: one vote among 5,000 people is one patch", () => {
    const people = Object.fromEntries(Array.from({ length: 5_000 }, (_, i) => [`u${i}`, { name: `Person ${i}`, role: "member" }]));
    const before = { people, votes: { u1: 1 } };
    const after = { people, votes: { u1: 1, u2: 3 } };
    expect(diff(before, after)).toEqual([{ op: "add", path: "/votes/u2", value: 3 }]);
  });
});
