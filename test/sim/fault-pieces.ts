/** Parts of compound faults. From: people-faults.ts, server-faults.ts. */
import { type Dice, type Step, whole } from "./steps.ts";

export const pick = <T>(next: () => number, list: readonly T[]): T => list[whole(next, 0, list.length - 1)] as T;
export const downMs = (next: () => number) => whole(next, 0, 4_000);
export const set = ({ next, who, tag }: Dice, waitMs: number): Step => ({
  waitMs,
  do: "send",
  who,
  command: { type: "set", tag: tag(), field: "a", value: whole(next, 0, 99) },
});
const padding = "x".repeat(60);
/** Many at once: of somebody else than `who`. */
export const rush = ({ who, people, tag }: Dice, waitMs: number, commands: number): Step => ({
  waitMs,
  do: "flood",
  who: (who + 1) % people,
  commands: Array.from({ length: commands }, (_, i) => ({ type: "set", tag: `${tag()}.${padding}`, field: "b", value: i })),
});

/** The first one can take out all others. */
export const guestOf = (who: number): number => Math.max(1, who);

/** Takes somebody out, and lets them in again. */
export function kick({ next, who, tag }: Dice, waitMs: number): readonly Step[] {
  const out = guestOf(who);
  return [
    { waitMs, do: "send", who: 0, command: { type: "kick", tag: tag(), user: `u${out}` } },
    ...(next() < 0.3 ? [{ waitMs: whole(next, 20, 300), do: "leave", who: out, ms: whole(next, 0, 2_000) } as const] : []),
    { waitMs: whole(next, 0, 4_000), do: "connect", who: out },
    { waitMs: whole(next, 0, 2_000), do: "send", who: 0, command: { type: "pardon", tag: tag() } },
    { waitMs: 500, do: "connect", who: out },
  ];
}

export const revoke = ({ next, who }: Dice, waitMs: number): readonly Step[] => [
  { waitMs, do: "revoke", who },
  { waitMs: 0, do: "renew", who },
  { waitMs: whole(next, 100, 4_000), do: "readmit", who },
];

/** Whatever may happen to somebody who is about to be let in, or to be told what they missed. */
export function trouble(dice: Dice, waitMs: number): readonly Step[] {
  const { next, who } = dice;
  const one = pick(next, [
    "cut",
    "late",
    "reload",
    "rejoin",
    "silentUp",
    "silentUp",
    "leave",
    "offline",
    "kick",
    "crown",
    "revoke",
  ] as const);
  switch (one) {
    case "kick":
      return kick(dice, waitMs);
    case "crown":
      return [{ waitMs, do: "send", who: 0, command: { type: "crown", tag: dice.tag(), user: `u${who}`, isHost: next() < 0.5 } }];
    case "leave":
    case "offline":
      return [{ waitMs, do: one, who, ms: whole(next, 0, 2_000) }];
    case "revoke":
      return revoke(dice, waitMs);
    default:
      return [{ waitMs, do: one, who }];
  }
}
