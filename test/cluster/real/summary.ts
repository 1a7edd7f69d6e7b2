/** What a run came to, in lines for people. From: real.test.ts, ../chaos.ts. */
import type { Struck, Totals } from "./run.ts";

/** Words for what people ask first, and the laws whose breach it is. */
const questions = [
  ["lost", ["L3", "L4"]],
  ["twice", ["L2"]],
  ["gaps", ["L1", "L6"]],
  ["other", ["L5", "L7", "L10", "L12", "L13", "L14"]],
] as const;

export function summary(struck: readonly Struck[], problems: readonly string[], totals: Totals): string[] {
  const kinds = [...new Set(struck.map(({ kind }) => kind))].sort();
  const rows = kinds.map((kind) => {
    const of = struck.filter((one) => one.kind === kind);
    const first = of.map(({ firstMs }) => firstMs);
    const all = of.map(({ allMs }) => allMs);
    const silence = of.map(({ silenceMs }) => silenceMs);
    return [kind, of.length, ...[first, all, silence].flatMap((list) => [ms(percentile(list, 50)), ms(percentile(list, 99))])];
  });
  const found = questions.map(
    ([word, laws]) => `${word} ${problems.filter((problem) => laws.some((law) => problem.includes(`[${law}]`))).length}`,
  );
  return [["fault", "times", "first p50", "p99", "all p50", "p99", "silence p50", "p99"], ...rows]
    .map((row) => row.map((cell, i) => (i === 0 ? String(cell).padEnd(16) : String(cell).padStart(12))).join(""))
    .concat(
      "",
      `${totals.accepted} commands acknowledged, ${totals.refused} refused; ${totals.ops} ops, told ${totals.told} times; ${totals.writers} lives of nodes wrote`,
      found.join(", "),
    );
}

/** The smallest that so many of a hundred do not exceed. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? 0;
}

const ms = (value: number): string => `${Math.round(value)} ms`;
