/**
 * Which guards decided about a command, what each said, and what it read: the walk of explain.ts, with every guard noted.
 * From: explained.ts. Guards are pure, so asking them again tells what they told then; one that fails ends the walk, as it did then.
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
  let failed = false;
  const machine = snapshot.machine as AnyStateMachine;
  const noted = (name: string, guard: Guard): Guard => {
    return (_, params) => {
      reads.clear();
      const watched = { context: reads.of(snapshot.context, "context"), event: reads.of(event, "event") };
      const note = { state, guard: name, ...(params === undefined ? {} : { params }) };
      try {
        guard(watched, reads.of(params, "params"));
      } catch {
        // What it read up to there is noted; whether it fails is seen below.
      }
      try {
        // Asked on the values themselves, as when it decided: no way to tell them from watched ones can turn what is said here.
        const holds = Boolean(guard({ context: snapshot.context, event }, params));
        asked.push({ ...note, holds, reads: reads.list() });
        return holds;
      } catch (error) {
        failed = true;
        asked.push({ ...note, holds: false, failure: messageOf(error), reads: reads.list() });
        throw error;
      }
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
  try {
    offer(machine.root, snapshot.value as StateValue);
  } catch (error) {
    // One that has no name, or what makes a guard's params.
    if (!failed) asked.push({ state, guard: "(unnamed)", holds: false, failure: messageOf(error), reads: [] });
  }
  return asked;
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
