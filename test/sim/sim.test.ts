/** The simulator's short form, and proof that it can fail. The long one: `bun run sim --seeds 100000`. */
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { bugs } from "./bugs.ts";
import { makePlan } from "./plan.ts";
import { run } from "./run.ts";

const main = join(import.meta.dir, "main.ts");

test("[L1–L14] seeded runs with crashes, disk faults and bad networks hold all laws", async () => {
  const fired = new Set<string>();
  for (let seed = 1; seed <= 40; seed++) {
    const report = await run(makePlan(seed, 150));
    expect(report.violations, `bun run sim --seed ${seed} --ops 150`).toEqual([]);
    for (const name of report.fired.keys()) fired.add(name);
  }
  // No vacuous green.
  for (const name of [
    "kill.now",
    "kill.beforeCall",
    "kill.afterCall",
    "loss.rollBack",
    "loss.lostEnd",
    "loss.bitFlip",
    "diskFault",
    "diskFull",
    "readFails",
  ])
    expect([...fired]).toContain(name);
  for (const name of [
    "cut",
    "silentUp",
    "silentDown",
    "late",
    "dropDown",
    "repeatUp",
    "reload",
    "leave",
    "stall",
    "offline",
    "freeze",
    "jumpClock",
  ])
    expect([...fired]).toContain(name);
  for (const name of ["revoke", "renew", "slowHook", "throwingHook", "oldClient", "skewClient", "stop"]) expect([...fired]).toContain(name);
}, 120_000);

test("one seed is one run, to the byte", async () => {
  const [first, second] = [await run(makePlan(11, 120)), await run(makePlan(11, 120))];
  expect(second.hash).toBe(first.hash);
  expect(second.frames).toBe(first.frames);
  expect((await run(makePlan(12, 120))).hash).not.toBe(first.hash);
});

describe("a planted bug is found", () => {
  for (const { name, seed } of bugs)
    test(name, async () => {
      const child = Bun.spawn([process.execPath, main, "--seed", String(seed), "--seeds", "40", "--ops", "200", "--bug", name], {
        stdout: "pipe",
        stderr: "inherit",
      });
      const text = await new Response(child.stdout).text();
      expect(text).toContain("✗ seed");
      expect(await child.exited).toBe(1);
    });
});
