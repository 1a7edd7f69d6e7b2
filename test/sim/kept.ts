/** Plans that failed once, cut down and kept in regressions/: they must not fail again. From: main.ts --keep. To: regressions.test.ts. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { lawOf } from "./law.ts";
import type { Plan } from "./plan.ts";

export interface Kept {
  /** How it failed. */
  readonly violation: string;
  /** With this one planted (bugs.ts) it still fails by the same law, which shows that the plan still does what it is for. */
  readonly bug?: string | undefined;
  readonly plan: Plan;
}

/** A plan is the same for ever, but the chances of a run are drawn by code that changes. So it is run with some. */
const chances = 10;
export const withChances = (plan: Plan): Plan[] => Array.from({ length: chances }, (_, i) => ({ ...plan, seed: plan.seed + i }));

const folder = join(import.meta.dir, "regressions");

export const keptFiles = (): string[] => (existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith(".json")) : []);

export const readKept = (file: string): Kept => JSON.parse(readFileSync(file.includes("/") ? file : join(folder, file), "utf8")) as Kept;

/** Returns the path of the file. */
export function keep(kept: Kept): string {
  mkdirSync(folder, { recursive: true });
  const name = `${lawOf(kept.violation)}-${kept.plan.seed}`;
  let path = join(folder, `${name}.json`);
  for (let n = 2; existsSync(path) && readKept(path).bug !== kept.bug; n++) path = join(folder, `${name}-${n}.json`);
  writeFileSync(path, `${JSON.stringify(kept, undefined, 2)}\n`);
  Bun.spawnSync([process.execPath, "x", "--no-install", "biome", "format", "--write", path]);
  return path;
}
