/**
 * What people see: the confirmed state with everything pending replayed on it, in order, by the same machine.
 * From: client-room.ts, whenever either of the two moved. Nothing is decided here; the server has the last word.
 */
import type { AnyActorScope, AnyMachineSnapshot } from "xstate";
import { share } from "../protocol/share.ts";
import type { AnyRoomType } from "../room/define-room.ts";
import { stampEvent } from "../room/domain.ts";
import { explain } from "../room/explain.ts";
import { HiddenError } from "../room/secret.ts";
import { advance } from "../room/step.ts";
import type { Entry } from "./pending.ts";

export interface Sender {
  readonly user: string;
  /** The roster's; the domain's own word comes before it. */
  readonly role: string;
  readonly client: string;
  readonly who: number;
}

export interface Confirmed {
  readonly snapshot: AnyMachineSnapshot;
  readonly rev: number;
  readonly scope: AnyActorScope;
}

/**
 * The view; notes in each entry whether the view shows it. `before` is the view until now: unchanged parts keep its references.
 * A command that the machine does not take now, or that depends on what is hidden, is left out until the room has decided.
 */
export function predict(
  def: AnyRoomType,
  confirmed: Confirmed,
  entries: readonly Entry[],
  sender: Sender | undefined,
  before: AnyMachineSnapshot,
  onTrouble: (error: unknown) => void,
): AnyMachineSnapshot {
  let snapshot = confirmed.snapshot;
  for (const entry of entries) {
    entry.predicted = false;
    if (sender === undefined || snapshot.status !== "active") continue;
    const { user, client, who } = sender;
    const by = { user, role: def.role?.(snapshot.context, user) ?? sender.role, client };
    const rev = confirmed.rev + 1;
    try {
      const event = stampEvent({ rev, at: entry.at, who, by, seq: entry.seq, event: entry.event });
      // A guard that asks for what is hidden says neither yes nor no, which only `explain` can tell.
      if (def.view !== undefined && explain(snapshot, event).verdict === "unknown") continue;
      const next = advance(def.machine, snapshot, event, confirmed.scope);
      entry.predicted = next !== snapshot;
      snapshot = next;
    } catch (error) {
      if (!(error instanceof HiddenError) && !entry.failed) onTrouble(error);
      entry.failed = true;
    }
  }
  if (snapshot === confirmed.snapshot) return snapshot;
  const context = share(before.context, snapshot.context);
  return context === snapshot.context ? snapshot : ({ ...snapshot, context } as AnyMachineSnapshot);
}
