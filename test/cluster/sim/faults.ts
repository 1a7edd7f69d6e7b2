/** The faults of simulated runs on several nodes: how often each comes, beside the others, and what it is. From: plan.ts. */
import { pick, set } from "../../sim/fault-pieces.ts";
import { makers as oneServer } from "../../sim/faults.ts";
import { type Dice, type Fault, type FaultName, type Make, type Step, whole } from "../../sim/steps.ts";
import type { Cut, NodeFault, Target } from "./steps.ts";

/** Those of people and their connections are the same, wherever they are served. */
const ofPeople = [
  "bornOffline",
  "crown",
  "cut",
  "driftedClient",
  "dropAck",
  "dropDown",
  "dropLast",
  "dropSnapshots",
  "dropUp",
  "flicker",
  "flood",
  "gaps",
  "goneUnseen",
  "impostor",
  "kick",
  "late",
  "leave",
  "leech",
  "lull",
  "narrow",
  "newClient",
  "noAnswer",
  "offline",
  "oldClient",
  "placeTaken",
  "reload",
  "reloadMidSave",
  "renew",
  "repeatUp",
  "revoke",
  "silentDown",
  "silentUp",
  "slowHook",
  "slowStorage",
  "stall",
  "tear",
  "throwingHook",
  "timerReset",
  "troubleWhileBehind",
  "visitor",
] as const satisfies readonly FaultName[];

type Next = () => number;
const where = (next: Next): Target => pick(next, ["owner", "owner", "other"] as const);
/** Shorter than anybody notices, or longer than it takes to be held for gone. */
const whileMs = (next: Next): number => (next() < 0.4 ? whole(next, 50, 1_500) : whole(next, 2_200, 9_000));
const downMs = (next: Next): number => whole(next, 0, 5_000);
const killOwner = (next: Next): Step => ({ waitMs: 0, do: "killNode", at: "owner", downMs: downMs(next) });
const move = ({ next, who }: Dice, waitMs: number): Step => ({
  waitMs,
  do: "move",
  who,
  to: whole(next, 0, 2),
  unseen: next() < 0.5,
});
const cut =
  (from: Cut): Make =>
  ({ next }) => [{ waitMs: 0, do: "cutNode", at: where(next), from, ms: whileMs(next) }];
const logFaults = ["unreachable", "answerLost", "conflict", "late"] as const;
const logFault = (next: Next) => {
  const fault = pick(next, logFaults);
  return fault === "late" ? { lateMs: whole(next, 0, 4_000) } : fault;
};
/** All say something, one after the other. */
const allSend = (dice: Dice, waitMs: number): readonly Step[] =>
  Array.from({ length: dice.people }, (_, who) => set({ ...dice, who }, waitMs));

