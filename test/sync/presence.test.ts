import { expect, test } from "bun:test";
import { Presence } from "../../src/sync/presence.ts";
import { VirtualClock } from "../../src/testing/clock.ts";

const bytesPerSecond = 1_000;

/** Flushes as soon as it is asked to; each frame with its time. */
function told() {
  const clock = new VirtualClock();
  const frames: { readonly ms: number; readonly set: [number, unknown][]; readonly gone: number[]; readonly bytes: number }[] = [];
  const presence: Presence = new Presence(clock, bytesPerSecond, () => {
    const frame = presence.takeFrame();
    if (frame !== undefined) frames.push({ ms: clock.monotonic(), ...JSON.parse(frame).payload, bytes: frame.length });
  });
  return { clock, presence, frames };
}

test("what a client is told of others' moves keeps to so many bytes a second, and the last of each is told", async () => {
  const { clock, presence, frames } = told();
  for (let ms = 0; ms < 10_000; ms += 10) {
    for (let who = 1; who <= 5; who++) presence.set(who, ms);
    await clock.advance(10);
  }
  await clock.advance(1_000);
  const bytes = frames.reduce((sum, frame) => sum + frame.bytes, 0);
  expect(bytes).toBeLessThanOrEqual(bytesPerSecond * 10.5);
  expect(bytes).toBeGreaterThan(bytesPerSecond * 9);
  const last = new Map(frames.flatMap(({ set }) => set));
  expect([...last.values()]).toEqual([9_990, 9_990, 9_990, 9_990, 9_990]);
});

test("one who moves now and then is told at once", async () => {
  const { clock, presence, frames } = told();
  for (let i = 0; i < 5; i++) {
    presence.set(1, i);
    await clock.advance(100);
  }
  expect(frames.map(({ ms }) => ms)).toEqual([0, 100, 200, 300, 400]);
});

test("who is gone is told at once, whatever else has to wait", async () => {
  const { clock, presence, frames } = told();
  for (let who = 1; who <= 50; who++) presence.set(who, "somewhere");
  presence.set(1, "elsewhere");
  presence.remove(2);
  expect(frames.at(-1)).toMatchObject({ ms: 0, set: [], gone: [2] });
  await clock.advance(2_000);
  expect(frames.at(-1)?.set).toContainEqual([1, "elsewhere"]);
});

test("a number that gets another owner before its last one was told to be gone is told at once", async () => {
  const clock = new VirtualClock();
  const presence = new Presence(clock, bytesPerSecond, () => undefined); // it flushes later
  for (let who = 1; who <= 50; who++) presence.set(who, "somewhere");
  presence.takeFrame();
  await clock.advance(10);
  presence.remove(2);
  presence.set(2, "another's");
  expect(JSON.parse(presence.takeFrame() ?? "{}").payload).toEqual({ set: [[2, "another's"]], gone: [] });
});

test("nobody's last word waits longer than a second, however much there is to tell", async () => {
  const { clock, presence, frames } = told();
  presence.set(1, "x".repeat(5_000));
  presence.set(2, 2);
  await clock.advance(999);
  expect(frames).toHaveLength(1);
  await clock.advance(1);
  expect(frames.at(-1)).toMatchObject({ ms: 1_000, set: [[2, 2]] });
});

test("stopped, it leaves no timer", async () => {
  const { clock, presence } = told();
  presence.set(1, 1);
  presence.set(2, 2);
  expect(clock.pending).toBe(1);
  presence.stop();
  expect(clock.pending).toBe(0);
});
