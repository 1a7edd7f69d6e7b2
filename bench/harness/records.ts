/** One run of one server under one workload, as it is kept: a line of JSON each. */
import type { Given, Outcome } from "../load/job.ts";

/** Above this share of its core the load generator may be what is measured. */
export const generatorShareMax = 0.95;

export interface RunRecord {
  readonly workload: string;
  readonly server: string;
  readonly round: number;
  /** Void: it says nothing of the server. Overloaded: the server did not keep up, so only its costs count. Failed: something is wrong. */
  readonly verdict: "complete" | "overloaded" | "void" | "failed";
  readonly metrics: Readonly<Record<string, number>>;
  readonly problems: readonly string[];
  readonly notes: readonly string[];
}

/** A run that is void is so whatever else went wrong in it: a load that is late misses things, too. */
export function verdictOf({
  generatorShare,
  problems,
  isOverloaded = false,
}: Pick<Outcome, "generatorShare" | "problems" | "isOverloaded">): RunRecord["verdict"] {
  if (!(generatorShare <= generatorShareMax)) return "void";
  if (problems.length > 0) return "failed";
  return isOverloaded ? "overloaded" : "complete";
}

/** What the floor has to copy; undefined of a run in which nothing was sent. */
export function givenBy({ metrics }: Pick<RunRecord, "metrics">): Given | undefined {
  const { roomFramesPerSecond: framesPerSecond, frameBytes, opsPerFrame } = metrics;
  if (framesPerSecond === undefined || frameBytes === undefined || opsPerFrame === undefined || !(framesPerSecond > 0)) return undefined;
  return { framesPerSecond, frameBytes, opsPerFrame };
}
