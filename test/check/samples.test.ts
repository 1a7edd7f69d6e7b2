import { expect, test } from "bun:test";
import * as v from "valibot";
import { Payloads } from "../../src/check/payloads.ts";
import { absent, accepts, literals, samplesOf } from "../../src/check/samples.ts";

const strings = ["c1-1", "hana", ...literals];
const schemas: Readonly<Record<string, readonly [v.GenericSchema, readonly unknown[]]>> = {
  "all choices": [v.picklist(["a", "b", "c"]), ["a", "b", "c"]],
  "an enum": [v.enum({ Up: "up", Down: "down" }), ["up", "down"]],
  "both booleans": [v.boolean(), [true, false]],
  "the bounds of numbers": [v.pipe(v.number(), v.safeInteger(), v.minValue(3), v.maxValue(7)), [3, 7]],
  "an id that the state knows": [v.string(), ["c1-1", "hana", "a"]],
  "a text with a form": [v.pipe(v.string(), v.email()), ["a@b.example"]],
  "an emoji": [v.pipe(v.string(), v.emoji()), ["😀"]],
  "a long text": [v.pipe(v.string(), v.minLength(30)), ["a".repeat(64)]],
  "something that may be left out": [v.exactOptional(v.boolean()), [absent, true, false]],
  "something that may be null": [v.nullable(v.literal(5)), [null, 5]],
  lists: [v.array(v.boolean()), [[], [true], [true, false]]],
  "lists that must have two": [v.pipe(v.array(v.picklist(["x", "y"])), v.minLength(2), v.maxLength(2)), [["x", "y"]]],
  tuples: [
    v.tuple([v.boolean(), v.literal(1)]),
    [
      [true, 1],
      [false, 1],
    ],
  ],
  objects: [v.strictObject({ x: v.literal(1), y: v.exactOptional(v.boolean()) }), [{ x: 1 }, { x: 1, y: true }, { x: 1, y: false }]],
  variants: [
    v.variant("kind", [v.object({ kind: v.literal("dot") }), v.object({ kind: v.literal("line"), to: v.boolean() })]),
    [{ kind: "dot" }, { kind: "line", to: true }],
  ],
  records: [v.record(v.string(), v.boolean()), [{}, { hana: true }]],
};

for (const [name, [schema, wanted]] of Object.entries(schemas)) {
  test(`[check] samples have ${name}`, () => {
    const samples = samplesOf(schema as v.ObjectEntries[string], strings);
    for (const sample of wanted) expect(samples).toContainEqual(sample as never);
    expect(samples.filter((sample) => sample !== absent && !accepts(schema as v.ObjectEntries[string], sample))).toEqual([]);
  });
}

test("[check] what many fields may be is tried one after another", () => {
  const field = v.picklist([1, 2, 3, 4]);
  const payloads = new Payloads({ draw: { a: field, b: field, c: field, d: field, e: field } }, []);
  expect(payloads.of({}).get("draw")).toHaveLength(1 + 5 * 3);
});

test("[check] a field that took an unknown text is no reference: the state's ids are no longer tried in it", () => {
  const payloads = new Payloads({ say: { text: v.string() }, drop: { item: v.string() } }, []);
  const context = { items: [{ id: "c1-1" }] };
  const tried = (type: string) => (payloads.of(context).get(type) ?? []).map((event) => Object.values(event)[1]);
  expect(tried("say")).toEqual(["hana", "cora", "mia", "max", "otto", "c1-1", "a"]);
  payloads.learn({ type: "say", text: "a" } as never);
  payloads.learn({ type: "drop", item: "c1-1" } as never);
  expect(tried("say")).toEqual(["a"]);
  expect(tried("drop")).toContain("c1-1");
});
