/**
 * `bun run chaos [--minutes 30] [--seed N]`: a cluster under load, and one fault after the other, chosen by the seed. A line for each, then what it came to.
 * Exit status 1 if anything was lost, twice, left out or not in step; it ends there, since what comes after would be wrong for the same reason.
 */
import { parseArgs } from "node:util";
import { random } from "../../src/testing/random.ts";
import type { FaultKind } from "./real/faults.ts";
import { Run, type Struck } from "./real/run.ts";
import { summary } from "./real/summary.ts";
import { usual } from "./real/usual.ts";

/** How often each comes, beside the others. */
const weights: Readonly<Record<FaultKind, number>> = {
  killOwner: 5,
  killFollower: 2,
  pauseFollower: 2,
  cutFollower: 2,
  pauseOwner: 4,
  cutOwner: 2,
  stallOwner: 3,
  deafOwner: 2,
  killUnheard: 4,
  lastWords: 3,
  usurp: 2,
  killNatsLeader: 2,
  rolling: 1,
};
/** Between two faults. */
const breakMsMax = 2_000;
/** So often everybody stops, and has to have the same. */
const meetEvery = 10;

const { values } = parseArgs({ options: { minutes: { type: "string", default: "30" }, seed: { type: "string" } } });
const minutes = Number(values.minutes);
const seed = Number(values.seed ?? Date.now() % 1_000_000);
if (!(minutes > 0) || !Number.isInteger(seed)) throw new Error("--minutes and --seed are numbers");
const chance = random(seed);

console.log(`Chaos for ${minutes} minutes on ${usual.nodes} nodes (--seed ${seed})\n`);
const run = await Run.start({ ...usual, plants: [], next: random(seed + 1) });
const startedMs = performance.now();
const struck: Struck[] = [];
let count = 0;
while (performance.now() - startedMs < minutes * 60_000 && run.problems.length === 0) {
  await Bun.sleep(chance() * breakMsMax); // people write
  const kind = choose();
  const place = run.world.places[Math.floor(chance() * run.world.places.length)];
  if (place === undefined) throw new Error("there is no room");
  const found = await run.strike(kind, place);
  struck.push(...found);
  count++;
  console.log(
    `${String(count).padStart(5)}  ${clock()}  ${kind.padEnd(15)} ${place.name}  ${found.map(told).join("; ") || "not measured"}`,
  );
  if (count % meetEvery !== 0) continue;
  await run.meet();
  run.world.write();
}
await run.meet();
console.log(`\n${summary(struck, run.problems, run.totals).join("\n")}`);
for (const problem of run.problems) console.log(`  ${problem}`);
console.log(`${run.problems.length === 0 ? "✓" : "✗"} ${count} faults in ${clock()} (--seed ${seed})`);
await run[Symbol.asyncDispose]();
process.exit(run.problems.length === 0 ? 0 : 1);

function choose(): FaultKind {
  const kinds = Object.keys(weights) as FaultKind[];
  let left = chance() * kinds.reduce((sum, kind) => sum + weights[kind], 0);
  for (const kind of kinds) {
    left -= weights[kind];
    if (left < 0) return kind;
  }
  return "killOwner";
}

function clock(): string {
  const seconds = Math.floor((performance.now() - startedMs) / 1_000);
  return `${String(Math.floor(seconds / 60)).padStart(2, "0")}:${String(seconds % 60).padStart(2, "0")}`;
}

function told({ firstMs, allMs, silenceMs }: Struck): string {
  return `first ${Math.round(firstMs)} ms, all ${Math.round(allMs)} ms, silence ${Math.round(silenceMs)} ms`;
}
