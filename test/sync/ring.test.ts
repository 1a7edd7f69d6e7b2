import { heapStats } from "bun:jsc";
import { describe, expect, test } from "bun:test";
import { type EncodedOp, encodeOp, opBytes } from "../../src/protocol/frames.ts";
import { decideResume } from "../../src/sync/resume.ts";
import { Ring } from "../../src/sync/ring.ts";

const op = (rev: number, text = ""): EncodedOp => encodeOp({ rev, at: rev, who: 1, seq: rev }, JSON.stringify({ type: "x", text }));
const revs = (ops: readonly EncodedOp[] | undefined) => ops?.map(({ rev }) => rev);

describe("ring", () => {
  test("[L11] keeps the newest ops only, bounded in ops", () => {
    const ring = new Ring({ ringOpsMax: 3, ringBytesMax: 1e6 }, 0);
    for (let rev = 1; rev <= 1_000; rev++) ring.push(op(rev));
    expect(revs(ring.since(997))).toEqual([998, 999, 1000]);
    expect(ring.since(996)).toBeUndefined();
    expect(revs(ring.since(1_000))).toEqual([]);
    expect(ring.since(1_001)).toBeUndefined();
  });

  test("[L11] bounded in bytes: a big op pushes many small ones out", () => {
    const bytesMax = 1_000;
    const ring = new Ring({ ringOpsMax: 1_000, ringBytesMax: bytesMax }, 0);
    for (let rev = 1; rev <= 20; rev++) ring.push(op(rev));
    ring.push(op(21, "y".repeat(900)));
    const kept = ring.since(20);
    expect(revs(kept)).toEqual([21]);
    expect(ring.since(10)).toBeUndefined();
    for (let rev = 22; rev <= 60; rev++) ring.push(op(rev));
    let bytes = 0;
    let oldest = 60;
    while (ring.since(oldest - 1) !== undefined) oldest--;
    for (const kept of ring.since(oldest) ?? []) bytes += opBytes(kept);
    expect(bytes).toBeLessThanOrEqual(bytesMax);
    expect(bytes).toBeGreaterThan(bytesMax / 2);
  });

  test("[L1] refuses a rev that does not follow", () => {
    const ring = new Ring({ ringOpsMax: 3, ringBytesMax: 1e6 }, 7);
    expect(ring.head).toBe(7);
    expect(() => ring.push(op(9))).toThrow("rev 9 after rev 7");
    expect(() => ring.push(op(7))).toThrow("rev 7 after rev 7");
    ring.push(op(8));
    expect(ring.head).toBe(8);
  });

  test("tells how many bytes lie between two revs; what is gone is not counted", () => {
    const ring = new Ring({ ringOpsMax: 3, ringBytesMax: 1e6 }, 0);
    for (let rev = 1; rev <= 5; rev++) ring.push(op(rev));
    expect(ring.totalAt(4) - ring.totalAt(3)).toBe(opBytes(op(4)));
    expect(ring.totalAt(5) - ring.totalAt(1)).toBe(opBytes(op(3)) + opBytes(op(4)) + opBytes(op(5)));
    expect(ring.totalAt(5)).toBe([1, 2, 3, 4, 5].reduce((sum, rev) => sum + opBytes(op(rev)), 0));
  });

  test("an op takes one string of memory, not those that it was put together from; its bytes are those on the wire", () => {
    const many = 10_000;
    const texts = (): number => {
      Bun.gc(true);
      return (heapStats().objectTypeCounts as Record<string, number>)["string"] ?? Number.NaN;
    };
    const before = texts();
    const ring = new Ring({ ringOpsMax: many, ringBytesMax: 1e9 }, 0);
    const fill = () => {
      for (let rev = 1; rev <= many; rev++) ring.push(op(rev, `text ${rev}`));
    };
    fill();
    expect((texts() - before) / many).toBeWithin(0.9, 1.5);
    expect(ring.since(0)).toHaveLength(many);
    expect(opBytes(op(1, "é"))).toBe(opBytes(op(1, "e")) + 1);
  });
});

describe("resume", () => {
  const room = { epoch: "e", rev: 100, inRing: (rev: number) => rev >= 90 };
  const client = { since: { epoch: "e", rev: 95 }, patchable: undefined as ((rev: number) => boolean) | undefined, sameVersion: true };
  const outcome = (changed: Partial<typeof client> | { since: undefined }) => decideResume({ ...client, ...changed }, room);

  test("[WEL-2] every outcome has its name", () => {
    expect(outcome({})).toEqual({ kind: "delta", recovered: "resumed", from: 95 });
    expect(outcome({ since: { epoch: "e", rev: 100 } })).toEqual({ kind: "delta", recovered: "resumed", from: 100 });
    expect(outcome({ since: { epoch: "e", rev: 90 } }).recovered).toBe("resumed");
    expect(outcome({ since: { epoch: "e", rev: 89 } }).recovered).toBe("beyondRing");
    expect(outcome({ since: { epoch: "e", rev: 101 } }).recovered).toBe("ahead");
    expect(outcome({ since: { epoch: "other", rev: 101 } }).recovered).toBe("otherEpoch");
    expect(outcome({ since: undefined }).recovered).toBe("first");
    const patchable = (rev: number) => rev === 95;
    expect(outcome({ patchable }).recovered).toBe("resumed");
    expect(outcome({ patchable, since: { epoch: "e", rev: 96 } }).recovered).toBe("view");
    expect(outcome({ patchable, since: { epoch: "e", rev: 96 }, sameVersion: false }).recovered).toBe("version");
    expect(outcome({ patchable, since: { epoch: "e", rev: 101 } }).recovered).toBe("ahead");
  });
});
