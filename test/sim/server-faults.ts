/** Faults of more than one step, of processes and disks: what is only met at the wrong moment, and what makes that moment. From: faults.ts. */
import { callKinds } from "./disk.ts";
import { downMs, pick, set, trouble } from "./fault-pieces.ts";
import { type Make, type Step, whole } from "./steps.ts";

export const serverFaults = {
  killAtCall: [
    3,
    ({ next }) => {
      const kind = pick(next, callKinds);
      const kill = (waitMs: number): Step => ({
        waitMs,
        do: "kill",
        when: pick(next, ["beforeCall", "afterCall"] as const),
        kind,
        calls: kind === "probe" ? 1 : whole(next, 1, 2),
        downMs: downMs(next),
      });
      // Probes are for rooms that could not save.
      return kind === "probe" ? [{ waitMs: 0, do: "diskFault", error: "eioBefore" }, kill(0)] : [kill(0)];
    },
  ],
  killInRecovery: [
    1,
    ({ next }) => [
      { waitMs: 0, do: "kill", when: "now", calls: 0, downMs: 0 },
      { waitMs: 1, do: "kill", when: pick(next, ["beforeCall", "afterCall"] as const), calls: whole(next, 1, 5), downMs: downMs(next) },
    ],
  ],
  stopInTrouble: [
    3,
    (dice) => {
      const { next } = dice;
      const stop: Step = {
        waitMs: whole(next, 1, 60),
        do: "stop",
        downMs: downMs(next),
        ...(next() < 0.3 ? { killAfterMs: whole(next, 0, 60) } : {}),
      };
      switch (pick(next, ["reload", "diskFault", "slowDisk", "brokenView", "downgrade"] as const)) {
        case "reload":
          // While the room finds out what became of that.
          return [
            { waitMs: 0, do: "diskFault", error: "eioBefore" },
            set(dice, 0),
            { waitMs: 60, do: "slowDisk", ms: 4_000 },
            { ...stop, waitMs: whole(next, 500, 3_000) },
          ];
        case "diskFault":
          return [{ waitMs: 0, do: "diskFault", error: "eioAfter" }, set(dice, 0), stop];
        case "slowDisk":
          return [{ waitMs: 0, do: "slowDisk", ms: whole(next, 50, 1_000) }, set(dice, 0), stop];
        case "brokenView":
          return [{ waitMs: 0, do: "brokenView", ms: 500 }, set(dice, 0), stop];
        case "downgrade":
          return [
            { waitMs: 0, do: "downgrade", ms: 2_000 },
            { ...stop, waitMs: whole(next, 200, 1_000) },
          ];
      }
    },
  ],
  // Somebody comes, or comes back, while the disk takes its time, and does not stay.
  troubleInCommit: [
    4,
    (dice) => {
      const { next, who } = dice;
      const comes = { waitMs: 0, do: pick(next, ["cut", "reload", "rejoin", "rejoin"] as const), who } as const;
      const waitMs = whole(next, 20, 300);
      // Until the server takes them for dead.
      if (next() < 0.4) return [{ waitMs: 0, do: "slowDisk", ms: whole(next, 8_000, 20_000) }, comes, { waitMs, do: "silentUp", who }];
      return [{ waitMs: 0, do: "slowDisk", ms: whole(next, 200, 2_000) }, comes, ...trouble(dice, waitMs)];
    },
  ],
  // Commands that the disk does not take, or takes without a word, while their sender comes anew.
  commitFails: [
    2,
    (dice) => {
      const { next, who, tag } = dice;
      return [
        { waitMs: 0, do: "slowDisk", ms: whole(next, 200, 1_500) },
        set(dice, 5),
        { waitMs: 0, do: "send", who, command: { type: "drop", tag: tag() } },
        set(dice, 0), // it carries that refusal
        { waitMs: whole(next, 10, 60), do: pick(next, ["cut", "reload", "lull"] as const), who } as Step,
        { waitMs: 0, do: "diskFault", error: pick(next, ["eioBefore", "eioAfter"] as const), after: whole(next, 0, 1) },
      ];
    },
  ],
  // While somebody's last command waits for the disk, they go, and another one takes their place.
  placeTaken: [
    1,
    (dice) => {
      const { next, who } = dice;
      return [
        { waitMs: 0, do: "slowDisk", ms: whole(next, 300, 1_500) },
        set(dice, 5),
        { waitMs: whole(next, 40, 100), do: "leave", who, ms: 3_000 },
        { waitMs: whole(next, 5, 60), do: "visit", ms: 3_000, says: "bye" },
      ];
    },
  ],
  // A timer that is set anew before that is durable, and due before.
  timerReset: [
    1,
    ({ next, who, tag }) => {
      const send = (waitMs: number, type: "light" | "defuse"): Step => ({ waitMs, do: "send", who, command: { type, tag: tag() } });
      return [send(0, "light"), { waitMs: 100, do: "slowDisk", ms: whole(next, 2_000, 5_000) }, send(10, "defuse"), send(80, "light")];
    },
  ],
  // All have left, and then the disk fails, or the server has to go.
  emptied: [
    2,
    (dice) => {
      const { next, people, tag } = dice;
      const stop: Step = { waitMs: whole(next, 100, 5_000), do: "stop", downMs: downMs(next) };
      const fault: readonly Step[] = [
        { waitMs: whole(next, 2_000, 2_900), do: "slowDisk", ms: whole(next, 1_000, 5_000) },
        { waitMs: 0, do: "diskFault", error: pick(next, ["eioBefore", "eioAfter"] as const) },
      ];
      // Longer than a timer of the room, which has to wake for it.
      if (next() < 0.3)
        return [
          { waitMs: 100, do: "send", who: 0, command: { type: "wind", tag: tag() } },
          ...Array.from({ length: people }, (_, who): Step => ({ waitMs: who === 0 ? 100 : 0, do: "leave", who, ms: 25_000 })),
          { waitMs: 26_000, do: "lull" },
        ];
      return [
        { waitMs: 100, do: "send", who: 0, command: { type: "light", tag: tag() } },
        ...Array.from(
          { length: people },
          (_, who): Step => ({ waitMs: who === 0 ? 100 : 0, do: "leave", who, ms: whole(next, 7_000, 15_000) }),
        ),
        ...(next() < 0.3 ? [stop] : fault),
        { waitMs: 12_000, do: "lull" },
      ];
    },
  ],
} satisfies Readonly<Record<string, readonly [weight: number, make: Make]>>;
