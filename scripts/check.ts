/**
 * `bun run check`: the one gate, by hand and in CI. All stages run, also after one has failed, and the last line is the tests' true count.
 * A green exit code of `bun test` alone proves little: `process.exit(0)` inside a test gives one, too. So the report has to be there, agree, and be no smaller than the floor.
 */
import { rm } from "node:fs/promises";
import { hasChromium } from "../test/browser/executable.ts";

/** Raised as tests are added; a suite that lost half of its tests is not green. */
const testsMin = 2300;
const report = ".ci-report.xml";
const stages: readonly (readonly [name: string, command: readonly string[]])[] = [
  ["lint", ["biome", "check", "--error-on-warnings", "."]],
  ["types", ["tsc", "--noEmit"]],
  ["types of the web", ["tsc", "--noEmit", "-p", "tsconfig.web.json"]],
  ["dead code", ["knip"]],
];
/** One process, which takes as long as all of the stages: beside them. */
const machines = ["machines", ["bun", "src/check/main.ts", "check"]] as const;
const speed = ["speed", ["bun", "bench/short/main.ts"]] as const;
const only = process.argv.includes("--tests");

let failedStages = 0;
if (!only) {
  const looking = run(...machines);
  for (const [name, command] of stages) if ((await run(name, ["bunx", "--no-install", ...command])) !== 0) failedStages++;
  if ((await looking) !== 0) failedStages++;
  // Alone: it measures.
  if ((await run(...speed)) !== 0) failedStages++;
}
await rm(report, { force: true });
const status = await run("tests", [
  "bun",
  "test",
  "--timeout",
  "60000",
  "--parallel=2",
  "--reporter=junit",
  `--reporter-outfile=${report}`,
]);
const { passed, failed, skipped } = await counts();
const enough = passed + failed >= testsMin;
if (!enough) console.log(`✗ only ${passed + failed} tests ran; at least ${testsMin} are expected`);
// Only the browser tests may be, by hand, where there is no browser.
const maySkip = !hasChromium && process.env["CI"] === undefined;
if (skipped > 0) console.log(`${maySkip ? "!" : "✗"} ${skipped} tests were skipped${maySkip ? ": there is no Chromium" : ""}`);
if (failedStages > 0) console.log(`✗ ${failedStages} of ${stages.length + 2} stages before the tests failed`);
const green = status === 0 && failed === 0 && enough && (skipped === 0 || maySkip) && failedStages === 0;
console.log(`${passed} passed, ${failed} failed`);
process.exit(green ? 0 : 1);

async function run(name: string, command: readonly string[]): Promise<number> {
  const startedMs = performance.now();
  const child = Bun.spawn([...command], {
    stdout: "inherit",
    stderr: "inherit",
    stdin: "ignore",
    env: { ...process.env, PATH: `node_modules/.bin:${process.env["PATH"]}` },
  });
  const status = await child.exited;
  console.log(`${status === 0 ? "✓" : "✗"} ${name} (${((performance.now() - startedMs) / 1_000).toFixed(1)} s)`);
  return status;
}

async function counts(): Promise<{ passed: number; failed: number; skipped: number }> {
  const file = Bun.file(report);
  const head = (await file.exists()) ? /<testsuites[^>]*>/.exec(await file.text())?.[0] : undefined;
  const number = (name: string) => Number(new RegExp(`\\b${name}="(\\d+)"`).exec(head ?? "")?.[1] ?? Number.NaN);
  const [tests, failures, skipped] = [number("tests"), number("failures"), number("skipped")];
  // No report: everything counts as failed, and that is one at least.
  if (Number.isNaN(tests) || Number.isNaN(failures)) return { passed: 0, failed: 1, skipped: 0 };
  return { passed: tests - failures - (skipped || 0), failed: failures, skipped: skipped || 0 };
}
