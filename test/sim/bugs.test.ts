/** Proof that the simulator can fail: it finds what is planted. `bun run sim --bugs`: all of them, and how many seeds each takes from the first one on. */
import { expect, test } from "bun:test";
import { bugTable } from "./bug-table.ts";
import { bugs } from "./bugs.ts";
import { cores } from "./jobs.ts";
import { keptFiles, readKept } from "./kept.ts";

const often = bugs.filter(({ isRare, nodes }) => !isRare && nodes === undefined);
const rare = bugs.filter(({ isRare }) => isRare);

test(`${often.length} planted bugs are found, each within some seeds`, async () => {
  const lines: string[] = [];
  const search = { bugs: often, first: ({ seed }: { readonly seed: number }) => seed, seedsMax: 1_000, ops: 200, jobs: cores };
  const missed = await bugTable(search, (line) => lines.push(line));
  console.log(lines.join("\n"));
  expect(missed, lines.join("\n")).toBe(0);
}, 240_000);

test(`for each of ${rare.length} that take longer there is a kept plan`, () => {
  const kept = new Set(keptFiles().map((file) => readKept(file).bug));
  expect(rare.map(({ name }) => name).filter((name) => !kept.has(name))).toEqual([]);
});
