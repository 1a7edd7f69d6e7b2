/** The steps of a simulated run, as plain data. From: plan.ts and faults.ts, which make them. To: run.ts, which does them. */
import type { NodeDeed, NodeFault } from "../cluster/sim/steps.ts";
import type { ArenaCommand } from "./arena.ts";
import type { Damage } from "./damage.ts";
import type { CallKind } from "./disk.ts";

/** `of`: the fault that it is, or that begins with it. */
export type Step = { readonly waitMs: number; readonly of?: Fault } & (Deed | NodeDeed);
type Deed =
  | { readonly do: "send"; readonly who: number; readonly command: ArenaCommand }
  | { readonly do: "flood"; readonly who: number; readonly commands: readonly ArenaCommand[] }
  | { readonly do: "presence"; readonly who: number; readonly x: number }
  | { readonly do: Cutting; readonly who: number }
  | { readonly do: "tear"; readonly who: number; readonly after: number; readonly isNext: boolean }
  | { readonly do: "stall" | "offline" | "leave"; readonly who: number; readonly ms: number }
  | { readonly do: "noAnswer"; readonly who: number; readonly to: "connect" | "hello" }
  | { readonly do: "dropSnapshots"; readonly who: number; readonly times: number }
  | { readonly do: "narrow"; readonly who: number; readonly bytesPerMs: number; readonly isNext: boolean }
  | { readonly do: "skewClient"; readonly who: number; readonly ms: number }
  | { readonly do: "visit"; readonly ms: number; readonly says: "bye" | "nothing" }
  | { readonly do: "impostor"; readonly who: number }
  | {
      readonly do: "kill";
      readonly when: "now" | "beforeCall" | "afterCall";
      readonly kind?: CallKind;
      readonly calls: number;
      readonly downMs: number;
      readonly loss?: Loss;
    }
  | { readonly do: "upgrade"; readonly downMs: number }
  | { readonly do: "stop"; readonly downMs: number; readonly killAfterMs?: number }
  /** `after`: so many writes are well before it. */
  | { readonly do: "diskFault"; readonly error: "eioBefore" | "eioAfter" | "full"; readonly after?: number }
  | { readonly do: "diskFull" | "slowDisk" | "downgrade" | "brokenView"; readonly ms: number }
  | { readonly do: "readFails" | "backUp" | "lull" }
  | { readonly do: "leech"; readonly says: "hello" | "nothing" }
  | { readonly do: "jumpClock"; readonly ms: number }
  | { readonly do: "freeze"; readonly ms: number }
  | { readonly do: "revoke" | "readmit" | "renew" | "connect"; readonly who: number };
export type Cutting =
  | "cut"
  | "silentUp"
  | "silentDown"
  | "dropDown"
  | "dropAck"
  | "dropUp"
  | "repeatUp"
  | "reload"
  | "rejoin"
  | "late"
  | "noAddress";
export type Loss = "rollBack" | Damage;
/** What a run may have; each is one step, or some. */
export type FaultName =
  | Exclude<Deed["do"], "send" | "presence" | "backUp" | "visit" | "readmit" | "connect" | "rejoin" | "leech">
  | Compound
  | `loss.${Loss}`
  | "slowStorage"
  | "slowHook"
  | "throwingHook"
  | "oldClient"
  | "newClient"
  | "driftedClient";
/** The others are of several nodes. */
export type Fault = FaultName | NodeFault;

/** Some steps that only together are a fault, or are one at the wrong moment. */
export type Compound =
  | "dropLast"
  | "reloadMidSave"
  | "visitor"
  | "kick"
  | "crown"
  | "killAtCall"
  | "killInRecovery"
  | "stopInTrouble"
  | "troubleInCommit"
  | "troubleWhileBehind"
  | "commitFails"
  | "placeTaken"
  | "timerReset"
  | "goneUnseen"
  | "crownWhileBehind"
  | "emptied"
  | "leech"
  | "flicker"
  | "bornOffline"
  | "gaps";

export interface Dice {
  readonly next: () => number;
  /** Whom it meets. */
  readonly who: number;
  readonly people: number;
  /** For commands that are part of it. */
  readonly tag: () => string;
}
export type Make = (dice: Dice) => readonly Step[];

/** Both ends included. */
export const whole = (next: () => number, min: number, max: number): number => min + Math.floor(next() * (max - min + 1));
