import { expect, test } from "bun:test";
import { notPlain } from "../../src/check/plain-json.ts";
import { Sandbox } from "../../src/check/sandbox.ts";
import { differences, hiddenPaths, isUnder } from "../../src/check/secrets.ts";
import { deepFreeze } from "../../src/room/freeze.ts";
import { hidden } from "../../src/room/secret.ts";

const nothing = () => false;

test("[L8] hidden is what is masked or left out, whole or in part; a filtered list says nothing of positions", () => {
  const context = { votes: { ada: 3, bob: null }, deck: [1, 2], notes: [{ text: "a" }, { text: "b" }], open: true };
  expect(hiddenPaths(context, context)).toEqual([]);
  expect(hiddenPaths(context, { ...context, votes: { ada: hidden, bob: hidden } })).toEqual([["votes", "ada"]]);
  expect(hiddenPaths(context, { ...context, votes: hidden })).toEqual([["votes", "ada"]]);
  expect(hiddenPaths(context, { ...context, deck: [] })).toEqual([
    ["deck", "0"],
    ["deck", "1"],
  ]);
  expect(hiddenPaths(context, { ...context, notes: [{ text: "b" }] })).toEqual([]);
  const { open: _, ...closed } = context;
  expect(hiddenPaths(context, closed)).toEqual([["open"]]);
});

test("[L8] differences are told at the deepest path, and not where they may be", () => {
  const [a, b] = [
    { sum: 3, list: [1, { x: 1 }] },
    { sum: 4, list: [1, { x: 2 }] },
  ];
  expect(differences(a, b, nothing)).toEqual([["sum"], ["list", "1", "x"]]);
  expect(differences(a, b, (path) => isUnder(path, "list.*"))).toEqual([["sum"]]);
  expect(differences({ x: [] }, { x: {} }, nothing)).toEqual([["x"]]);
  expect(differences(a, structuredClone(a), nothing)).toEqual([]);
});

test("[L7] what is no plain JSON is found wherever it lies", () => {
  const cycle: Record<string, unknown> = {};
  cycle["self"] = cycle;
  const flaws: readonly (readonly [unknown, string])[] = [
    [{ a: { b: [Number.NaN] } }, "a.b.0 is NaN"],
    [{ a: Number.POSITIVE_INFINITY }, "a is Infinity"],
    [{ a: undefined }, "a is undefined"],
    [{ a: new Date(0) }, "a is a Date"],
    [{ a: new Map() }, "a is a Map"],
    [{ a: () => 1 }, "a is a function"],
    [{ a: 1n }, "a is a bigint"],
    [{ a: new (class Card {})() }, "a is a Card"],
    [{ a: Promise.resolve() }, "a is a Promise"],
    [{ [Symbol("s")]: 1 }, "it is an object with a symbol as a key"],
    // biome-ignore lint/suspicious/noSparseArray: that is what is tested
    [{ a: [1, , 3] }, "a is an array with holes or with keys of its own"],
    [cycle, "self is a cycle"],
  ];
  for (const [value, flaw] of flaws) expect(notPlain(value)).toBe(flaw);
  const shared = { x: 1 };
  expect(notPlain({ a: shared, b: [shared, null, "", true, -0.5], c: Object.create(null) as object })).toBeUndefined();
});

test("[check] what is frozen and was looked at is not looked at again, and what is not frozen is", () => {
  const known = new WeakSet<object>();
  const loose = { x: 1 as unknown };
  expect(notPlain(loose, known)).toBeUndefined();
  loose.x = Number.NaN;
  expect(notPlain(loose, known)).toBe("x is NaN");
  const fixed = deepFreeze({ inner: { y: 1 } });
  expect(notPlain(fixed, known)).toBeUndefined();
  expect(known.has(fixed.inner)).toBe(true);
});

test("[check] what reaches outside is told while it is watched, has no effect then, and works otherwise", () => {
  const real = [Date, Math.random, fetch, process, crypto, performance] as const;
  const used: string[] = [];
  {
    using sandbox = new Sandbox();
    sandbox.watch(
      (what) => used.push(what),
      () => {
        expect([Date.now(), new Date().toISOString(), Math.random(), setTimeout(() => used.push("fired"), 0)]).toEqual([
          0,
          "1970-01-01T00:00:00.000Z",
          0.5,
          undefined as never,
        ]);
        void fetch("http://127.0.0.1:1");
        void process.env["HOME"];
        crypto.randomUUID();
        performance.now();
        expect(new Date(5).getTime()).toBe(5);
        expect(new Date(5)).toBeInstanceOf(Date);
      },
    );
    expect(Date.now()).toBeGreaterThan(0);
    expect(crypto.randomUUID()).toHaveLength(36);
    expect(process.cwd()).toBe(real[3].cwd());
  }
  expect(used).toEqual([
    "Date.now()",
    "new Date()",
    "Math.random()",
    "setTimeout()",
    "fetch()",
    "process.env",
    "crypto.randomUUID",
    "performance.now",
  ]);
  expect([Date, Math.random, fetch, process, crypto, performance]).toEqual([...real]);
});
