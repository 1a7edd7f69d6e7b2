/** What happens in one simulated run, as plain data: made of a seed, kept when it fails, cut down to what it needs. */
import { random } from "../../src/testing/random.ts";
import type { ArenaCommand } from "./arena.ts";

export type Step = { readonly waitMs: number } & (
  | { readonly do: "send"; readonly who: number; readonly command: ArenaCommand }
  | { readonly do: "presence"; readonly who: number; readonly x: number }
  | { readonly do: Cutting; readonly who: number }
  | { readonly do: "stall" | "offline"; readonly who: number; readonly ms: number }
  | { readonly do: "skewClient"; readonly who: number; readonly ms: number }
  | {
      readonly do: "kill";
      readonly when: "now" | "beforeCall" | "afterCall";
      readonly calls: number;
      readonly downMs: number;
      readonly loss?: Loss;
    }
  | { readonly do: "stop"; readonly downMs: number; readonly killAfterMs?: number }
  | { readonly do: "diskFault"; readonly fault: "eioBefore" | "eioAfter" | "full" }
  | { readonly do: "diskFull"; readonly ms: number }
  | { readonly do: "readFails" | "backUp" }
  | { readonly do: "jumpClock"; readonly ms: number }
  | { readonly do: "freeze"; readonly ms: number }
  | { readonly do: "revoke" | "readmit" | "renew"; readonly who: number }
);
type Cutting = "cut" | "silentUp" | "silentDown" | "dropDown" | "repeatUp" | "reload" | "leave" | "late";
export type Loss = "rollBack" | "lostEnd" | "bitFlip";
export type FaultName =
  | Exclude<Step["do"], "send" | "presence" | "backUp">
  | `loss.${Loss}`
  | "killInRecovery"
  | "slowHook"
  | "throwingHook"
  | "oldClient";

export interface Plan {
  readonly seed: number;
  readonly secret: boolean;
  readonly people: number;
  /** Which faults this run may have. */
  readonly faults: readonly FaultName[];
  readonly steps: readonly Step[];
}

type Make = (next: () => number, who: number) => readonly Step[];
const whole = (next: () => number, min: number, max: number) => min + Math.floor(next() * (max - min + 1));
const one =
  (what: Cutting | "revoke" | "readmit" | "renew"): Make =>
  (_, who) => [{ waitMs: 0, do: what, who } as Step];
const downMs = (next: () => number) => whole(next, 0, 4_000);
const loss =
  (loss: Loss): Make =>
  (next) => [{ waitMs: 0, do: "kill", when: "now", calls: 0, downMs: downMs(next), loss }];

