/** All workloads, in the order in which they run. */
import { bigStates } from "./big-state.ts";
import { fanOuts, journalFanOut } from "./fan-out.ts";
import { idle } from "./idle.ts";
import { joins } from "./joins.ts";
import { nodesFollow } from "./nodes/follow.ts";
import { nodesLog } from "./nodes/log.ts";
import { nodesWatch } from "./nodes/watch.ts";
import { oneClient } from "./one-client.ts";
import { presence } from "./presence.ts";
import { resumes } from "./resume.ts";
import { manyRooms } from "./rooms.ts";
import { stalled } from "./stalled.ts";
import type { Workload } from "./workload.ts";

/** D: what durability costs. */
const journals = ["quorate", "quorate-memory"];

export const workloads: readonly Workload[] = [
  ...fanOuts,
  presence,
  joins,
  ...resumes,
  stalled("S", 5),
  stalled("S50", 50),
  idle,
  manyRooms,
  oneClient("C", "one client alone, as fast as its commands become ops", ["quorate", "durable-10"]),
  ...bigStates,
  oneClient("DC", "C with the journal on disk (FULL) and in memory", journals),
  journalFanOut("DF2", "F2 with the journal on disk (FULL) and in memory", journals),
  nodesWatch,
  nodesLog,
  nodesFollow,
];
