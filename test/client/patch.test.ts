import { describe, expect, test } from "bun:test";
import { applyPatches, type Patch } from "../../src/client/patch.ts";

const add = (path: string, value: unknown): Patch => ({ op: "add", path, value });
const replace = (path: string, value: unknown): Patch => ({ op: "replace", path, value });
const remove = (path: string): Patch => ({ op: "remove", path });

describe("[DELTA-5] patches, as RFC 6902 says", () => {
  const cases: readonly [what: string, before: unknown, patches: readonly Patch[], after: unknown][] = [
    ["the whole document", { a: 1 }, [replace("", [2])], [2]],
    ["the whole document by add", { a: 1 }, [add("", null)], null],
    ["a key", { a: 1 }, [add("/b", 2)], { a: 1, b: 2 }],
    ["a key that is there already is replaced by add", { a: 1 }, [add("/a", { b: 2 })], { a: { b: 2 } }],
    ["a key's value", { a: 1, b: 2 }, [replace("/a", null)], { a: null, b: 2 }],
    ["a key goes", { a: 1, b: 2 }, [remove("/a")], { b: 2 }],
    ["far below", { a: { b: { c: 1, d: 2 } } }, [replace("/a/b/c", 3)], { a: { b: { c: 3, d: 2 } } }],
    ["far below goes", { a: { b: { c: 1, d: 2 } } }, [remove("/a/b/c")], { a: { b: { d: 2 } } }],
    ["the key that is empty", { "": 1, a: 2 }, [replace("/", 3)], { "": 3, a: 2 }],
    ["an element before others", [1, 2], [add("/0", 0)], [0, 1, 2]],
    ["an element between others", [1, 2, 3], [add("/1", 9)], [1, 9, 2, 3]],
    ["an element at the end, by its index", [1, 2], [add("/2", 3)], [1, 2, 3]],
    ["an element at the end, by -", [1, 2], [add("/-", 3)], [1, 2, 3]],
    ["the first element of none", [], [add("/-", 1)], [1]],
    ["an element's value", [1, 2, 3], [replace("/1", 9)], [1, 9, 3]],
    ["an element goes", [1, 2, 3], [remove("/1")], [1, 3]],
    ["the last element goes", [1, 2, 3], [remove("/2")], [1, 2]],
    ["inside an element", [{ a: 1 }, { a: 2 }], [replace("/1/a", 3)], [{ a: 1 }, { a: 3 }]],
    ["into a list in a list", [[1], [2]], [add("/1/0", 3)], [[1], [3, 2]]],
    ["index ten", Array.from({ length: 11 }, (_, i) => i), [remove("/10")], Array.from({ length: 10 }, (_, i) => i)],
    ["a key with a slash", { "a/b": 1 }, [replace("/a~1b", 2)], { "a/b": 2 }],
    ["a key with a tilde", { "a~b": 1 }, [replace("/a~0b", 2)], { "a~b": 2 }],
    ["a key that looks like an escape", { "~1": 1, "/": 2 }, [replace("/~01", 3)], { "~1": 3, "/": 2 }],
    ["several of each escape", { "//~~": 1 }, [replace("/~1~1~0~0", 2)], { "//~~": 2 }],
    ["a key that every object inherits", {}, [add("/toString", 1)], { toString: 1 }],
    ["a key that is a number", { 0: "a" }, [replace("/0", "b")], { 0: "b" }],
    ["one after the other", { a: [1] }, [add("/a/-", 2), remove("/a/0"), add("/b", 3)], { a: [2], b: 3 }],
    ["none", { a: 1 }, [], { a: 1 }],
  ];
  for (const [what, before, patches, after] of cases)
    test(what, () => {
      const text = JSON.stringify(before);
      const patched = applyPatches(before, patches);
      expect(patched).toStrictEqual(after);
      expect(JSON.stringify(before), "the document before").toBe(text);
    });

  test("what no patch touches keeps its reference", () => {
    const before = { a: { b: {} }, list: [{}, {}] };
    const after = applyPatches(before, [replace("/list/1", 1), add("/c", 1)]) as typeof before;
    expect(after.a).toBe(before.a);
    expect(after.list[0]).toBe(before.list[0] as object);
    expect(applyPatches(before, [])).toBe(before);
  });

  const misfits: readonly [what: string, before: unknown, patch: Patch][] = [
    ["a key that is not there is replaced", {}, replace("/a", 1)],
    ["a key that is not there is removed", {}, remove("/a")],
    ["below a key that is not there", {}, add("/a/b", 1)],
    ["an inherited key is removed", {}, remove("/toString")],
    ["below an inherited key", {}, add("/constructor/x", 1)],
    ["into a number", { a: 1 }, add("/a/b", 1)],
    ["into a text", "abc", replace("/0", "x")],
    ["into null", { a: null }, add("/a/b", 1)],
    ["into nothing", undefined, add("/a", 1)],
    ["beyond the end of a list", [1], add("/2", 2)],
    ["the element after the last is replaced", [1], replace("/1", 2)],
    ["the element after the last is removed", [1], remove("/1")],
    ["below the element after the last", [{}], add("/1/a", 2)],
    ["- is removed", [1], remove("/-")],
    ["- is replaced", [1], replace("/-", 2)],
    ["below -", [{}], add("/-/a", 2)],
    ["a negative index", [1, 2], remove("/-1")],
    ["an index with a leading zero", [1, 2], remove("/01")],
    ["an index that is no whole number", [1, 2], remove("/0.5")],
    ["an index in another notation", [1, 2], remove("/1e0")],
    ["no index", [1], add("/a", 2)],
    ["an empty index", [1], add("/", 2)],
    ["a list's own length", [1, 2], replace("/length", 0)],
    ["a pointer that does not begin with a slash", { a: 1 }, replace("xa", 2)],
    ["a prototype", {}, add("/__proto__", { polluted: true })],
    ["below a prototype", { a: {} }, add("/a/__proto__/polluted", true)],
    ["a prototype that is an own key", JSON.parse('{"__proto__": {}}'), add("/__proto__/polluted", true)],
  ];
  for (const [what, before, patch] of misfits)
    test(`throws: ${what}`, () => {
      const text = JSON.stringify(before);
      expect(() => applyPatches(before, [patch])).toThrow("a patch does not fit");
      expect(JSON.stringify(before)).toBe(text);
      expect("polluted" in {}).toBe(false);
    });
});