const nodeFaults: Readonly<Record<NodeFault, readonly [weight: number, make: Make]>> = {
  killNode: [2, ({ next }) => [{ waitMs: 0, do: "killNode", at: where(next), downMs: downMs(next) }]],
  drainNode: [
    2,
    ({ next }) => [
      {
        waitMs: 0,
        do: "drainNode",
        at: where(next),
        downMs: downMs(next),
        ...(next() < 0.2 ? { killAfterMs: whole(next, 0, 100) } : {}),
      },
    ],
  ],
  pauseNode: [3, ({ next }) => [{ waitMs: 0, do: "pauseNode", at: where(next), ms: whileMs(next) }]],
  "cutNode.all": [2, cut("all")],
  "cutNode.log": [2, cut("log")],
  "cutNode.net": [2, cut("net")],
  logFault: [
    4,
    ({ next }) => [
      {
        waitMs: 0,
        do: "logFault",
        at: where(next),
        kind: pick(next, ["append", "append", "append", "look", "read", "snapshot", "claim"] as const),
        after: whole(next, 0, 2),
        fault: logFault(next),
      },
    ],
  ],
  slowLog: [1, ({ next }) => [{ waitMs: 0, do: "slowLog", ms: whole(next, 500, 8_000), upToMs: whole(next, 20, 900) }]],
  liveTrouble: [
    2,
    ({ next }) => [{ waitMs: 0, do: "liveTrouble", ms: whole(next, 500, 10_000), lost: next() * 0.8, upToMs: whole(next, 0, 800) }],
  ],
  slowNet: [2, ({ next }) => [{ waitMs: 0, do: "slowNet", ms: whole(next, 500, 8_000), upToMs: whole(next, 20, 900) }]],
  lossyNet: [2, ({ next }) => [{ waitMs: 0, do: "lossyNet", ms: whole(next, 500, 8_000), lost: next() * 0.6 }]],
  loseEnd: [
    1,
    ({ next }) => [
      { waitMs: 0, do: "loseEnd", ops: whole(next, 1, 12) },
      { ...killOwner(next), waitMs: whole(next, 0, 500) },
    ],
  ],
  move: [4, (dice) => [move(dice, 0)]],
  // What was sent lands, or does not, after its sender was given up.
  lateWrite: [
    2,
    (dice) => {
      const { next } = dice;
      const late = { waitMs: 0, do: "logFault", at: "owner", kind: "append", after: 0, fault: { lateMs: whole(next, 0, 4_000) } } as const;
      const end: Step =
        next() < 0.5
          ? { ...killOwner(next), waitMs: 60 }
          : { waitMs: 60, do: "cutNode", at: "owner", from: pick(next, ["all", "net"] as const), ms: whileMs(next) };
      return [late, set(dice, 0), end, ...allSend(dice, whole(next, 200, 1_500))];
    },
  ],
  takeoverFails: [
    2,
    ({ next }) => [
      { waitMs: 0, do: "logFault", at: "other", kind: pick(next, ["claim", "look", "read"] as const), after: 0, fault: logFault(next) },
      killOwner(next),
    ],
  ],
  killInTakeover: [
    2,
    ({ next }) => {
      const kind = pick(next, ["claim", "read", "snapshot"] as const);
      return [{ waitMs: 0, do: "logFault", at: "other", kind, after: 0, fault: "answerLost", dies: true }, killOwner(next)];
    },
  ],
  // Two hold themselves for the owner, and both have clients.
  splitBrain: [
    2,
    (dice) => {
      const { next, people } = dice;
      return [
        { waitMs: 0, do: "cutNode", at: "owner", from: pick(next, ["net", "all"] as const), ms: whole(next, 3_000, 9_000) },
        ...allSend(dice, whole(next, 100, 1_200)),
        ...Array.from({ length: people }, (_, who) => move({ ...dice, who }, whole(next, 0, 1_000))),
        ...allSend(dice, whole(next, 100, 600)),
      ];
    },
  ],
  pingPong: [1, (dice) => Array.from({ length: 4 }, () => [set(dice, 0), move(dice, whole(dice.next, 0, 200))]).flat()],
  joinInTakeover: [
    2,
    (dice) => {
      const { next, who } = dice;
      return [
        killOwner(next),
        { waitMs: whole(next, 0, 3_500), do: pick(next, ["reload", "rejoin", "cut"] as const), who },
        { waitMs: whole(next, 0, 600), do: "visit", ms: whole(next, 0, 2_000), says: "nothing" },
      ];
    },
  ],
  // Nothing tells the next owner of a refusal but whoever was told it.
  refusedThenMoved: [
    2,
    (dice) => {
      const { next, who, tag } = dice;
      return [
        { waitMs: 0, do: "send", who, command: { type: "drop", tag: tag() } },
        { waitMs: 0, do: "send", who, command: { type: "drop", tag: tag() } },
        move(dice, whole(next, 5, 150)),
        { ...killOwner(next), waitMs: whole(next, 0, 400) },
        set(dice, 0),
      ];
    },
  ],
  // Everybody goes, and comes back to wherever it is.
  emptyNodes: [
    1,
    ({ next, people, tag }) => [
      { waitMs: 0, do: "send", who: 0, command: { type: next() < 0.5 ? "wind" : "light", tag: tag() } },
      ...Array.from(
        { length: people },
        (_, who): Step => ({ waitMs: who === 0 ? 200 : 0, do: "leave", who, ms: whole(next, 3_000, 25_000) }),
      ),
      ...(next() < 0.5 ? [{ ...killOwner(next), waitMs: whole(next, 0, 8_000) }] : []),
      { waitMs: whole(next, 5_000, 26_000), do: "lull" },
    ],
  ],
};

export const makers: Readonly<Partial<Record<Fault, readonly [weight: number, make: Make]>>> = {
  ...Object.fromEntries(ofPeople.map((name) => [name, oneServer[name]])),
  ...nodeFaults,
};
/** Several steps, or with other names. */
export const compounds: readonly Fault[] = [
  "lateWrite",
  "takeoverFails",
  "killInTakeover",
  "splitBrain",
  "pingPong",
  "joinInTakeover",
  "refusedThenMoved",
  "emptyNodes",
];
/** In an order that no file has a part in: it is part of what a seed is. */
export const faultNames = (Object.keys(makers) as Fault[]).sort();
