import { expect, test } from "bun:test";
import fc from "fast-check";
import { type Table, table } from "../../src/index.ts";

interface Row {
  readonly id: string;
  readonly n: number;
}

const id = fc.oneof(
  fc.string({ maxLength: 3 }),
  fc.constantFrom("", "a", "b", "__proto__", "constructor", "10", "9", "é", "\u{1F600}", "\uFFFD"),
);
const few = fc.array(fc.record({ kind: fc.constantFrom("put", "put", "remove"), id, n: fc.nat() }), { maxLength: 60 });
/** Enough for pages to be parted and put together again. */
const many = fc.array(
  fc.record({ kind: fc.constantFrom("put", "put", "put", "remove"), id: fc.nat({ max: 400 }).map((n) => `id-${n}`), n: fc.nat() }),
  { minLength: 500, maxLength: 1_500 },
);
const thenFewer = fc.shuffledSubarray(
  Array.from({ length: 401 }, (_, i) => ({ kind: "remove", id: `id-${i}`, n: 0 })),
  { minLength: 300 },
);

const isSound = (pages: Table<Row>): boolean => pages.every(({ length }) => length > 0 && length <= 64);

test("a table is what a map would be, whatever is put and removed, in the order of ids", () => {
  fc.assert(
    fc.property(few, (changes) => {
      const map = new Map<string, Row>();
      let rows: Table<Row> = [];
      for (const { kind, id, n } of changes) {
        const before = structuredClone(rows);
        const next = kind === "put" ? table.put(rows, { id, n }) : table.remove(rows, id);
        if (kind === "put") map.set(id, { id, n });
        else map.delete(id);
        expect(rows).toEqual(before); // what was handed out never changes
        rows = next;
        expect(table.has(rows, id)).toBe(map.has(id));
      }
      expect(table.rows(rows).map((row) => row.id)).toEqual([...map.keys()].sort());
      for (const [key, row] of map) expect(table.get(rows, key)).toEqual(row);
      expect(table.get(rows, "not there")).toBeUndefined();
    }),
  );
});

test("also with many rows: pages are neither empty nor too long, and few rows do not stay on many pages", () => {
  fc.assert(
    fc.property(many, thenFewer, (changes, removals) => {
      const map = new Map<string, Row>();
      let rows: Table<Row> = [];
      for (const { kind, id, n } of [...changes, ...removals]) {
        rows = kind === "put" ? table.put(rows, { id, n }) : table.remove(rows, id);
        if (kind === "put") map.set(id, { id, n });
        else map.delete(id);
      }
      expect(isSound(rows)).toBe(true);
      expect(table.rows(rows)).toEqual([...map.keys()].sort().map((key) => map.get(key) as Row));
      for (const key of map.keys()) expect(table.has(rows, key)).toBe(true);
      expect(rows.length).toBeLessThanOrEqual(1 + Math.ceil(map.size / 16));
    }),
    { numRuns: 40 },
  );
});

test("a change copies a page and the list of pages, whatever else there is", () => {
  let rows: Table<Row> = [];
  for (let i = 0; i < 10_000; i++) rows = table.put(rows, { id: `id-${i}`, n: i });
  const next = table.put(rows, { id: "id-5000", n: -1 });
  expect(next.filter((page, i) => page !== rows[i])).toHaveLength(1);
  expect(rows.length).toBeLessThan(400);
  expect(isSound(rows)).toBe(true);
});

test("what changes nothing gives the same table, so that nobody has to look for a difference", () => {
  const ada = { id: "ada", n: 1 };
  const rows = table.put<Row>([], ada);
  expect(table.put(rows, ada)).toBe(rows);
  expect(table.remove(rows, "bob")).toBe(rows);
  expect(table.put(rows, { ...ada })).not.toBe(rows);
});
