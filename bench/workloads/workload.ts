/** What a workload says of itself. The harness reads the first half, the load process runs the second. */
import type { Limits } from "../../src/index.ts";
import type { Bench } from "../load/bench.ts";
import type { Outcome } from "../load/job.ts";

export interface Column {
  readonly key: string;
  readonly title: string;
  readonly digits: number;
}

export interface RatioOf {
  readonly key: string;
  readonly title: string;
  /** Whose metric it is; Quorate's, if nobody else is named. */
  readonly of?: string;
  readonly against: readonly string[] | "all";
  /** The other's metric, where it has another name. */
  readonly againstKey?: string;
}

export interface Workload {
  /** Short: F1. */
  readonly name: string;
  readonly title: string;
  /** In the order in which they run; Quorate is first, since the floor copies its frames. */
  readonly servers: readonly string[];
  readonly columns: readonly Column[];
  /** Metrics that are shown as a multiple of another server's in the same round. */
  readonly ratios?: readonly RatioOf[];
  /** Where Quorate's defaults would be in the way of what is asked for. */
  readonly limits?: Partial<Limits>;
  /** Of a run that has more of them than a server and a load. Then none has a core of its own, also where a run has but those two. */
  readonly processes?: number;
  /** The floor gets one message for each frame that Quorate sent. */
  readonly isCopied?: boolean;
  /** Peers can be asked for with `--against`. */
  readonly takesPeers?: boolean;
  run(bench: Bench): Promise<Outcome>;
}
