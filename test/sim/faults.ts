/** The faults of simulated runs: how often each comes, beside the others, and what it is. From: plan.ts, which deals them out. */
import { peopleFaults } from "./people-faults.ts";
import { serverFaults } from "./server-faults.ts";
import { type Compound, type Cutting, type FaultName, type Loss, type Make, type Step, whole } from "./steps.ts";

const one =
  (what: Cutting | "renew" | "impostor"): Make =>
  ({ who }) => [{ waitMs: 0, do: what, who }];
const downMs = (next: () => number) => whole(next, 0, 4_000);
const pick = <T>(next: () => number, list: readonly T[]): T => list[whole(next, 0, list.length - 1)] as T;
const killNow = (next: () => number): Step => ({ waitMs: 0, do: "kill", when: "now", calls: 0, downMs: downMs(next) });
const loss =
  (loss: Loss): Make =>
  ({ next }) => [{ waitMs: 0, do: "kill", when: "now", calls: 0, downMs: downMs(next), loss }];
/** No steps: they go on all the time, or are there from the start. */
const always: readonly [number, Make] = [0, () => []];

const singles: Readonly<Record<Exclude<FaultName, Compound>, readonly [weight: number, make: Make]>> = {
  cut: [4, one("cut")],
  silentUp: [2, one("silentUp")],
  silentDown: [2, one("silentDown")],
  late: [2, one("late")],
  noAnswer: [1, ({ next, who }) => [{ waitMs: 0, do: "noAnswer", who, to: pick(next, ["connect", "hello"] as const) }]],
  noAddress: [
    1,
    ({ next, who }) => [
      { waitMs: 0, do: "noAddress", who },
      { waitMs: whole(next, 10, 4_000), do: "connect", who },
    ],
  ],
  dropDown: [2, one("dropDown")],
  dropAck: [2, one("dropAck")],
  dropUp: [2, one("dropUp")],
  dropSnapshots: [1, ({ next, who }) => [{ waitMs: 0, do: "dropSnapshots", who, times: whole(next, 1, 2) }]],
  repeatUp: [3, one("repeatUp")],
  tear: [3, ({ next, who }) => [{ waitMs: 0, do: "tear", who, after: whole(next, 0, 12), isNext: next() < 0.7 }]],
  reload: [3, one("reload")],
  leave: [2, ({ next, who }) => [{ waitMs: 0, do: "leave", who, ms: whole(next, 0, 2_000) }]],
  stall: [
    2,
    ({ next, who }) => [
      { waitMs: 0, do: "stall", who, ms: whole(next, 500, 40_000) },
      ...(next() < 0.3 ? [{ waitMs: 0, do: "silentUp", who } as const] : []),
    ],
  ],
  // So slow that the server has to wait with a snapshot's parts, or with a delta's.
  narrow: [
    2,
    ({ next, who }) => [
      { waitMs: 0, do: "narrow", who, bytesPerMs: 0.5 + 4 * next(), isNext: next() < 0.7 },
      ...(next() < 0.5
        ? [{ waitMs: whole(next, 100, 4_000), do: pick(next, ["reload", "cut", "dropDown", "rejoin"] as const), who } as const]
        : []),
    ],
  ],
  offline: [2, ({ next, who }) => [{ waitMs: 0, do: "offline", who, ms: whole(next, 100, 20_000) }]],
  skewClient: [1, ({ next, who }) => [{ waitMs: 0, do: "skewClient", who, ms: whole(next, -3_600_000, 3_600_000) }]],
  impostor: [2, one("impostor")],
  flood: [
    1,
    (dice) => [
      {
        waitMs: 0,
        do: "flood",
        who: dice.who,
        commands: Array.from({ length: 45 }, (_, i) => ({ type: "set", tag: dice.tag(), field: "b", value: i })),
      },
    ],
  ],
  kill: [
    3,
    ({ next }) => [
      {
        waitMs: 0,
        do: "kill",
        when: pick(next, ["now", "beforeCall", "afterCall"] as const),
        calls: whole(next, 1, 4),
        downMs: downMs(next),
      },
    ],
  ],
  downgrade: [
    1,
    ({ next, people }) => [
      { waitMs: 0, do: "downgrade", ms: whole(next, 500, 6_000) },
      { waitMs: whole(next, 500, 9_000), do: "lull" },
      ...Array.from({ length: people }, (_, who): Step => ({ waitMs: 0, do: "connect", who })),
    ],
  ],
  upgrade: [1, ({ next }) => [{ waitMs: 0, do: "upgrade", downMs: downMs(next) }]],
  brokenView: [
    1,
    ({ next, people }) => [
      { waitMs: 0, do: "brokenView", ms: whole(next, 50, 4_000) },
      { waitMs: whole(next, 500, 9_000), do: "lull" },
      ...Array.from({ length: people }, (_, who): Step => ({ waitMs: 0, do: "connect", who })),
    ],
  ],
  stop: [1, ({ next }) => [{ waitMs: 0, do: "stop", downMs: downMs(next), ...(next() < 0.4 ? { killAfterMs: whole(next, 0, 60) } : {}) }]],
  diskFault: [3, ({ next }) => [{ waitMs: 0, do: "diskFault", error: pick(next, ["eioBefore", "eioAfter", "full"] as const) }]],
  slowDisk: [1, ({ next }) => [{ waitMs: 0, do: "slowDisk", ms: whole(next, 100, 8_000) }]],
  diskFull: [1, ({ next }) => [{ waitMs: 0, do: "diskFull", ms: whole(next, 500, 20_000) }]],
  readFails: [1, ({ next }) => [{ waitMs: 0, do: "readFails" }, killNow(next)]],
  "loss.rollBack": [1, loss("rollBack")],
  "loss.lostEnd": [1, loss("lostEnd")],
  "loss.bitFlip": [1, loss("bitFlip")],
  "loss.entryFlip": [1, loss("entryFlip")],
  "loss.markGone": [1, loss("markGone")],
  "loss.markTorn": [1, loss("markTorn")],
  jumpClock: [1, ({ next }) => [{ waitMs: 0, do: "jumpClock", ms: whole(next, -3_600_000, 3_600_000) }]],
  freeze: [1, ({ next }) => [{ waitMs: 0, do: "freeze", ms: whole(next, 500, 30_000) }]],
  lull: [1, ({ next }) => [{ waitMs: whole(next, 8_000, 35_000), do: "lull" }]],
  revoke: [
    1,
    ({ next, who }) => [
      { waitMs: 0, do: "revoke", who },
      ...(next() < 0.5 ? [{ waitMs: 50, do: "renew", who } as const] : []),
      { waitMs: whole(next, 100, 9_000), do: "readmit", who },
    ],
  ],
  renew: [1, one("renew")],
  slowStorage: always,
  slowHook: always,
  throwingHook: always,
  oldClient: always,
  newClient: always,
  driftedClient: always,
};

/** These are no step of their own. */
export const compounds: Readonly<Record<Compound, readonly [weight: number, make: Make]>> = { ...peopleFaults, ...serverFaults };
export const makers: Readonly<Record<FaultName, readonly [weight: number, make: Make]>> = { ...singles, ...compounds };
/** In an order that no file has a part in: it is part of what a seed is. */
export const faultNames = (Object.keys(makers) as FaultName[]).sort();
