/**
 * `bun run sim [--seeds N] [--ops N] [--seed S] [--bug NAME]`: many seeds, each with its own faults. A violation prints the line that shows it again.
 * With a planted bug, it stops at the first seed that finds it.
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { bugs } from "./bugs.ts";

const { values } = parseArgs({
  options: { seeds: { type: "string" }, ops: { type: "string" }, seed: { type: "string" }, bug: { type: "string" } },
});
const count = Number(values.seeds ?? (values.seed === undefined ? 300 : 1));
const ops = Number(values.ops ?? 300);
const first = Number(values.seed ?? 1);
if (values.bug !== undefined) plant(values.bug);
// After the planting: what is loaded is what is planted.
const { makePlan } = await import("./plan.ts");
const { run } = await import("./run.ts");

const fired = new Map<string, number>();
let [failed, frames, told] = [0, 0, 0];
const startedMs = performance.now();
for (let seed = first; seed < first + count; seed++) {
  const report = await run(makePlan(seed, ops));
  frames += report.frames;
  told += report.ops;
  for (const [name, times] of report.fired) fired.set(name, (fired.get(name) ?? 0) + times);
  if (report.violations.length === 0) continue;
  failed++;
  console.log(`✗ seed ${seed}: bun run sim --seed ${seed} --ops ${ops}\n  ${report.violations.slice(0, 5).join("\n  ")}`);
  if (failed >= 10 || values.bug !== undefined) break;
}
console.log(
  [...fired]
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([name, times]) => `${name} ${times}`)
    .join(", "),
);
console.log(
  `${count} seeds, ${told} ops told, ${frames} frames, ${((performance.now() - startedMs) / 1_000).toFixed(1)} s, ${failed} failed`,
);
process.exit(failed > 0 ? 1 : 0);

function plant(name: string): void {
  const bug = bugs.find((one) => one.name === name);
  if (bug === undefined) throw new Error(`no bug is called '${name}'`);
  const path = join(import.meta.dir, "../..", bug.file);
  Bun.plugin({
    name: "planted",
    setup(build) {
      build.onLoad({ filter: new RegExp(`${bug.file.replaceAll("/", "[/\\\\]").replaceAll(".", "\\.")}$`) }, async () => {
        const text = await Bun.file(path).text();
        if (text.split(bug.find).length !== 2) throw new Error(`${bug.file} does not have exactly once: ${bug.find}`);
        return { contents: text.replace(bug.find, () => bug.replace), loader: "ts" };
      });
    },
  });
}
