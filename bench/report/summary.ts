/** The medians of one workload's runs, and multiples of others, round by round. From: records. To: markdown.ts, svg.ts. */
import type { RunRecord } from "../harness/records.ts";
import { median } from "../load/statistics.ts";
import type { RatioOf, Workload } from "../workloads/workload.ts";

export interface ServerSummary {
  readonly server: string;
  readonly complete: number;
  readonly overloaded: number;
  readonly runs: number;
  /** Of the complete and the overloaded runs. */
  readonly medians: Readonly<Record<string, number>>;
}

export interface Ratio {
  readonly title: string;
  readonly of: string;
  readonly against: string;
  /** Median of the rounds in which both count; NaN if there is none. */
  readonly ratio: number;
}

const counts = ({ verdict }: RunRecord): boolean => verdict === "complete" || verdict === "overloaded";

export function serverSummaries(workload: Workload, records: readonly RunRecord[]): ServerSummary[] {
  const ofServers = Map.groupBy(
    records.filter((record) => record.workload === workload.name),
    ({ server }) => server,
  );
  return [...ofServers].map(([server, runs]) => {
    const counting = runs.filter(counts);
    const medians = Object.fromEntries(
      workload.columns.map(({ key }) => [key, median(counting.map(({ metrics }) => metrics[key] ?? Number.NaN))] as const),
    );
    const overloaded = counting.filter(({ verdict }) => verdict === "overloaded").length;
    return { server, complete: counting.length - overloaded, overloaded, runs: runs.length, medians };
  });
}

/** Within a round, so that what else the machine does weighs on both. */
export function ratios(workload: Workload, records: readonly RunRecord[]): Ratio[] {
  const counting = records.filter((record) => record.workload === workload.name && counts(record));
  const others = [...new Set(counting.map(({ server }) => server))];
  return (workload.ratios ?? []).flatMap((wanted) => {
    const { title, of = "quorate", against } = wanted;
    return others
      .filter((name) => name !== of && (against === "all" || against.includes(name)))
      .map((name) => ({ title, of, against: name, ratio: median(perRound(counting, wanted, name)) }));
  });
}

function perRound(counting: readonly RunRecord[], { key, of = "quorate", againstKey = key }: RatioOf, against: string): number[] {
  return counting
    .filter(({ server }) => server === of)
    .flatMap(({ round, metrics }) => {
      const other = counting.find((record) => record.round === round && record.server === against)?.metrics[againstKey];
      const own = metrics[key];
      return own === undefined || other === undefined ? [] : [own / other];
    });
}
