/**
 * Payloads made up from Valibot schemas, so that no app has to write any: all choices of a list, both booleans, the bounds of numbers,
 * strings that the state knows (ids, users), optional things with and without. Whatever the schema refuses is left out. From: payloads.ts.
 */
import type * as v from "valibot";

/** A value that is left out: the key is missing. */
export const absent: unique symbol = Symbol("absent");
export type Sample = unknown;

const valuesMax = 24;
const productMax = 64;
const nestingMax = 4;

/** Texts of many forms; the first that a schema takes stands for all. */
export const literals: readonly string[] = [
  "a",
  "b",
  "c",
  "#aabbcc",
  "1",
  "https://a.example",
  "a@b.example",
  "😀",
  "2030-01-01",
  "12:30",
  "2030-01-01T12:30:00Z",
  "00000000-0000-4000-8000-000000000000",
  "127.0.0.1",
  "AAAAAAAA",
  "a".repeat(20),
  "a".repeat(64),
];
const numbersMax = 5;

/** What is read off a schema; Valibot's own types name each kind apart. */
interface Shape {
  readonly type: string;
  readonly pipe?: readonly { readonly type: string; readonly requirement?: unknown }[];
  readonly options?: readonly unknown[];
  readonly wrapped?: v.GenericSchema;
  readonly item?: v.GenericSchema;
  readonly items?: readonly v.GenericSchema[];
  readonly entries?: v.ObjectEntries;
  readonly key?: v.GenericSchema;
  readonly value?: v.GenericSchema;
  readonly literal?: unknown;
  readonly getter?: (input: unknown) => v.GenericSchema;
}
type Schema = v.ObjectEntries[string];

/** `strings` in the order of preference. */
export function samplesOf(schema: Schema, strings: readonly string[], nesting = 0): readonly Sample[] {
  const shape = schema as unknown as Shape;
  const made = nesting > nestingMax ? [] : candidatesOf(shape, strings, nesting);
  return distinct(made)
    .filter((value) => value === absent || accepts(schema, value))
    .slice(0, valuesMax);
}

export function accepts(schema: Schema, value: unknown): boolean {
  const result = schema["~standard"].validate(value);
  return !(result instanceof Promise) && result.issues === undefined;
}

function candidatesOf(shape: Shape, strings: readonly string[], nesting: number): readonly Sample[] {
  const within = (inner: Schema | undefined): readonly Sample[] => (inner === undefined ? [] : samplesOf(inner, strings, nesting + 1));
  switch (shape.type) {
    case "string":
      return strings;
    case "number":
    case "bigint":
      return numbersOf(shape);
    case "boolean":
      return [true, false];
    case "literal":
      return [shape.literal];
    case "picklist":
    case "enum":
      return shape.options ?? [];
    case "null":
      return [null];
    case "undefined":
      return [absent];
    case "optional":
    case "exact_optional":
      return [absent, ...within(shape.wrapped)];
    case "nullable":
      return [null, ...within(shape.wrapped)];
    case "nullish":
      return [absent, null, ...within(shape.wrapped)];
    case "undefinedable":
    case "non_optional":
    case "non_nullable":
    case "non_nullish":
      return within(shape.wrapped);
    case "union":
    case "variant":
    case "intersect":
      return (shape.options ?? []).flatMap((option) => within(option as Schema));
    case "array":
      return listsOf(within(shape.item), shape);
    case "tuple":
    case "strict_tuple":
    case "loose_tuple":
      return combine((shape.items ?? []).map(within));
    case "object":
    case "strict_object":
    case "loose_object":
      return objectsOf(shape.entries ?? {}, (inner) => within(inner));
    case "record":
      return [{}, ...combine([within(shape.key), within(shape.value)]).map(([key, value]) => ({ [String(key)]: value }))];
    case "lazy":
      return within(shape.getter?.(undefined));
    default:
      return [...strings, 1, true, {}, []];
  }
}

/** Every combination while there are few; else one after another, what is left at its first. */
export function combine(columns: readonly (readonly Sample[])[]): readonly (readonly Sample[])[] {
  if (columns.some((column) => column.length === 0)) return [];
  const count = columns.reduce((product, column) => product * column.length, 1);
  if (count <= productMax)
    return columns.reduce<readonly (readonly Sample[])[]>(
      (rows, column) => rows.flatMap((row) => column.map((value) => [...row, value])),
      [[]],
    );
  const first = columns.map(([value]) => value);
  return [first, ...columns.flatMap((column, i) => column.slice(1).map((value) => first.with(i, value)))];
}

export function objectsOf(
  entries: v.ObjectEntries,
  samples: (schema: Schema, key: string) => readonly Sample[],
): readonly Readonly<Record<string, Sample>>[] {
  const keys = Object.keys(entries);
  const columns = Object.entries(entries).map(([key, schema]) => samples(schema, key));
  return combine(columns).map((row) => Object.fromEntries(row.flatMap((value, i) => (value === absent ? [] : [[keys[i] ?? "", value]]))));
}

function listsOf(items: readonly Sample[], shape: Shape): readonly Sample[] {
  const values = items.filter((item) => item !== absent);
  const least = Math.max(0, ...requirements(shape, ["min_length", "length", "non_empty"]).map((n) => n ?? 1));
  const most = Math.min(Infinity, ...requirements(shape, ["max_length", "length"]).map((n) => n ?? Infinity));
  const first = (count: number) => Array.from({ length: count }, (_, i) => values[i % Math.max(1, values.length)]);
  const lengths = [...new Set([least, least + 1, least + 2])].filter((length) => length <= most && length < 1_000);
  const whole = lengths.filter((length) => length === 0 || values.length > 0).map(first);
  return least <= 1 ? [...whole, ...values.slice(1).map((value) => [value])] : whole;
}

/** A harmless one first: it stands for all where a payload has many fields. */
function numbersOf(shape: Shape): readonly number[] {
  const bounds = requirements(shape, ["min_value", "max_value", "gt_value", "lt_value", "value", "multiple_of"]).flatMap(
    (bound) => bound ?? [],
  );
  const all = [1, ...bounds, 0, ...bounds.flatMap((bound) => [bound + 1, bound - 1]), 2, -1, 0.5];
  return all.filter((value) => accepts(shape as unknown as Schema, value)).slice(0, numbersMax);
}

const requirements = (shape: Shape, types: readonly string[]): readonly (number | undefined)[] =>
  (shape.pipe ?? [])
    .filter(({ type }) => types.includes(type))
    .map(({ requirement }) => (typeof requirement === "number" ? requirement : undefined));

/** By their JSON text. */
const distinct = (values: readonly Sample[]): readonly Sample[] => [
  ...new Map(values.map((value) => [value === absent ? value : typeof value === "bigint" ? value : JSON.stringify(value), value])).values(),
];
