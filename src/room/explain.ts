/**
 * Why a machine takes an event, or does not: the walk that xstate makes to select transitions, with its reasons kept.
 * From: verdict.ts, and apps that want the bare explanation. Nothing is changed, no action runs.
 */
import type { AnyMachineSnapshot, AnyStateMachine, AnyStateNode, AnyTransitionDefinition, EventObject, StateValue } from "xstate";
import { type Blame, type GuardRef, judge } from "./guards.ts";

export type Explanation =
  | { readonly verdict: "allowed" }
  /** A guard asks for a value that is hidden here; only the server can tell. */
  | { readonly verdict: "unknown" }
  | ({ readonly verdict: "refused" } & Refused);
export type Refused =
  | { readonly code: "command" }
  | { readonly code: "done" }
  /** Possible in another state: paths such as `live.recording`, in document order. */
  | { readonly code: "state"; readonly acceptedIn: readonly string[] }
  /** This active state takes the event in order to do nothing, and so keeps it from the states around it. */
  | { readonly code: "forbidden"; readonly forbiddenBy: string }
  /** `all`: every transition that was refused, innermost first; `blame` is the one to tell of. */
  | { readonly code: "guard"; readonly blame: Blame; readonly all: readonly Blame[] };

/**
 * `allowed` promises a transition, not a change: a transition may lead back to where it began.
 * `known` says which event types exist; without it, a type that no state takes counts as unknown. Throws what a guard throws.
 */
export function explain(snapshot: AnyMachineSnapshot, event: EventObject, known?: (type: string) => boolean): Explanation {
  if (known?.(event.type) === false) return { verdict: "refused", code: "command" };
  if (snapshot.status !== "active") return { verdict: "refused", code: "done" };
  const machine = snapshot.machine as AnyStateMachine;
  const walk = new Walk(snapshot, event);
  walk.offer(machine.root, snapshot.value as StateValue);
  if (walk.allowed) return { verdict: "allowed" };
  if (walk.unknown) return { verdict: "unknown" };
  if (walk.forbiddenBy !== undefined) return { verdict: "refused", code: "forbidden", forbiddenBy: stateName(walk.forbiddenBy) };
  const blamed = walk.blamed.find(({ exact }) => exact) ?? walk.blamed[0];
  if (blamed !== undefined) return { verdict: "refused", code: "guard", blame: blamed.blame, all: walk.blamed.map(({ blame }) => blame) };
  const names = acceptedIn(machine, event.type);
  if (known === undefined && names.length === 0) return { verdict: "refused", code: "command" };
  return { verdict: "refused", code: "state", acceptedIn: names };
}

/** Innermost states first, all regions, ancestors only if nothing below took the event. */
class Walk {
  allowed = false;
  unknown = false;
  forbiddenBy: AnyStateNode | undefined;
  /** `exact`: the transition names the event, and is no wildcard. */
  readonly blamed: { readonly blame: Blame; readonly exact: boolean }[] = [];
  readonly #snapshot: AnyMachineSnapshot;
  readonly #event: EventObject;

  constructor(snapshot: AnyMachineSnapshot, event: EventObject) {
    this.#snapshot = snapshot;
    this.#event = event;
  }

  /** Whether this node or one below takes the event. */
  offer(node: AnyStateNode, value: StateValue): boolean {
    let taken = false;
    for (const [key, inner] of typeof value === "string" ? [[value, {}] as const] : Object.entries(value)) {
      const child = node.states[key];
      if (child !== undefined && inner !== undefined && this.offer(child, inner)) taken = true;
    }
    return taken || this.#select(node);
  }

  #select(node: AnyStateNode): boolean {
    for (const transition of candidates(node, this.#event.type)) {
      const guard = transition.guard as GuardRef | undefined;
      const judgement = guard === undefined ? ({ truth: true } as const) : judge(guard, this.#snapshot, this.#event);
      if (judgement.truth === false) {
        this.blamed.push({ blame: judgement.blame, exact: transition.eventType === this.#event.type });
        continue;
      }
      if (judgement.truth === undefined) this.unknown = true;
      else if (leadsAnywhere(transition)) this.allowed = true;
      else this.forbiddenBy ??= node;
      return true;
    }
    return false;
  }
}

const leadsAnywhere = ({ target, actions }: AnyTransitionDefinition): boolean => target !== undefined || actions.length > 0;

/** Where the event would be taken, guards aside. */
export const acceptedIn = cached((machine: AnyStateMachine, type: string): readonly string[] => {
  const takes = (node: AnyStateNode): boolean => candidates(node, type).some(leadsAnywhere);
  const visit = (node: AnyStateNode): readonly string[] => [
    ...(takes(node) ? [stateName(node)] : []),
    ...Object.values(node.states).flatMap((child) => visit(child as AnyStateNode)),
  ];
  return visit(machine.root);
});

/** xstate's order: the event's own name, then wildcards, the longest first. */
export const candidates = cached((node: AnyStateNode, type: string): readonly AnyTransitionDefinition[] => {
  const wildcards = [...node.transitions.keys()]
    .filter((descriptor) => descriptor !== type && isWildcardFor(descriptor, type))
    .sort((a, b) => b.length - a.length);
  return [type, ...wildcards].flatMap((descriptor) => node.transitions.get(descriptor) ?? []);
});

/** `a.*` is also for `a` itself. */
export const isWildcardFor = (descriptor: string, type: string): boolean =>
  descriptor === "*" || (descriptor.endsWith(".*") && `${type}.`.startsWith(descriptor.slice(0, -1)));

export const stateName = (node: AnyStateNode): string => (node.path.length > 0 ? node.path.join(".") : node.id);

/** Per machine or node and event type. Types are few where `known` guards the entrance; xstate itself keeps as much. */
function cached<Key extends object, Value>(make: (key: Key, type: string) => Value): (key: Key, type: string) => Value {
  const perKey = new WeakMap<Key, Map<string, Value>>();
  return (key, type) => {
    let values = perKey.get(key);
    if (values === undefined) {
      values = new Map();
      perKey.set(key, values);
    }
    let value = values.get(type);
    if (value === undefined) {
      value = make(key, type);
      values.set(type, value);
    }
    return value;
  };
}
