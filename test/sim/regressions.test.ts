/** What failed once must not fail again: `bun run sim --plan test/sim/regressions/<file>`. */
import { describe, expect, test } from "bun:test";
import { child } from "./child.ts";
import { keptFiles, readKept, withChances } from "./kept.ts";
import { lawOf } from "./law.ts";
import type { Outcome } from "./outcome.ts";

const kept = keptFiles().map((file) => ({ file, ...readKept(file) }));

async function runAll({ plan, bug }: Pick<(typeof kept)[number], "plan" | "bug">): Promise<Outcome[]> {
  const runner = child(bug);
  try {
    return await Promise.all(withChances(plan).map((one) => runner.run({ plan: one })));
  } finally {
    await runner.stop();
  }
}

describe("a kept plan holds all laws", () => {
  for (const { file, plan } of kept)
    test(file, async () => expect((await runAll({ plan, bug: undefined })).flatMap(({ violations }) => violations)).toEqual([]), 30_000);
});

describe("a kept plan still fails where its bug is", () => {
  for (const { file, bug, plan, violation } of kept)
    if (bug !== undefined)
      test(`${file}: ${bug}`, async () => {
        const laws = (await runAll({ plan, bug })).flatMap(({ violations }) => violations.map(lawOf));
        expect(laws, `keep it anew: bun run sim --keep --bug "${bug}"`).toContain(lawOf(violation));
      }, 30_000);
});
