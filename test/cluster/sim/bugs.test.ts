/** Proof that the simulator of several nodes can fail: it finds what is planted. `bun run sim --nodes 3 --bugs`: how many seeds each takes. */
import { expect, test } from "bun:test";
import { bugTable } from "../../sim/bug-table.ts";
import { bugs } from "../../sim/bugs.ts";
import { cores } from "../../sim/jobs.ts";

const often = bugs.filter(({ isRare, nodes }) => !isRare && nodes !== undefined);

test(`${often.length} planted bugs of several nodes are found, each within some seeds`, async () => {
  const lines: string[] = [];
  const search = { bugs: often, first: ({ seed }: { readonly seed: number }) => seed, seedsMax: 300, ops: 200, jobs: cores };
  const missed = await bugTable(search, (line) => lines.push(line));
  console.log(lines.join("\n"));
  expect(missed, lines.join("\n")).toBe(0);
}, 240_000);
