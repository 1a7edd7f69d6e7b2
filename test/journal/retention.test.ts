import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { retained } from "../../src/journal/retention.ts";

const kept = { keepSnapshots: 2, keepOps: 80 }; // stretches of 10

describe("which snapshots stay, and which entries", () => {
  const rows: readonly (readonly [what: string, revs: number[], head: number, snapshots: number[], trimTo: number])[] = [
    ["none", [], 0, [], -80],
    ["the first", [0], 0, [0], -80],
    ["the first stays under the ops that are kept", [0, 5, 7], 7, [0, 5, 7], -73],
    ["one in each stretch, beside the newest two", [0, 3, 6, 12, 15, 18, 21, 24, 27], 27, [0, 12, 21, 24, 27], -53],
    ["the newest two, though their stretch has an older one", [0, 71, 72, 73], 73, [0, 71, 72, 73], -7],
    ["the oldest op that is kept has a state under it", [0, 10, 20, 30, 90], 99, [10, 20, 30, 90], 10],
    ["… also right at it", [0, 10, 20, 30, 90], 100, [20, 30, 90], 20],
    ["… and what is before that goes, though nothing else is near", [0, 95, 100], 174, [0, 95, 100], 0],
    ["… until there is another", [0, 95, 100], 175, [95, 100], 95],
    ["the newest two, though no op that is kept needs them", [0, 5, 6], 500, [5, 6], 5],
    ["the one that the ops need is the first of its stretch", [20, 21, 25, 29, 30, 110], 105, [25, 30, 110], 25],
    ["without a snapshot under them, the ops are kept nevertheless", [60, 90], 100, [60, 90], 20],
  ];
  for (const [what, revs, head, snapshots, trimTo] of rows)
    test(what, () => {
      const was = [...revs];
      expect(retained(revs, head, kept)).toEqual({ snapshots, trimTo });
      expect(revs).toEqual(was);
    });

  test("keepOps 0: the newest alone, and what the oldest of them needs", () => {
    expect(retained([0, 10, 20, 30], 30, { keepSnapshots: 2, keepOps: 0 })).toEqual({ snapshots: [20, 30], trimTo: 20 });
    expect(retained([0, 10, 20, 30], 35, { keepSnapshots: 1, keepOps: 0 })).toEqual({ snapshots: [30], trimTo: 30 });
    expect(retained([20, 30], 30, { keepSnapshots: 0, keepOps: 0 })).toEqual({ snapshots: [30], trimTo: 30 });
  });

  test("100,000 ops with a snapshot every 1,000, for a long time: ten snapshots, and never more than 12,500 ops from a state to the next", () => {
    const retention = { keepSnapshots: 2, keepOps: 100_000 };
    let revs: readonly number[] = [];
    let most = 0;
    for (let head = 0; head <= 1_000_000; head += 1_000) {
      revs = retained([...revs, head], head, retention).snapshots;
      most = Math.max(most, revs.length);
    }
    expect(most).toBeLessThanOrEqual(12);
    expect(revs.slice(-3)).toEqual([988_000, 999_000, 1_000_000]);
    expect(revs[0]).toBe(900_000);
  });
});

test("whatever the order of the saves: the newest stay, every rev since the oldest has a key frame near, few are kept, and their ops with them", () => {
  const any = fc.array(fc.nat({ max: 2_000 }), { minLength: 1, maxLength: 60 });
  const rising = any.map((order) => [0, ...order.sort((a, b) => a - b)]);
  const dense = fc.array(fc.nat({ max: 300 }), { minLength: 100, maxLength: 150 });
  const saves = fc.oneof(any, rising, dense);
  fc.assert(
    fc.property(
      saves,
      fc.integer({ min: 1, max: 4 }),
      fc.nat({ max: 600 }),
      fc.nat({ max: 50 }),
      (order, keepSnapshots, keepOps, ahead) => {
        let revs: readonly number[] = [];
        let head = 0;
        let trimmedTo = Number.NEGATIVE_INFINITY;
        let distance = 0;
        let before: number | undefined;
        const seen = new Set<number>();
        for (const rev of order) {
          if (rev <= trimmedTo) continue; // no journal takes a snapshot of a rev whose entry is gone
          head = Math.max(head, rev + ahead);
          distance = Math.max(distance, Math.abs(rev - (before ?? rev)));
          before = rev;
          seen.add(rev);
          const newest = [...new Set([...revs, rev])].sort((a, b) => a - b).slice(-keepSnapshots);
          const { snapshots, trimTo } = retained([...new Set([...revs, rev])], head, { keepSnapshots, keepOps });
          revs = snapshots;
          trimmedTo = Math.max(trimmedTo, trimTo);
          for (const one of newest) expect(revs).toContain(one);
          expect([...revs].sort((a, b) => a - b)).toEqual([...new Set(revs)]);
          for (const one of revs) expect(seen.has(one)).toBe(true);
          // The rev before the next snapshot is the farthest from the one that it is replayed from.
          for (const [n, one] of revs.entries()) {
            const next = revs[n + 1];
            if (next !== undefined) expect(next - 1 - one).toBeLessThan(keepOps / 8 + distance);
          }
          expect(revs.length).toBeLessThanOrEqual(10 + keepSnapshots);
          // Every op after the oldest that stays is there, and so are `keepOps`.
          expect(trimmedTo).toBeLessThanOrEqual(revs[0] as number);
          expect(trimmedTo).toBeLessThanOrEqual(head - keepOps);
        }
        // A log begins with a snapshot at rev 0; then the oldest op that is kept has a state under it.
        if (order[0] === 0) expect(revs[0]).toBeLessThanOrEqual(Math.max(0, head - keepOps));
      },
    ),
    { numRuns: 1_000 },
  );
});
