/** Faults of more than one step, of people and networks: what is only met at the wrong moment, and what makes that moment. From: faults.ts. */
import { guestOf, kick, pick, revoke, rush, set, trouble } from "./fault-pieces.ts";
import { type Make, type Step, whole } from "./steps.ts";

export const peopleFaults = {
  // The last thing that was said, and then nothing for a while: nothing that follows shows the gap.
  dropLast: [
    3,
    (dice) => {
      const { next, who } = dice;
      const what = pick(next, ["dropDown", "dropUp", "dropAck"] as const);
      return [{ waitMs: 40, do: what, who }, set(what === "dropDown" ? { ...dice, who: 0 } : dice, 0), { waitMs: 30_000, do: "lull" }];
    },
  ],
  // Between the giving, the saving and the sending of commands.
  reloadMidSave: [
    3,
    (dice) => [
      set(dice, 0),
      set(dice, 0),
      { waitMs: whole(dice.next, 0, 25), do: "reload", who: dice.who },
      set(dice, whole(dice.next, 0, 60)),
    ],
  ],
  visitor: [
    3,
    ({ next }) => [
      { waitMs: 0, do: "visit", ms: next() < 0.6 ? whole(next, 0, 60) : whole(next, 60, 9_000), says: next() < 0.3 ? "bye" : "nothing" },
    ],
  ],
  kick: [
    1,
    (dice) => {
      const { next } = dice;
      const out = guestOf(dice.who);
      // Just gone, and within their grace.
      const gone = { waitMs: 0, do: "offline", who: out, ms: whole(next, 200, 3_500) } as const;
      const steps = kick(dice, whole(next, 0, 100));
      if (next() < 0.7) return [...(next() < 0.5 ? [gone] : []), ...steps];
      // What the machine said is durable, and was not done.
      const kill: Step = { waitMs: 0, do: "kill", when: "afterCall", kind: "append", calls: 1, downMs: whole(next, 0, 500) };
      return [{ waitMs: 200, do: "lull" }, ...steps.slice(0, 1), kill, ...steps.slice(1)];
    },
  ],
  crown: [
    2,
    (dice) => {
      const { next, who, people } = dice;
      // While they come in, too.
      const command = { type: "crown", tag: dice.tag(), user: `u${who}`, isHost: next() < 0.5 } as const;
      const first = pick(next, ["reload", "rejoin", "cut"] as const);
      const isSlow = next() < 0.5;
      return [
        ...(isSlow ? [{ waitMs: 0, do: "slowDisk", ms: whole(next, 200, 600) } as const] : []),
        { waitMs: 0, do: first, who },
        { waitMs: whole(next, 0, isSlow ? 150 : 40), do: "send", who: next() < 0.5 ? 0 : (who + 1) % people, command },
      ];
    },
  ],
  // Who does not read misses who goes.
  goneUnseen: [
    1,
    (all) => {
      const dice = { ...all, who: guestOf(all.who) };
      const { next, who, people } = dice;
      return [
        { waitMs: 0, do: "presence", who: 0, x: whole(next, 0, 99) },
        { waitMs: 300, do: "stall", who, ms: whole(next, 2_500, 6_000) },
        rush({ ...dice, who: people - 1 }, 10, 12),
        { waitMs: 1_200, do: "leave", who: 0, ms: whole(next, 8_000, 20_000) },
        { waitMs: 5_000, do: "lull" },
      ];
    },
  ],
  // What somebody missed is more than their connection takes at once.
  troubleWhileBehind: [
    5,
    (all) => {
      const { next } = all;
      const who = guestOf(all.who);
      const dice = { ...all, who };
      const behind: readonly Step[] = [
        { waitMs: 0, do: "offline", who, ms: 400 },
        rush(dice, 100, whole(next, 17, 19)),
        { waitMs: 200, do: "narrow", who, bytesPerMs: 0.1 + 0.3 * next(), isNext: true },
      ];
      const fate = next();
      const waitMs = whole(next, 1_500, 6_000);
      if (fate < 0.2) return [...behind, { waitMs: whole(next, 250, 500), do: "silentUp", who }, { waitMs: 8_000, do: "lull" }];
      if (fate < 0.35) return [...behind, { waitMs: 250, do: "dropDown", who }, { waitMs: 14_000, do: "lull" }];
      if (fate < 0.5) return [...behind, ...kick(dice, waitMs)];
      if (fate < 0.65) return [...behind, ...revoke(dice, waitMs)];
      if (fate < 0.75) return [...behind, { waitMs, do: "leave", who, ms: 500 }];
      return [...behind, ...trouble(dice, next() < 0.5 ? whole(next, 250, 2_000) : whole(next, 2_000, 8_000))];
    },
  ],
  // Who may see something else now has not even got what they could see before.
  crownWhileBehind: [
    1,
    ({ next, who, tag }) => {
      const crown = (waitMs: number, isHost: boolean): Step => ({
        waitMs,
        do: "send",
        who: 0,
        command: { type: "crown", tag: tag(), user: `u${who}`, isHost },
      });
      return [
        { waitMs: 0, do: "narrow", who, bytesPerMs: 0.2 + 0.3 * next(), isNext: true },
        { waitMs: 10, do: "reload", who },
        crown(whole(next, 1_500, 4_000), true),
        crown(whole(next, 300, 1_500), false),
      ];
    },
  ],
  // Somebody who takes what there is, and reads nothing.
  leech: [
    2,
    (dice) => {
      const { next } = dice;
      const says = next() < 0.7 ? "hello" : "nothing";
      return [{ waitMs: 0, do: "leech", says }, ...(next() < 0.5 ? [rush(dice, 500, 12), { waitMs: 13_000, do: "lull" } as const] : [])];
    },
  ],
  // A network that comes and goes faster than a connection is made.
  flicker: [
    2,
    ({ next, who }) => Array.from({ length: 4 }, (): Step => ({ waitMs: whole(next, 2, 25), do: "offline", who, ms: whole(next, 1, 12) })),
  ],
  bornOffline: [
    2,
    ({ next, who }) => [
      ...(next() < 0.7 ? [{ waitMs: 0, do: "offline", who, ms: whole(next, 1, 60) } as const] : []),
      { waitMs: 0, do: "reload", who },
      { waitMs: whole(next, 0, 10), do: pick(next, ["offline", "offline", "leave"] as const), who, ms: whole(next, 1, 500) },
    ],
  ],
  // Again and again something is missing, or the whole state does not come: it is given up in the end, and tried again.
  gaps: [
    1,
    (dice) => {
      const { next, who } = dice;
      const gap = (waitMs: number): readonly Step[] => [{ waitMs, do: "dropDown", who }, set({ ...dice, who: 0 }, 0)];
      const lost: readonly Step[] = [
        { waitMs: 50, do: "dropSnapshots", who, times: whole(next, 1, 9) },
        ...gap(0),
        { waitMs: 100_000, do: "lull" },
      ];
      const often = Array.from({ length: 7 }, (_, i) => gap(i === 0 ? 100 : whole(next, 5_500, 7_000))).flat();
      return [...(next() < 0.5 ? lost : often), { waitMs: whole(next, 100, 3_000), do: next() < 0.7 ? "connect" : "rejoin", who }];
    },
  ],
} satisfies Readonly<Record<string, readonly [weight: number, make: Make]>>;
