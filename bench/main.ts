/** `bun bench/main.ts`: runs workloads round by round, each server once per round, and reports. bench/README.md says how to read it. A composition root. */
import { appendFileSync, writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { type Options, readOptions, UsageError, usage } from "./harness/options.ts";
import { isPinned } from "./harness/processes.ts";
import { givenBy, type RunRecord } from "./harness/records.ts";
import { run } from "./harness/run.ts";
import type { Given } from "./load/job.ts";
import { type Machine, markdownReport } from "./report/markdown.ts";
import { serverSummaries } from "./report/summary.ts";
import { barChart } from "./report/svg.ts";
import type { Workload } from "./workloads/workload.ts";

async function main(options: Options): Promise<number> {
  const machine: Machine = {
    cpu: cpus()[0]?.model ?? "unknown",
    cores: cpus().length,
    isPinned,
    bun: Bun.version,
    loadAverage: loadavg()[0] ?? Number.NaN,
  };
  const { rounds, seconds, warmUpSeconds } = options;
  const about = `Medians of ${rounds} rounds of ${seconds} s, after ${warmUpSeconds} s to warm up.`;
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify({ machine, rounds, seconds, warmUpSeconds })}\n`);
  const records: RunRecord[] = [];
  for (const workload of options.workloads) {
    for await (const record of runsOf(workload, options)) {
      records.push(record);
      if (options.json !== undefined) appendFileSync(options.json, `${JSON.stringify(record)}\n`);
      console.error(`${record.workload} ${record.server}, round ${record.round}: ${[record.verdict, ...record.problems].join("; ")}`);
    }
  }
  const report = markdownReport(options.workloads, records, machine, about);
  console.log(report);
  if (options.markdown !== undefined) writeFileSync(options.markdown, report);
  if (options.svg !== undefined) writeFileSync(options.svg, chart(options.workloads, records));
  return records.some(({ verdict }) => verdict === "failed") ? 1 : 0;
}

/** Interleaved, A B C A B C …, so that what drifts on the machine drifts for all. */
async function* runsOf(workload: Workload, options: Options): AsyncGenerator<RunRecord> {
  const named = [...workload.servers, ...(workload.takesPeers ? options.against : [])];
  const servers = [...new Set(named)].filter((name) => options.servers.length === 0 || options.servers.includes(name));
  let given: Given | undefined;
  for (let round = 1; round <= options.rounds; round++) {
    for (const server of servers) {
      if (workload.isCopied && server.startsWith("bare")) given ??= await probe(workload, options);
      const record = await run(workload, server, round, options, given);
      if (server === "quorate") given = givenBy(record) ?? given;
      yield record;
    }
  }
}

/** What Quorate sends under this workload, where it does not take part itself: a short look. */
async function probe(workload: Workload, options: Options): Promise<Given | undefined> {
  return givenBy(await run(workload, "quorate", 0, { ...options, seconds: 2, warmUpSeconds: 1 }, undefined));
}

function chart(workloads: readonly Workload[], records: readonly RunRecord[]): string {
  const groups = workloads.flatMap((workload) => {
    const [first] = workload.columns;
    if (first?.key !== "usPerOp") return [];
    const bars = serverSummaries(workload, records).flatMap(({ server, medians }) => {
      const value = medians[first.key] ?? Number.NaN;
      return Number.isNaN(value) ? [] : [{ label: server, value }];
    });
    return bars.length === 0 ? [] : [{ title: `${workload.name}: ${workload.title}`, bars }];
  });
  return barChart("Server CPU per delivered op, µs", groups, 2);
}

try {
  process.exit(await main(readOptions(process.argv.slice(2))));
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(`${error.message}\n${usage}`);
  process.exit(2);
}
