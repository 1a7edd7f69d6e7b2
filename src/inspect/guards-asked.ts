/**
 * Which guards decided about a command, what each said, and what it read: the walk of explain.ts, with every guard noted.
 * From: explained.ts. Guards are pure, so asking them again tells what they told then.
 */
import type { AnyMachineSnapshot, AnyStateMachine, AnyStateNode, EventObject, StateValue } from "xstate";
import { candidates, stateName } from "../room/explain.ts";
import { type GuardRef, judge } from "../room/guards.ts";
import type { Explained } from "./api.ts";
import { Reads } from "./reads.ts";

type Asked = Explained["guards"][number];
type Guard = (args: { readonly context: unknown; readonly event: unknown }, params: unknown) => unknown;

export function guardsAsked(snapshot: AnyMachineSnapshot, event: EventObject): readonly Asked[] {
  const asked: Asked[] = [];
  const reads = new Reads();
  let state = "";
  const machine = snapshot.machine as AnyStateMachine;
  const noted = (name: string, guard: Guard): Guard => {
    return (_, params) => {
      reads.clear();
      const args = { context: reads.of(snapshot.context, "context"), event: reads.of(event, "event") };
      const holds = Boolean(guard(args, params));
      asked.push({ state, guard: name, ...(params === undefined ? {} : { params }), holds, reads: reads.list() });
      return holds;
    };
  };
  const guards = Object.entries(machine.implementations.guards as Readonly<Record<string, Guard & { readonly check?: unknown }>>);
  // Combinations stay as they are: their parts are noted.
  const noting = guards.map(([name, guard]) => [
    name,
    guard.check === undefined && typeof guard === "function" ? noted(name, guard) : guard,
  ]);
  const watched = Object.create(snapshot, {
    machine: {
      value: Object.create(machine, { implementations: { value: { ...machine.implementations, guards: Object.fromEntries(noting) } } }),
    },
  }) as AnyMachineSnapshot;

  /** As in explain.ts: innermost states first, all regions, ancestors only if nothing below took the event. */
  const offer = (node: AnyStateNode, value: StateValue): boolean => {
    let taken = false;
    for (const [key, inner] of typeof value === "string" ? [[value, {}] as const] : Object.entries(value)) {
      const child = node.states[key];
      if (child !== undefined && inner !== undefined && offer(child, inner)) taken = true;
    }
    if (taken) return true;
    state = stateName(node);
    return candidates(node, event.type).some(
      ({ guard }) => guard === undefined || judge(guard as GuardRef, watched, event).truth !== false,
    );
  };
  offer(machine.root, snapshot.value as StateValue);
  return asked;
}