/** How often, beside each other, and what. */
const makers: Readonly<Record<FaultName, readonly [weight: number, make: Make]>> = {
  cut: [4, one("cut")],
  silentUp: [2, one("silentUp")],
  silentDown: [2, one("silentDown")],
  late: [2, one("late")],
  dropDown: [2, one("dropDown")],
  repeatUp: [3, one("repeatUp")],
  reload: [3, one("reload")],
  leave: [2, one("leave")],
  stall: [2, (next, who) => [{ waitMs: 0, do: "stall", who, ms: whole(next, 500, 40_000) }]],
  offline: [2, (next, who) => [{ waitMs: 0, do: "offline", who, ms: whole(next, 100, 20_000) }]],
  skewClient: [1, (next, who) => [{ waitMs: 0, do: "skewClient", who, ms: whole(next, -3_600_000, 3_600_000) }]],
  kill: [
    3,
    (next) => [
      {
        waitMs: 0,
        do: "kill",
        when: (["now", "beforeCall", "afterCall"] as const)[whole(next, 0, 2)] ?? "now",
        calls: whole(next, 1, 4),
        downMs: downMs(next),
      },
    ],
  ],
  killInRecovery: [
    1,
    (next) => [
      { waitMs: 0, do: "kill", when: "now", calls: 0, downMs: 0 },
      { waitMs: 1, do: "kill", when: next() < 0.5 ? "beforeCall" : "afterCall", calls: whole(next, 1, 5), downMs: downMs(next) },
    ],
  ],
  stop: [1, (next) => [{ waitMs: 0, do: "stop", downMs: downMs(next), ...(next() < 0.4 ? { killAfterMs: whole(next, 0, 60) } : {}) }]],
  diskFault: [
    3,
    (next) => [{ waitMs: 0, do: "diskFault", fault: (["eioBefore", "eioAfter", "full"] as const)[whole(next, 0, 2)] ?? "full" }],
  ],
  diskFull: [1, (next) => [{ waitMs: 0, do: "diskFull", ms: whole(next, 500, 20_000) }]],
  readFails: [
    1,
    (next) => [
      { waitMs: 0, do: "readFails" },
      { waitMs: 0, do: "kill", when: "now", calls: 0, downMs: downMs(next) },
    ],
  ],
  "loss.rollBack": [1, loss("rollBack")],
  "loss.lostEnd": [1, loss("lostEnd")],
  "loss.bitFlip": [1, loss("bitFlip")],
  jumpClock: [1, (next) => [{ waitMs: 0, do: "jumpClock", ms: whole(next, -3_600_000, 3_600_000) }]],
  freeze: [1, (next) => [{ waitMs: 0, do: "freeze", ms: whole(next, 500, 30_000) }]],
  revoke: [
    1,
    (next, who) => [
      { waitMs: 0, do: "revoke", who },
      { waitMs: whole(next, 100, 9_000), do: "readmit", who },
    ],
  ],
  readmit: [0, one("readmit")],
  renew: [1, one("renew")],
  slowHook: [0, () => []],
  throwingHook: [0, () => []],
  oldClient: [0, () => []],
};
export const faultNames = Object.keys(makers) as readonly FaultName[];

/** About `ops` commands, with faults among them that the seed picks: never all, so that none hides what another would show. */
export function makePlan(seed: number, ops: number): Plan {
  const next = random(seed);
  const faults = faultNames.filter(() => next() < 0.4);
  const people = whole(next, 2, 4);
  const calm = next() < 0.1; // a run without any
  const chances = calm ? [] : faults.flatMap((name) => Array.from({ length: makers[name][0] }, () => name));
  const faultShare = 0.02 + next() * 0.08;
  const steps: Step[] = [];
  let tags = 0;
  while (tags < ops) {
    const waitMs = next() < 0.6 ? whole(next, 0, 15) : next() < 0.9 ? whole(next, 15, 300) : whole(next, 300, 4_000);
    const who = whole(next, 0, people - 1);
    if (next() < faultShare && chances.length > 0) {
      const name = chances[whole(next, 0, chances.length - 1)] as FaultName;
      const [first, ...rest] = makers[name][1](next, who);
      if (first !== undefined) steps.push({ ...first, waitMs }, ...rest);
    } else if (next() < 0.05) steps.push({ waitMs, do: "presence", who, x: whole(next, 0, 99) });
    else if (next() < 0.01) steps.push({ waitMs, do: "backUp" });
    else steps.push({ waitMs, do: "send", who, command: someCommand(next, `t${seed}.${tags++}`) });
  }
  return { seed, secret: next() < 0.3, people, faults: calm ? [] : faults, steps };
}

function someCommand(next: () => number, tag: string): ArenaCommand {
  const dice = next();
  if (dice < 0.25) return { type: "add", tag, n: next() < 0.3 ? -whole(next, 1, 9) : whole(next, 1, 9) };
  if (dice < 0.4) return { type: "set", tag, field: next() < 0.5 ? "a" : "b", value: whole(next, 0, 99) };
  if (dice < 0.52) return { type: "take", tag };
  if (dice < 0.62) return { type: "drop", tag };
  if (dice < 0.76) return { type: "item", tag };
  if (dice < 0.82) return { type: "light", tag };
  if (dice < 0.87) return { type: "work", tag };
  if (dice < 0.92) return { type: "shout", tag };
  if (dice < 0.98) return { type: "whisper", tag, text: `taint ${tag}` };
  return { type: "fail", tag };
}
