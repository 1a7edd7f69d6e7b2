/** What stands on an arrow. From: model.ts. */
import type { AnyTransitionDefinition } from "xstate";

/** A guard of a definition is a name; its machine knows no functions. */
const guardOf = ({ guard }: AnyTransitionDefinition): string =>
  guard === undefined ? "" : typeof guard === "string" ? guard : "type" in guard ? String(guard.type) : "a guard";

/** `after 15000 ms`, `raiseHand [isLive]`, `recorder fails`. */
export function labelOf(transition: AnyTransitionDefinition): string {
  const guard = guardOf(transition);
  return guard === "" ? eventWords(transition.eventType) : `${eventWords(transition.eventType)} [${guard}]`;
}

export function eventWords(type: string): string {
  if (type === "") return "always";
  if (type === "*") return "any event";
  const [, delay] = /^xstate\.after\.([^.]+)\./.exec(type) ?? [];
  if (delay !== undefined) return `after ${/^\d+$/.test(delay) ? `${delay} ms` : delay}`;
  const [, what, service] = /^xstate\.(done\.actor|error\.actor|snapshot)\.(.+)$/.exec(type) ?? [];
  if (service !== undefined) return `${service} ${what === "done.actor" ? "is done" : what === "snapshot" ? "has news" : "fails"}`;
  return type.startsWith("xstate.done.state.") ? "is done" : type;
}

/** Actions by name; xstate's own, which arm and cancel what `after` needs, are left out. */
export const actionNames = (actions: readonly unknown[]): readonly string[] =>
  actions.flatMap((action) => {
    if (typeof action === "string") return [action];
    return typeof action === "object" && action !== null && "type" in action ? [String(action.type)] : [];
  });
