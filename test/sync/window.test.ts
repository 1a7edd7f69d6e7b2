import { expect, test } from "bun:test";
import { FlushWindow } from "../../src/sync/window.ts";
import { VirtualClock } from "../../src/testing/clock.ts";

const limits = { broadcastWindowMinMs: 10, broadcastWindowMaxMs: 50 };

function windowOn(clock: VirtualClock, flush: (n: number) => Promise<void> = async () => undefined, costMs: () => number = () => 0) {
  const flushes: number[] = [];
  const window = new FlushWindow(
    clock,
    limits,
    () => {
      flushes.push(clock.monotonic());
      return flush(flushes.length);
    },
    costMs,
  );
  return { window, flushes };
}

test("[throttled broadcast] an idle room flushes at once; a busy one once per window", async () => {
  const clock = new VirtualClock();
  const { window, flushes } = windowOn(clock);
  window.request();
  await clock.advance(0);
  expect(flushes).toEqual([0]);
  for (let ms = 0; ms < 30; ms++) {
    window.request();
    await clock.advance(1);
  }
  expect(flushes).toEqual([0, 10, 20, 30]);
  await clock.advance(1_000);
  expect(flushes).toEqual([0, 10, 20, 30]);
  window.request();
  await clock.advance(0);
  expect(flushes.at(-1)).toBe(1_030);
});

test("everything that comes in one task goes out in one flush", async () => {
  const clock = new VirtualClock();
  const { window, flushes } = windowOn(clock);
  for (let i = 0; i < 100; i++) window.request();
  await clock.advance(5);
  expect(flushes).toHaveLength(1);
});

test("[L3] one flush at a time: what comes while one is under way is the next", async () => {
  const clock = new VirtualClock();
  const first = Promise.withResolvers<void>();
  const { window, flushes } = windowOn(clock, (n) => (n === 1 ? first.promise : Promise.resolve()));
  window.request();
  await clock.advance(0);
  window.request();
  await clock.advance(500);
  expect(flushes).toEqual([0]);
  first.resolve();
  await clock.advance(0);
  expect(flushes).toEqual([0, 500]);
});

test("the window is wider where a flush is dearer, within its limits", () => {
  let costMs = 0;
  const { window } = windowOn(new VirtualClock(), undefined, () => costMs);
  const widths = [0, 2.5, 5, 500].map((cost) => {
    costMs = cost;
    return window.windowMs;
  });
  expect(widths).toEqual([10, 10, 20, 50]);
});

test("where several ops come in a window it widens sooner; one op now and then never waits", async () => {
  const clock = new VirtualClock();
  const { window, flushes } = windowOn(clock, undefined, () => 1);
  const come = async (everyMs: number, forMs: number) => {
    for (let ms = 0; ms < forMs; ms += everyMs) {
      window.request();
      await clock.advance(0);
      await clock.advance(everyMs);
    }
  };
  await come(20, 2_000);
  expect(window.windowMs).toBe(10);
  expect(flushes).toHaveLength(100); // each at once
  await come(2, 2_000);
  expect(window.windowMs).toBe(20);
  const busy = flushes.length - 100;
  expect(busy).toBeWithin(80, 130);
  await come(20, 2_000);
  expect(window.windowMs).toBe(10);
  await clock.advance(60_000);
  window.request();
  await clock.advance(0);
  expect(flushes.at(-1)).toBe(clock.monotonic());
});

test("drain flushes what is wanted without waiting, and waits for what is under way", async () => {
  const clock = new VirtualClock();
  const second = Promise.withResolvers<void>();
  const { window, flushes } = windowOn(clock, (n) => (n === 2 ? second.promise : Promise.resolve()));
  window.request();
  await clock.advance(0);
  window.request();
  let drained = false;
  const done = window.drain().then(() => {
    drained = true;
  });
  await clock.advance(0);
  expect(flushes).toHaveLength(2);
  expect(drained).toBe(false);
  second.resolve();
  await done;
  window.stop();
  window.request();
  await clock.advance(100);
  expect(flushes).toHaveLength(2);
});
