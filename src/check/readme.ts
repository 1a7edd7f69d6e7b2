/**
 * The part of an app's README that is made from its machine: a diagram and the table of commands, between two comments. From: check-file.ts.
 */
import type { MachineReport } from "./check-machine.ts";
import { roles } from "./people.ts";
import type { TableRow } from "./table.ts";

const opening = "<!-- machine -->";
const closing = "<!-- /machine -->";

/** The README as it should be; undefined where it has no place for it. */
export function readmeWith(readme: string, reports: readonly MachineReport[]): string | undefined {
  const from = readme.indexOf(opening);
  const to = readme.indexOf(closing, from);
  if (from < 0 || to < 0) return undefined;
  const section = reports.map(({ chart, table }) => `${chartText(chart)}\n\n${tableText(table)}`).join("\n\n");
  return `${readme.slice(0, from + opening.length)}\n\n${section}\n\n${readme.slice(to)}`;
}

const chartText = (chart: string): string => `\`\`\`mermaid\n${chart}\n\`\`\``;

function tableText(rows: readonly TableRow[]): string {
  const lines = rows.map(({ command, states, cells }, i) => {
    const name = rows[i - 1]?.command === command ? "" : `\`${command}\``;
    const where = states.length === 0 ? "all states" : states.map((state) => `\`${state}\``).join(", ");
    return [name, where, ...merged(roles.map((role) => cellText(cells[role])))];
  });
  const said = "Which command is possible where, for whom; else why not. Made by going through the machine's states.";
  return [said, "", ...aligned(["command", "in", ...roles], lines)].join("\n");
}

/** As formatters of Markdown have it, so that none changes it. */
function aligned(head: readonly string[], lines: readonly (readonly string[])[]): readonly string[] {
  const widths = head.map((title, i) =>
    Math.max(3, ...[title, ...lines.map((line) => line[i] ?? "")].map((text) => Bun.stringWidth(text))),
  );
  const padded = (text: string, i: number) => text + " ".repeat((widths[i] ?? 0) - Bun.stringWidth(text));
  const row = (cells: readonly string[]) => `| ${cells.map(padded).join(" | ")} |`;
  return [row(head), row(widths.map((width) => "-".repeat(width))), ...lines.map(row)];
}

/** The same reason again is a ditto mark. */
const merged = (cells: readonly string[]): readonly string[] =>
  cells.map((cell, i) => (i > 0 && cell.length > dittoCharsMin && cell === cells[i - 1] ? "〃" : cell));
const dittoCharsMin = 3;

const cellText = (text: string): string => text.replaceAll("|", "\\|").replaceAll(/\s+/g, " ");
