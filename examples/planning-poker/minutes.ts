/** The backlog as text to take along: for people, and as CSV (RFC 4180) for spreadsheets. */
import type { Stories, Story } from "./backlog.ts";
import { pointsOf } from "./deck.ts";
import { pointsText } from "./verdict.ts";

/** One line per story, and the sum. */
export function asText(room: string, stories: Stories): string {
  const lines = stories.map(({ title, estimate }) => `${estimate ?? "–"}\t${title}`);
  const open = stories.filter(({ estimate }) => estimate === null).length;
  return [`${room}: ${stories.length} stories, ${pointsText(totalOf(stories))} points${open > 0 ? `, ${open} open` : ""}`, ...lines].join(
    "\n",
  );
}

/** Columns: story, estimate, points, rounds; a round's cards are separated by blanks, rounds by `|`. */
export const asCsv = (stories: Stories): string =>
  [["story", "estimate", "points", "rounds"], ...stories.map(row)].map((cells) => cells.map(cell).join(",")).join("\r\n");

export const totalOf = (stories: Stories): number =>
  stories.reduce((sum, { estimate }) => sum + (estimate === null ? 0 : pointsOf(estimate)), 0);

const row = ({ title, estimate, rounds }: Story): readonly string[] => [
  title,
  estimate ?? "",
  estimate === null ? "" : String(pointsOf(estimate)),
  rounds.map(({ cards }) => cards.join(" ")).join(" | "),
];

/** A spreadsheet takes a cell that begins like this for a formula; a title must not become one. */
const formula = /^[=+\-@\t\r]/;
function cell(text: string): string {
  const safe = formula.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
