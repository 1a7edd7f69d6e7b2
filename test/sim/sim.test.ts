/** The simulator's short form. The long one: `bun run sim --seeds 100000`. */
import { expect, test } from "bun:test";
import { Inspection } from "../../src/inspect/inspection.ts";
import { child } from "./child.ts";
import { complaints } from "./coverage.ts";
import { cores, runSeeds } from "./jobs.ts";
import { makePlan } from "./plan.ts";
import { run } from "./run.ts";
import { Totals } from "./totals.ts";

test("[L1–L14] seeded runs with crashes, disk faults and bad networks hold all laws, and come to everything that can happen", async () => {
  const runners = Array.from({ length: cores }, () => child());
  const totals = new Totals();
  const startedMs = performance.now();
  try {
    for await (const outcome of runSeeds(runners, { first: 1, count: 300, ops: 300 })) {
      expect(outcome.violations, `bun run sim --seed ${outcome.seed} --ops 300`).toEqual([]);
      totals.add(outcome);
    }
  } finally {
    await Promise.all(runners.map((runner) => runner.stop()));
  }
  console.log(totals.line(performance.now() - startedMs));
  expect(complaints(totals)).toEqual([]);
}, 180_000);

test("one seed is one run, to the byte", async () => {
  const [first, second] = [await run(makePlan(11, 120)), await run(makePlan(11, 120))];
  expect(second.hash).toBe(first.hash);
  expect(second.frames).toBe(first.frames);
  expect((await run(makePlan(12, 120))).hash).not.toBe(first.hash);
});

test("[L8] [L13] who looks on changes nothing: the same run, to the byte, and no secret in what is told", async () => {
  for (const seed of [3, 5, 11, 21]) {
    const messages: string[] = [];
    const troubles: unknown[] = [];
    const inspections: Inspection[] = [];
    const watched = await run(makePlan(seed, 120), ({ watch, directory }, life) => {
      // Its own timers would make the virtual clock go in other steps, and so round differently.
      const clock = { now: () => life.now(), monotonic: () => life.monotonic(), setTimer: () => () => undefined };
      inspections.push(
        new Inspection({ clock, watch, rooms: () => directory.rooms, always: true, onTrouble: (error) => troubles.push(error) }),
      );
    });
    for (const inspection of inspections)
      inspection.watch({ send: (told) => messages.push(...told.map((message) => JSON.stringify(message))) });
    const plain = await run(makePlan(seed, 120));
    expect([seed, watched.hash, watched.frames, watched.violations]).toEqual([seed, plain.hash, plain.frames, []]);
    expect(troubles).toEqual([]);
    expect(messages.length).toBeGreaterThan(200);
    expect(messages.filter((message) => message.includes("taint "))).toEqual([]);
  }
}, 60_000);

test("several processes find what one finds", async () => {
  const runners = [child(), child()];
  try {
    const outcomes = await Array.fromAsync(runSeeds(runners, { first: 11, count: 4, ops: 60 }));
    expect(outcomes.map(({ seed }) => seed)).toEqual([11, 12, 13, 14]);
    for (const { seed, hash } of outcomes) expect(hash, String(seed)).toBe((await run(makePlan(seed, 60))).hash);
  } finally {
    await Promise.all(runners.map((runner) => runner.stop()));
  }
});
