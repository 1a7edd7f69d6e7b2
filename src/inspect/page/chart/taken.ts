/** Which boxes are active in a state value, and which arrows and lines a step has taken. From: chart-view.tsx. */
import type { AnyStateMachine, AnyStateNode, StateValue } from "xstate";
import { isWildcardFor } from "../../../room/explain.ts";
import { type Arrow, boxesOf, type ChartModel } from "./model.ts";

/** Ids of state nodes. Names that the machine has not are left out: the value may be another version's. */
export function activeIn({ root }: AnyStateMachine, value: StateValue | undefined): ReadonlySet<string> {
  const active = new Set<string>();
  const visit = (node: AnyStateNode | undefined, inner: StateValue | undefined): void => {
    if (node === undefined) return;
    active.add(node.id);
    if (typeof inner === "string") visit(node.states[inner], undefined);
    else for (const [key, below] of Object.entries(inner ?? {})) visit(node.states[key], below);
  };
  if (value !== undefined) visit(root, value);
  return active;
}

const takes = (descriptor: string, event: string): boolean =>
  descriptor === event || (descriptor !== "" && isWildcardFor(descriptor, event));

/**
 * A snapshot does not say which transition was taken, so this is what fits: its event is this one, its source was active, its target is.
 * What follows by itself (`always`, `onDone`) is taken if its source was left. Of lines, those of the event in active boxes.
 */
export function takenBy(model: ChartModel, before: ReadonlySet<string>, after: ReadonlySet<string>, event: string): ReadonlySet<string> {
  const fits = ({ from, to, labels }: Arrow): boolean => {
    if (!after.has(to)) return false;
    if (before.has(from) && labels.some((label) => takes(label.event, event))) return true;
    const isLeft = before.has(from) && !after.has(from);
    return isLeft && !before.has(to) && labels.some((label) => label.event === "" || label.event.startsWith("xstate.done.state."));
  };
  const taken = new Set(model.arrows.filter(fits).map(({ id }) => id));
  for (const { id, lines } of boxesOf(model.root))
    if (before.has(id) && after.has(id)) for (const line of lines) if (takes(line.event, event)) taken.add(line.id);
  return taken;
}

/** The innermost active states as paths, for words: `phase.live, floor.free`. */
export function leavesOf(value: StateValue | undefined): readonly string[] {
  if (value === undefined) return [];
  if (typeof value === "string") return [value];
  return Object.entries(value).flatMap(([key, inner]) => {
    const below = leavesOf(inner);
    return below.length === 0 ? [key] : below.map((path) => `${key}.${path}`);
  });
}
