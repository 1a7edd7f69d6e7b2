/**
 * What runs beside a state and goes with it into another version of its machine: timers and services. From: migrate.ts.
 * As the states say it: what an active state waits for goes on, or begins now if it is new; what a state that is left waited for ends.
 */
import {
  type AnyActorLogic,
  type AnyActorScope,
  type AnyMachineSnapshot,
  type AnyStateMachine,
  type AnyStateNode,
  createActor,
  type EventObject,
} from "xstate";
import type { Stamp } from "./commands.ts";
import type { OldState } from "./define-room.ts";
import { acceptedIn } from "./explain.ts";
import { isWithin, nodesOf } from "./nodes.ts";
import { systemBy } from "./op.ts";
import type { Timer } from "./timers.ts";

export interface Fresh {
  /** The migrated state, still without timers and services. */
  readonly snapshot: AnyMachineSnapshot;
  readonly scope: AnyActorScope;
  /** What is new begins now, ms since the Unix epoch. */
  readonly now: number;
}

type After = AnyStateNode["after"][number];

/** `wanted`: id → due. Throws where one is of no state of this machine, since it would be lost without a word. */
export function carriedTimers({ snapshot, scope, now }: Fresh, before: readonly Timer[], wanted: OldState["timers"]): readonly Timer[] {
  if (snapshot.status !== "active") return [];
  const machine = snapshot.machine as AnyStateMachine;
  const known = new Map(before.map((timer) => [timer.id, timer]));
  const waiting = Map.groupBy(
    activeNodes(snapshot).flatMap(({ after }) => after),
    ({ eventType }) => eventType as string,
  );
  const kept = Object.entries(wanted).flatMap(([id, dueAt]): Timer[] => {
    if (waiting.has(id)) return [{ id, event: { type: id }, dueAt }];
    const isAfter = id.startsWith("xstate.after.");
    const event = isAfter ? { type: id } : known.get(id)?.event;
    if (event === undefined || acceptedIn(machine, event.type).length === 0)
      throw new Error(`the timer '${id}' is of no state of this version: rename it in migrate's \`timers\`, or leave it out there`);
    return isAfter ? [] : [{ id, event, dueAt }]; // its state is not active, and leaving a state ends its timers
  });
  const has = new Set(kept.map(({ id }) => id));
  const begun = [...waiting].flatMap(([id, afters]): Timer[] =>
    has.has(id) || !surelyLeaves(afters) ? [] : [{ id, event: { type: id }, dueAt: now + delayOf(afters, snapshot, scope, now) }],
  );
  return [...kept, ...begun];
}

/** If it had fired, its state would have been left: so it is new. Where it may have fired and the state stayed, nobody can tell. */
function surelyLeaves(afters: readonly After[]): boolean {
  const last = afters.findIndex(({ guard }) => guard === undefined);
  const leaves = ({ target, reenter, source }: After): boolean =>
    target !== undefined && (reenter || target.some((node) => !isWithin(node, source)));
  return last >= 0 && afters.slice(0, last + 1).every(leaves);
}

function delayOf([after]: readonly After[], { context, machine }: AnyMachineSnapshot, { self }: AnyActorScope, now: number): number {
  const delay: unknown = after?.delay;
  const found: unknown = typeof delay === "string" ? machine.implementations.delays[delay] : delay;
  const ms: unknown = typeof found === "function" ? found({ context, event: entering(now), self }) : found;
  if (typeof ms !== "number" || !Number.isFinite(ms)) throw new Error(`the delay '${String(delay)}' gives ${String(ms)}`);
  return ms;
}

/** What delays and inputs see as the event, where a state has been entered before this version was there. */
const entering = (now: number): EventObject & Stamp => ({ type: "xstate.init", at: now, id: "migration", by: systemBy });

/** As xstate persists a child. */
export interface PersistedService {
  readonly src: string;
  readonly snapshot: unknown;
  readonly syncSnapshot?: boolean;
}
export type PersistedServices = Readonly<Record<string, PersistedService>>;

/** Throws where a new one cannot be begun: its input fails, say. */
export function carriedServices({ snapshot, scope, now }: Fresh, before: PersistedServices): PersistedServices {
  if (snapshot.status !== "active") return {};
  const machine = snapshot.machine as AnyStateMachine;
  const { actors } = machine.implementations;
  const invokes = activeNodes(snapshot).flatMap(({ invoke }) => invoke);
  const spawnable = new Set(spawnedBy(machine));
  const spawned = Object.entries(before).filter(([id, { src }]) => spawnable.has(id) && Object.hasOwn(actors, src));
  const invoked = invokes.map(({ id, src, input, onSnapshot }): readonly [string, PersistedService] => {
    const running = before[id];
    if (running !== undefined && running.src === src) return [id, running];
    const logic = actors[src as string] as AnyActorLogic | undefined;
    if (logic === undefined) throw new Error(`there is no service '${String(src)}'`);
    const given: unknown =
      typeof input === "function" ? input({ context: snapshot.context, event: entering(now) as never, self: scope.self }) : input;
    const child = createActor(logic, { id, src: src as string, parent: scope.self, input: given });
    return [id, { src: src as string, snapshot: child.getPersistedSnapshot(), syncSnapshot: onSnapshot !== undefined }];
  });
  return Object.fromEntries([...spawned, ...invoked]);
}

/** No state ends those. What is spawned inside `enqueueActions` or `assign` cannot be seen. */
function spawnedBy(machine: AnyStateMachine): readonly string[] {
  const ran = nodesOf(machine.root).flatMap(({ entry, exit, transitions, always = [] }) => [
    ...entry,
    ...exit,
    ...[...[...transitions.values()].flat(), ...always].flatMap(({ actions }) => actions),
  ]);
  return [...ran, ...Object.values(machine.implementations.actions)].flatMap((action: unknown) => {
    const { type, id } = (typeof action === "function" ? action : {}) as { readonly type?: unknown; readonly id?: unknown };
    return type === "xstate.spawnChild" ? [String(id)] : [];
  });
}

const activeNodes = (snapshot: AnyMachineSnapshot): readonly AnyStateNode[] => snapshot._nodes as readonly AnyStateNode[];
