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
const change = fc.record({ kind: fc.constantFrom("put", "put", "remove"), id, n: fc.nat() });

test("a table is what a map would be, whatever is put and removed, in the order of ids", () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 60 }), (changes) => {
      const map = new Map<string, Row>();
      let rows: Table<Row> = [];
      for (const { kind, id, n } of changes) {
        const before = [...rows];
        const next = kind === "put" ? table.put(rows, { id, n }) : table.remove(rows, id);
        if (kind === "put") map.set(id, { id, n });
        else map.delete(id);
        expect(rows).toEqual(before); // what was handed out never changes
        rows = next;
        expect(table.has(rows, id)).toBe(map.has(id));
      }
      expect(rows.map((row) => row.id)).toEqual([...map.keys()].sort());
      for (const [key, row] of map) expect(table.get(rows, key)).toEqual(row);
      expect(table.get(rows, "not there")).toBeUndefined();
    }),
  );
});

test("what changes nothing gives the same table, so that nobody has to look for a difference", () => {
  const ada = { id: "ada", n: 1 };
  const rows = table.put<Row>([], ada);
  expect(table.put(rows, ada)).toBe(rows);
  expect(table.remove(rows, "bob")).toBe(rows);
  expect(table.put(rows, { ...ada })).not.toBe(rows);
});
