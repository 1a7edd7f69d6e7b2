/** What the short form of F2, F3 and S must not exceed, and the judgement. From: main.ts, which has the runs. */
import type { RunRecord } from "../harness/records.ts";

export interface Bound {
  readonly workload: string;
  readonly what: string;
  /** Of Quorate's run, and of the control's in the same round. */
  readonly value: (own: Metrics, control: Metrics) => number;
  readonly atMost: number;
  readonly usesControl?: boolean;
}
type Metrics = Readonly<Record<string, number>>;

const cpu = (own: Metrics, control: Metrics): number => of(own, "usPerOp") / of(control, "usPerOp");
const of = (metrics: Metrics, key: string): number => metrics[key] ?? Number.NaN;

/** Above what short runs of the same code came to on a noisy machine (bench/README.md has the figures), so that only a real loss fails. */
export const bounds: readonly Bound[] = [
  { workload: "F2", what: "CPU per op, × the server by hand (50 ms)", value: cpu, atMost: 4, usesControl: true },
  { workload: "F2", what: "p99, ms", value: (own) => of(own, "p99Ms"), atMost: 90 },
  { workload: "F2", what: "bytes per op", value: (own) => of(own, "bytesPerOp"), atMost: 66 },
  { workload: "F3", what: "CPU per op, × bare Bun", value: cpu, atMost: 2, usesControl: true },
  { workload: "S", what: "p99 of the others, × p99 when all read", value: (own) => of(own, "p99Ms") / of(own, "plainP99Ms"), atMost: 1.8 },
];

export interface Judged {
  readonly bound: Bound;
  readonly value: number;
  readonly holds: boolean;
}

/** A figure that is not there holds nothing. */
export function judge(own: RunRecord, control: RunRecord | undefined): Judged[] {
  return bounds
    .filter(({ workload }) => workload === own.workload)
    .map((bound) => {
      const value = bound.value(own.metrics, control?.metrics ?? {});
      const isSound = own.verdict === "complete" && (bound.usesControl !== true || control?.verdict === "complete");
      return { bound, value, holds: isSound && value <= bound.atMost };
    });
}
