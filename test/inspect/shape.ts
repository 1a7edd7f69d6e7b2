/** A machine's structure as plain data, read from its StateNodes, so that two machines can be compared. */
import type { AnyStateMachine, AnyStateNode, AnyTransitionDefinition } from "xstate";
import { guardText } from "../../src/room/guard-text.ts";
import type { GuardRef } from "../../src/room/guards.ts";
import { nodesOf } from "../../src/room/nodes.ts";

export const shapeOf = ({ root }: AnyStateMachine) => nodesOf(root).map(nodeShape);
export const idsOf = ({ root }: AnyStateMachine): readonly string[] => nodesOf(root).map(({ id }) => id);

function nodeShape(node: AnyStateNode) {
  const { id, key, type, history, tags, description, initial, entry, exit, invoke, transitions, always } = node;
  return {
    id,
    key,
    type,
    // Not told, it is shallow.
    history: type !== "history" ? undefined : history || "shallow",
    remembered: type === "history" ? historyTargets(node) : undefined,
    tags,
    description,
    initial: [idsAt(initial.target), names(initial.actions)],
    entry: names(entry),
    exit: names(exit),
    invoke: invoke.map((one) => [one.id, String(one.src).startsWith("xstate.invoke.") ? "(unnamed)" : one.src]),
    // By descriptor: within one, the order is the order in which xstate asks.
    transitions: Object.fromEntries([...transitions].map(([descriptor, given]) => [descriptor, given.map(transitionShape)])),
    always: (always ?? []).map(transitionShape),
  };
}

const transitionShape = (transition: AnyTransitionDefinition) => ({
  event: transition.eventType,
  delay: (transition as { readonly delay?: unknown }).delay,
  targets: transition.target === undefined ? undefined : idsAt(transition.target),
  guard: transition.guard === undefined ? undefined : guardText(transition.guard as GuardRef),
  actions: names(transition.actions),
  reenter: transition.reenter,
  description: transition.description,
});

const idsAt = (nodes: unknown): readonly string[] => ((nodes ?? []) as readonly AnyStateNode[]).map(({ id }) => id);

/** As xstate finds them: relative to the parent. */
function historyTargets({ config, parent, machine }: AnyStateNode): readonly string[] {
  const { target = [] } = config as { readonly target?: string | readonly string[] };
  return [target].flat().map((path) => machine.getStateNodeById(path.startsWith("#") ? path : `#${parent?.id}.${path}`).id);
}

type Named = string | { readonly type?: string; readonly id?: unknown; readonly sendId?: unknown };
const names = (actions: readonly unknown[]): readonly string[] => (actions as readonly Named[]).map(name);
function name(action: Named): string {
  if (typeof action === "string") return action;
  // The timers of `after` are xstate's own actions, with an id that says when and where: the same in both.
  const timer = action.id ?? action.sendId;
  if (typeof timer === "string" && timer.startsWith("xstate.after.")) return timer;
  return action.type === undefined ? "(unnamed)" : action.type.replace(/^xstate\.(\w+)$/, "($1)");
}
