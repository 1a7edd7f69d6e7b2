/** Why a command was refused, told from the state that decided. From: admin-api.ts. To: the inspector's page. */
import type { AnyMachineSnapshot } from "xstate";
import { parseCommand } from "../room/commands.ts";
import type { AnyRoomType } from "../room/define-room.ts";
import { stampEvent } from "../room/domain.ts";
import { acceptedIn } from "../room/explain.ts";
import { verdict } from "../room/verdict.ts";
import type { Explained } from "./api.ts";
import { guardsAsked } from "./guards-asked.ts";
import type { KeptRefusal } from "./refusals.ts";

/** `state`: the room right before the command; or, as a sentence, why it cannot be had. */
export function explained(
  def: AnyRoomType,
  { message, reason, event }: KeptRefusal,
  state: { readonly snapshot: AnyMachineSnapshot; readonly at: number } | string,
): Explained {
  const { by, seq, rev, code, guard } = message;
  const base = { ...message, reason, command: event, acceptedIn: acceptedIn(def.machine, event.type) };
  const stamp = (at: number) => {
    const { id } = stampEvent({ rev: rev + 1, at, who: 0, by, seq, event });
    return { at, id, by };
  };
  if (typeof state === "string") return { ...base, stamp: stamp(message.at), value: {}, guards: [], note: state };
  const { snapshot } = state;
  const at = Math.max(state.at, message.at);
  const shown = { ...base, stamp: stamp(at), value: snapshot.value };
  const parsed = seq === 0 ? { ok: true as const, event } : parseCommand(def.commands, event);
  if (!parsed.ok) return { ...shown, guards: [] };
  const stamped = { ...parsed.event, ...stamp(at) };
  const again = verdict(def, snapshot, stamped);
  // What was decided and never became durable is not in the journal: then that rev is another state by now.
  const same =
    code === "noEffect" || code === "internal" || (again.verdict === "refused" && again.code === code && guardOf(again) === guard);
  if (!same)
    return {
      ...shown,
      guards: [],
      note: "The state that decided was never made durable: what the journal has of that rev decides otherwise.",
    };
  return { ...shown, guards: guardsAsked(snapshot, stamped) };
}

const guardOf = (refused: object): string | undefined =>
  "guard" in refused && typeof refused.guard === "string" ? refused.guard : undefined;
