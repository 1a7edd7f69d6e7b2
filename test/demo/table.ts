/** Rows of figures, aligned for a terminal. Each row says where its figure comes from. */
export type Row = readonly [what: string, figure: string | number, source: string];

export function table(title: string, rows: readonly Row[]): string {
  const width = (i: 0 | 1) => Math.max(...rows.map((row) => String(row[i]).length));
  const [whatWidth, figureWidth] = [width(0), width(1)];
  const lines = rows.map(([what, figure, source]) => {
    const shown = typeof figure === "number" ? figure.toLocaleString("en") : figure;
    return `  ${what.padEnd(whatWidth)}  ${shown.padStart(figureWidth + 2)}  ${source}`;
  });
  return `\n${title}\n${"─".repeat(title.length)}\n${lines.join("\n")}\n`;
}

export const checks = (results: readonly (readonly [what: string, problem: string | undefined])[]): string =>
  results
    .map(([what, problem]) => `  ${problem === undefined ? "✓" : "✗"} ${what}${problem === undefined ? "" : `: ${problem}`}`)
    .join("\n");
