/** What many simulated runs on several nodes should come to. From: main.ts, sim.test.ts. */
import type { Expected } from "../../sim/coverage.ts";
import { compounds as ofPeople } from "../../sim/faults.ts";
import { compounds, faultNames } from "./faults.ts";

const ofOneServer = "What stops a room for good has to do with one server's own code and disk: test/sim has it.";

export const ofNodes: Expected = {
  faults: faultNames,
  compounds: [...compounds, ...Object.keys(ofPeople)],
  kinds: [
    "cluster.claimed",
    "cluster.ownersLost",
    "cluster.nodesGone",
    "cluster.back",
    "severalOwners",
    "liveLost",
    "packetLost",
    ...["unreachable", "answerLost", "conflict", "late"].map((fault) => `logFault.append.${fault}`),
    ...["unreachable", "answerLost", "conflict"].map((fault) => `logFault.claim.${fault}`),
  ],
  impossible: {
    room: {
      "loading · quarantine": ofOneServer,
      "open · quarantine": ofOneServer,
      "idle · quarantine": ofOneServer,
      "quarantined · close": ofOneServer,
      "quarantined · after quarantineTime": ofOneServer,
    },
  },
};
