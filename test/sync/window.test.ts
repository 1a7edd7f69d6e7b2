import { expect, test } from "bun:test";
import { FlushWindow } from "../../src/sync/window.ts";
import { VirtualClock } from "../../src/testing/clock.ts";

const limits = { broadcastWindowMinMs: 10, broadcastWindowMaxMs: 50, heldCharsMax: 100 };

function windowOn(
  clock: VirtualClock,
  flush: (n: number) => Promise<void> = async () => undefined,
  costMs: () => number = () => 0,
  ready: () => Promise<void> | undefined = () => undefined,
) {
  const flushes: number[] = [];
  const window = new FlushWindow(
    clock,
    limits,
    () => {
      flushes.push(clock.monotonic());
      return flush(flushes.length);
    },
    costMs,
    ready,
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
  expect(window.windowMs).toBeCloseTo(27.8, 1);
  const busy = flushes.length - 100;
  expect(busy).toBeWithin(65, 110);
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

/** Commands as they come: each decided at once, or with the next flush. */
function commandsOn(clock: VirtualClock, flush?: (n: number) => Promise<void>) {
  const { window, flushes } = windowOn(clock, flush);
  const decided: { readonly name: string; readonly atMs: number }[] = [];
  const come = (name: string, chars = 1) => {
    const decide = () => {
      decided.push({ name, atMs: clock.monotonic() });
      window.request();
    };
    if (!window.hold(decide, chars)) decide();
  };
  return { window, flushes, decided, come };
}

test("[throttled broadcast] a command that comes before it could go out is decided with the flush that takes it out, in order", async () => {
  const clock = new VirtualClock();
  const { flushes, decided, come } = commandsOn(clock);
  come("a");
  await clock.advance(0);
  expect(decided).toEqual([{ name: "a", atMs: 0 }]); // an idle room decides at once
  await clock.advance(3);
  come("b");
  await clock.advance(3);
  come("c");
  expect(decided).toHaveLength(1);
  await clock.advance(3);
  expect(flushes).toEqual([0]);
  await clock.advance(1);
  expect(decided.slice(1)).toEqual([
    { name: "b", atMs: 10 },
    { name: "c", atMs: 10 },
  ]);
  expect(flushes).toEqual([0, 10]);
  await clock.advance(1_000);
  expect(flushes).toEqual([0, 10]);
});

test("while a flush is under way commands wait for its end, and no longer", async () => {
  const clock = new VirtualClock();
  const appended = Promise.withResolvers<void>();
  const { flushes, decided, come } = commandsOn(clock, (n) => (n === 1 ? appended.promise : Promise.resolve()));
  come("a");
  await clock.advance(0);
  await clock.advance(25);
  come("b");
  await clock.advance(25);
  expect(decided).toHaveLength(1);
  appended.resolve();
  await clock.advance(0);
  expect(decided.map(({ name }) => name)).toEqual(["a", "b"]);
  expect(flushes).toEqual([0, 50]);
});

test("while the journal has enough to do, commands wait undecided, and what came meanwhile goes out with them", async () => {
  const clock = new VirtualClock();
  let isBusy = Promise.withResolvers<void>();
  const { window, flushes } = windowOn(clock, undefined, undefined, () => isBusy.promise);
  const decided: string[] = [];
  const come = (name: string) => window.hold(() => void decided.push(name), 1) || decided.push(name);
  window.request();
  await clock.advance(0);
  come("a");
  await clock.advance(100);
  come("b");
  expect({ decided, flushes }).toEqual({ decided: [], flushes: [] });
  isBusy.resolve();
  await clock.advance(0);
  expect({ decided, flushes }).toEqual({ decided: ["a", "b"], flushes: [100] });
  isBusy = Promise.withResolvers();
  come("c");
  await clock.advance(10);
  const drained = window.drain();
  window.stop();
  isBusy.resolve();
  await drained;
  expect({ decided, flushes }).toEqual({ decided: ["a", "b", "c"], flushes: [100, 110] });
});

test("what is held is bounded: beyond it, it is decided before the flush (L11)", async () => {
  const clock = new VirtualClock();
  const { flushes, decided, come } = commandsOn(clock);
  come("a");
  await clock.advance(0);
  await clock.advance(1);
  come("b", 60);
  await clock.advance(1);
  expect(decided).toHaveLength(1);
  come("c", 60);
  await clock.advance(1);
  expect(decided.map(({ name }) => name)).toEqual(["a", "b", "c"]);
  expect(flushes).toEqual([0]);
  come("d");
  await clock.advance(7);
  expect(decided.map(({ name, atMs }) => `${name} ${atMs}`).slice(3)).toEqual(["d 10"]);
  expect(flushes).toEqual([0, 10]);
});

test("nothing overtakes what is held: who comes while it is being taken waits its turn", async () => {
  const clock = new VirtualClock();
  const { window } = windowOn(clock);
  const order: string[] = [];
  window.request();
  await clock.advance(0);
  await clock.advance(1);
  window.hold(async () => {
    order.push("a begins");
    await undefined;
    if (!window.hold(() => void order.push("late"), 1)) order.push("late overtook");
    await undefined;
    order.push("a ends");
  }, 1);
  window.hold(() => void order.push("b"), 1);
  await window.takeHeld();
  expect(order).toEqual(["a begins", "a ends", "b", "late"]);
});

test("a drain takes what is held, and tells it", async () => {
  const clock = new VirtualClock();
  const { window, flushes, decided, come } = commandsOn(clock);
  come("a");
  await clock.advance(0);
  await clock.advance(1);
  come("b");
  await window.drain();
  expect(decided.map(({ name }) => name)).toEqual(["a", "b"]);
  expect(flushes).toEqual([0, 1]);
});

test("a drain amid traffic: one flush at a time, and an end", async () => {
  const clock = new VirtualClock();
  let underWay = 0;
  let most = 0;
  const { window, flushes } = windowOn(clock, async () => {
    most = Math.max(most, ++underWay);
    await new Promise<void>((resolve) => void clock.setTimer(6, resolve));
    underWay--;
  });
  const traffic = (): void => {
    window.request();
    clock.setTimer(2, traffic);
  };
  traffic();
  await clock.advance(33);
  const before = flushes.length;
  let drained = false;
  const done = window.drain().then(() => {
    drained = true;
  });
  for (let ms = 0; ms < 20; ms++) await clock.advance(1);
  expect(drained).toBe(true);
  await done;
  for (let ms = 0; ms < 50; ms++) await clock.advance(1);
  expect(most).toBe(1);
  expect(flushes.length).toBeGreaterThan(before + 1);
});
