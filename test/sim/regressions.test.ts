/** What failed once must not fail again: `bun run sim --plan test/sim/regressions/<file>`. */
import { afterAll, describe, expect, test } from "bun:test";
import { child, type Runner } from "./child.ts";
import { keptFiles, readKept, withChances } from "./kept.ts";
import { lawOf } from "./law.ts";
import type { Outcome } from "./outcome.ts";
import type { Plan } from "./plan.ts";

const kept = keptFiles().map((file) => ({ file, ...readKept(file) }));

const runAll = (runner: Runner, plan: Plan): Promise<Outcome[]> => Promise.all(withChances(plan).map((one) => runner.run({ plan: one })));

describe("a kept plan holds all laws", () => {
  const runner = child(undefined);
  afterAll(() => runner.stop());
  for (const { file, plan } of kept)
    test(file, async () => expect((await runAll(runner, plan)).flatMap(({ violations }) => violations)).toEqual([]), 30_000);
});

describe("a kept plan still fails where its bug is", () => {
  for (const { file, bug, plan, violation } of kept)
    if (bug !== undefined)
      test(`${file}: ${bug}`, async () => {
        const runner = child(bug);
        const laws = (await runAll(runner, plan).finally(() => runner.stop())).flatMap(({ violations }) => violations.map(lawOf));
        expect(laws, `keep it anew: bun run sim --keep --bug "${bug}"`).toContain(lawOf(violation));
      }, 30_000);
});
