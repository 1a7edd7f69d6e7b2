import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { type Rate, TokenBucket } from "../../src/gateway/buckets.ts";

const rates = fc.record({
  capacity: fc.oneof(fc.integer({ min: 1, max: 200 }), fc.double({ min: 1, max: 200, noNaN: true })),
  perSecond: fc.oneof(
    fc.integer({ min: 1, max: 200 }),
    fc.constantFrom(0.1, 0.2, 0.3, 1 / 3, 0.7),
    fc.double({ min: 0.01, max: 200, noNaN: true }),
  ),
});
const starts = fc.constantFrom(0, 12_345.678, 1_800_000_000_000);
/** Steps of the clock between takes, in ms; many zeros, as in a burst. */
const steps = fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 3_000 }), fc.double({ min: 0, max: 50, noNaN: true })), {
  maxLength: 400,
});

describe("TokenBucket", () => {
  test("[L11] a burst of the capacity, then the rate", () => {
    const bucket = new TokenBucket({ capacity: 3, perSecond: 2 }, 1_000);
    for (let i = 0; i < 3; i++) expect(bucket.take(1_000)).toBe(true);
    expect(bucket.take(1_000)).toEqual({ retryAfterMs: 500 });
    expect(bucket.take(1_499)).toEqual({ retryAfterMs: 1 });
    expect(bucket.take(1_500)).toBe(true);
    expect(bucket.take(1_500)).toEqual({ retryAfterMs: 500 });
    for (let i = 0; i < 3; i++) expect(bucket.take(1e9)).toBe(true);
    expect(bucket.take(1e9)).toEqual({ retryAfterMs: 500 });
  });

  test("[L11] less than one a second", () => {
    const bucket = new TokenBucket({ capacity: 1, perSecond: 0.2 }, 0);
    expect(bucket.take(0)).toBe(true);
    expect(bucket.take(0)).toEqual({ retryAfterMs: 5_000 });
    expect(bucket.take(5_000)).toBe(true);
  });

  test("[L11] a clock that goes back refills nothing", () => {
    const bucket = new TokenBucket({ capacity: 1, perSecond: 1 }, 10_000);
    expect(bucket.take(10_000)).toBe(true);
    expect(bucket.take(4_000)).toEqual({ retryAfterMs: 7_000 });
    expect(bucket.take(10_999)).toEqual({ retryAfterMs: 1 });
    expect(bucket.take(11_000)).toBe(true);
    const pair = new TokenBucket({ capacity: 2, perSecond: 1 }, 10_000);
    expect([10_000, 4_000].map((at) => pair.take(at))).toEqual([true, true]);
    expect(pair.take(10_000)).toEqual({ retryAfterMs: 1_000 });
  });

  test("[L11] never more than capacity + rate × time, between any two takes", () => {
    fc.assert(
      fc.property(rates, starts, steps, (rate, start, waits) => {
        const bucket = new TokenBucket(rate, start);
        const grantedAt: number[] = [];
        let now = start;
        for (const wait of waits) {
          now += wait;
          if (bucket.take(now) === true) grantedAt.push(now);
        }
        expect(excess(grantedAt, rate)).toBeLessThanOrEqual(1e-6);
      }),
    );
  });

  test("[L11] canary: three grants at once exceed a capacity of two", () => {
    expect(excess([5, 5], { capacity: 2, perSecond: 1 })).toBe(0);
    expect(excess([0, 900, 900], { capacity: 2, perSecond: 1 })).toBeCloseTo(0.1);
  });

  test("[L11] retryAfterMs is exact: one ms less is refused, that ms is granted", () => {
    fc.assert(
      fc.property(rates, starts, steps, (rate, start, waits) => {
        const bucket = new TokenBucket(rate, start);
        let now = start;
        for (const wait of waits) {
          now += wait;
          const granted = bucket.take(now);
          if (granted === true) continue;
          expect(Number.isInteger(granted.retryAfterMs) && granted.retryAfterMs >= 1).toBe(true);
          expect(bucket.take(now + granted.retryAfterMs - 1)).not.toBe(true);
          now += granted.retryAfterMs;
          expect(bucket.take(now)).toBe(true);
        }
      }),
    );
  });

  test("[L11] retryAfterMs is exact where rounding would put a plain division off, to either side", () => {
    const bucket = new TokenBucket({ capacity: 1, perSecond: 0.1 }, 0);
    let now = 0;
    for (let i = 0; i < 5_000; i++) {
      now += (i % 7) * 1.1;
      const granted = bucket.take(now);
      if (granted === true) continue;
      expect(bucket.take(now + granted.retryAfterMs - 1)).not.toBe(true);
      now += granted.retryAfterMs;
      expect(bucket.take(now)).toBe(true);
    }
  });

  test("[L11] a rate that could never grant is refused at once", () => {
    for (const [capacity, perSecond] of [
      [0, 1],
      [0.5, 1],
      [1, 0],
      [1, -1],
      [Number.NaN, 1],
      [1, Number.NaN],
      [Infinity, 1],
      [1, Infinity],
    ] as const) {
      expect(() => new TokenBucket({ capacity, perSecond }, 0)).toThrow(RangeError);
    }
  });
});

/** The most tokens granted beyond capacity + rate × time, over all spans that end in the last grant. */
function excess(grantedAt: readonly number[], { capacity, perSecond }: Rate): number {
  const last = grantedAt.at(-1) ?? 0;
  return Math.max(...grantedAt.map((at, i) => grantedAt.length - i - capacity - (perSecond * (last - at)) / 1_000), -Infinity);
}
