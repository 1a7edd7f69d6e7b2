/** `bun run sim [--seeds N] [--ops N] [--seed S]`: many seeds, each with its own faults. A violation prints the line that shows it again. */
import { parseArgs } from "node:util";
import { makePlan } from "./plan.ts";
import { run } from "./run.ts";

const { values } = parseArgs({ options: { seeds: { type: "string" }, ops: { type: "string" }, seed: { type: "string" } } });
const count = Number(values.seeds ?? (values.seed === undefined ? 300 : 1));
const ops = Number(values.ops ?? 300);
const first = Number(values.seed ?? 1);
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
  if (failed >= 10) break;
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
