/** The report as Markdown: a table per workload, what it is a multiple of, and each run that does not count. */
import type { RunRecord } from "../harness/records.ts";
import type { Workload } from "../workloads/workload.ts";
import { type Ratio, ratios, serverSummaries } from "./summary.ts";

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly isPinned: boolean;
  readonly bun: string;
  /** Over the minute before the first run. */
  readonly loadAverage: number;
}

export function markdownReport(workloads: readonly Workload[], records: readonly RunRecord[], machine: Machine, about: string): string {
  const { cpu, cores, isPinned, bun, loadAverage } = machine;
  const where = `${cores} × ${cpu}, ${isPinned ? "server and load on a core each" : "not pinned"}, Bun ${bun}, load average ${loadAverage.toFixed(2)} at the start. ${about}`;
  return [`# Quorate, measured\n\n${where}\n`, ...workloads.map((workload) => section(workload, records, cores))].join("\n");
}

function section(workload: Workload, records: readonly RunRecord[], cores: number): string {
  const { name, title, columns, processes = 0 } = workload;
  const summaries = serverSummaries(workload, records);
  if (summaries.length === 0) return "";
  const shown = columns.filter(({ key }) => summaries.some(({ medians }) => !Number.isNaN(medians[key])));
  const rows = summaries.map(({ server, medians, complete, overloaded, runs }) => [
    server,
    ...shown.map(({ key, digits }) => numeral(medians[key] ?? Number.NaN, digits)),
    `${complete} of ${runs}${overloaded > 0 ? ", overload" : ""}`,
  ]);
  const head = ["server", ...shown.map((column) => column.title), "complete"];
  const shared = processes === 0 ? [] : [`${crowd(processes, cores)}\n`];
  return `${[`## ${name}: ${title}\n`, ...shared, table([head, ...rows]), ...ratioLines(ratios(workload, records)), ...remarks(workload, records)].join("\n")}\n`;
}

const crowd = (processes: number, cores: number): string =>
  `Up to ${processes} processes on ${cores} cores, none of them pinned. ${
    processes > cores
      ? "They wait for each other: milliseconds, and the most ops a second, are of this one machine with all of it on it, and say nothing of several. CPU time counts; but who has to wait puts more ops into a frame, so compare it per op only where frames are alike."
      : ""
  }`.trimEnd();

function table([head = [], ...rows]: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map((_, i) => (i === 0 ? "---" : "---:"))), ...rows.map(line)].join("\n");
}

function ratioLines(found: readonly Ratio[]): string[] {
  const titles = [...new Set(found.map(({ title }) => title))];
  const lines = titles.map((title) => {
    const of = found.find((one) => one.title === title)?.of ?? "";
    const parts = found
      .filter((one) => one.title === title && !Number.isNaN(one.ratio))
      .map(({ against, ratio }) => `${ratio.toFixed(2)} × ${against}`);
    return parts.length === 0 ? "" : `${of === "quorate" ? "Quorate" : of}'s ${title}: ${parts.join(", ")}.`;
  });
  return lines.filter((line) => line !== "").flatMap((line) => ["", line]);
}

function remarks(workload: Workload, records: readonly RunRecord[]): string[] {
  const lines = records
    .filter((record) => record.workload === workload.name)
    .flatMap(({ server, round, verdict, problems, notes }) => {
      const said = [...(verdict === "complete" ? [] : [`**${verdict}**`]), ...problems, ...notes];
      return said.length === 0 ? [] : [`- ${server}, round ${round}: ${said.join("; ").replaceAll("\n", " ")}`];
    });
  return lines.length === 0 ? [] : ["", ...lines];
}

const numeral = (value: number, digits: number): string =>
  Number.isFinite(value) ? value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits }) : "–";
