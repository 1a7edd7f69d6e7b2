/**
 * `bun bench/short/main.ts`: F2, F3 and S for a few seconds each, beside their controls, as a part of `bun run check`. Exit status 1 if a bound does
 * not hold twice in a row: the first time, the machine may have had other things to do. A composition root.
 */
import { givenBy, type RunRecord } from "../harness/records.ts";
import { run } from "../harness/run.ts";
import { workloads } from "../workloads/index.ts";
import { type Judged, judge } from "./bounds.ts";

const settings = { seconds: 3, warmUpSeconds: 3, shrink: 1 };
const controls: Readonly<Record<string, string | undefined>> = { F2: "durable-50", F3: "bare" };

let failed = false;
for (const name of ["F2", "F3", "S"]) {
  const judged = await tried(name);
  const isFine = judged.every(({ holds }) => holds);
  const again = isFine ? judged : await tried(name);
  for (const { bound, value, holds } of again)
    console.log(`${holds ? "✓" : "✗"} ${name}: ${bound.what}: ${value.toFixed(2)}, at most ${bound.atMost}`);
  if (!again.every(({ holds }) => holds)) failed = true;
}
process.exit(failed ? 1 : 0);

async function tried(name: string): Promise<Judged[]> {
  const workload = workloads.find((one) => one.name === name);
  if (workload === undefined) throw new Error(`there is no workload '${name}'`);
  const own = await run(workload, "quorate", 1, settings, undefined);
  tell(own);
  const control = controls[name] === undefined ? undefined : await run(workload, controls[name], 1, settings, givenBy(own));
  if (control !== undefined) tell(control);
  return judge(own, control);
}

function tell({ workload, server, verdict, problems }: RunRecord): void {
  if (verdict !== "complete") console.log(`  ${workload} ${server}: ${[verdict, ...problems].join("; ")}`);
}
