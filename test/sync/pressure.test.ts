import { expect, test } from "bun:test";
import { Pressure } from "../../src/sync/pressure.ts";

const windowsOf = (pressure: Pressure, lags: readonly number[]): number[] =>
  lags.map((lag) => {
    pressure.sample(lag);
    return Math.round(pressure.windowMs);
  });

test("[throttled broadcast] a process that keeps up asks for nothing; one that does not widens all windows, up to a limit", () => {
  const pressure = new Pressure(250);
  expect(windowsOf(pressure, [0, 1, 19])).toEqual([0, 0, 0]);
  expect(windowsOf(pressure, Array(8).fill(60))).toEqual([25, 38, 56, 84, 127, 190, 250, 250]);
});

test("when it keeps up again, windows narrow slowly, until nothing is asked for any more", () => {
  const pressure = new Pressure(250);
  for (let i = 0; i < 10; i++) pressure.sample(100);
  const narrowing = windowsOf(pressure, Array(200).fill(0));
  expect(narrowing[22]).toBe(124); // after 2.3 s
  expect(narrowing.at(-1)).toBe(0);
});

test("one hiccup is over soon", () => {
  const pressure = new Pressure(250);
  expect(windowsOf(pressure, [300, 0, 0])).toEqual([25, 24, 24]);
  for (let i = 0; i < 100; i++) pressure.sample(0);
  expect(pressure.windowMs).toBeLessThan(2);
});
