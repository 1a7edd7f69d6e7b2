/**
 * Planted bugs: what a tired engineer could write. Each is a change of one place of the real code, made while it is loaded and nowhere else, so that
 * nothing of them is in the product. The simulator has to find every one (bugs.test.ts, test/cluster/sim/bugs.test.ts).
 */
import { clientBugs } from "./bugs-client.ts";
import { clusterBugs } from "./bugs-cluster.ts";
import { gatewayBugs } from "./bugs-gateway.ts";
import { journalBugs } from "./bugs-journal.ts";
import { roomBugs } from "./bugs-room.ts";
import { syncBugs } from "./bugs-sync.ts";
import { viewBugs } from "./bugs-views.ts";

export interface Bug {
  readonly name: string;
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  /** The first seed that found it, with 200 commands a run. It moves with the code; then one of the next ones finds it. */
  readonly seed: number;
  /** It is looked for on so many nodes. Without it: on one server. */
  readonly nodes?: number;
  /** It takes hundreds of seeds: too long for each check, whose kept plan has it instead (regressions.test.ts). */
  readonly isRare?: true;
}

export const bugs: readonly Bug[] = [...clientBugs, ...clusterBugs, ...gatewayBugs, ...journalBugs, ...roomBugs, ...syncBugs, ...viewBugs];
