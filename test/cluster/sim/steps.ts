/** What may happen to the nodes of a simulated run, their log and their net, as plain data. From: faults.ts. To: run.ts, which does it. */
import type { CallKind, Fault as LogFault } from "../../support/shared-log.ts";

/** By its place, or by what it is just now: it decides the room, or it does not. */
export type Target = number | "owner" | "other";
export type Cut = "all" | "log" | "net";

export type NodeDeed =
  /** Its process ends; another one, with another id, takes its place. */
  | { readonly do: "killNode"; readonly at: Target; readonly downMs: number }
  /** As at SIGTERM. */
  | { readonly do: "drainNode"; readonly at: Target; readonly downMs: number; readonly killAfterMs?: number }
  /** As at SIGSTOP. */
  | { readonly do: "pauseNode"; readonly at: Target; readonly ms: number }
  | { readonly do: "cutNode"; readonly at: Target; readonly from: Cut; readonly ms: number }
  /** Its next call of that kind, after so many. */
  | {
      readonly do: "logFault";
      readonly at: Target;
      readonly kind: CallKind;
      readonly after: number;
      readonly fault: LogFault;
      /** Its process ends when the call has had its effect. */
      readonly dies?: true;
    }
  /** Calls take up to so long, each way. */
  | { readonly do: "slowLog"; readonly ms: number; readonly upToMs: number }
  /** What followers are told live is lost, by this share, or late. */
  | { readonly do: "liveTrouble"; readonly ms: number; readonly lost: number; readonly upToMs: number }
  | { readonly do: "slowNet"; readonly ms: number; readonly upToMs: number }
  | { readonly do: "lossyNet"; readonly ms: number; readonly lost: number }
  /** The last ops of the log are damaged. */
  | { readonly do: "loseEnd"; readonly ops: number }
  /** Somebody comes to another node. `unseen`: the one before does not notice yet. */
  | { readonly do: "move"; readonly who: number; readonly to: number; readonly unseen: boolean };

/** What a run may have. */
export type NodeFault =
  | Exclude<NodeDeed["do"], "cutNode">
  | `cutNode.${Cut}`
  | "lateWrite"
  | "takeoverFails"
  | "killInTakeover"
  | "splitBrain"
  | "pingPong"
  | "joinInTakeover"
  | "refusedThenMoved"
  | "emptyNodes";
