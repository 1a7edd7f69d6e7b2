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

const tableText = (rows: readonly TableRow[]): string =>
  [
    "Which command is possible where, for whom; else why not. Made by going through the machine's states.",
    "",
    `| command | in | ${roles.join(" | ")} |`,
    `| --- | --- | ${roles.map(() => "---").join(" | ")} |`,
    ...rows.map(({ command, states, cells }, i) => {
      const name = rows[i - 1]?.command === command ? "" : `\`${command}\``;
      const where = states.length === 0 ? "all states" : states.map((state) => `\`${state}\``).join(", ");
      return `| ${[name, where, ...merged(roles.map((role) => cellText(cells[role])))].join(" | ")} |`;
    }),
  ].join("\n");

/** The same reason again is a ditto mark. */
const merged = (cells: readonly string[]): readonly string[] =>
  cells.map((cell, i) => (i > 0 && cell.length > dittoCharsMin && cell === cells[i - 1] ? "〃" : cell));
const dittoCharsMin = 3;

const cellText = (text: string): string => text.replaceAll("|", "\\|").replaceAll(/\s+/g, " ");
