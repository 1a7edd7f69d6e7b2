/**
 * The durable core of a room: what the journal's ops add up to. The owner moves it forward op by op; load, the check of
 * a snapshot and (later) followers move it by `replay`. Both decide by the same step, so both get the same bytes (L7).
 */
import type { AnyActorRef, AnyActorScope, AnyMachineSnapshot, AnyStateMachine, EventObject } from "xstate";
import { type Op, stampId } from "./op.ts";
import { initialStep, isIgnored, type StampedEvent, type Step, step } from "./step.ts";
import { type Timer, TimerTable } from "./timers.ts";

export interface DomainState {
  readonly rev: number;
  /** The last op's time, ms since the Unix epoch. */
  readonly at: number;
  readonly snapshot: AnyMachineSnapshot;
  readonly timers: TimerTable;
}

/** A domain state as it stands in a journal's snapshot: plain JSON. */
export interface DomainRecord {
  readonly at: number;
  readonly machine: unknown;
  readonly timers: readonly Timer[];
}

export type Decision =
  | { readonly kind: "taken"; readonly state: DomainState; readonly step: Step }
  | { readonly kind: "ignored" }
  | { readonly kind: "threw"; readonly error: unknown };

export const stampEvent = (op: Op): StampedEvent => ({ ...op.event, at: op.at, id: stampId(op), by: op.by });

/** Would the machine take this op now? Nothing has happened yet when this returns. */
export function decide(machine: AnyStateMachine, before: DomainState, op: Op, scope: AnyActorScope): Decision {
  if (before.snapshot.status !== "active") return { kind: "ignored" };
  try {
    const made = step(machine, before.snapshot, stampEvent(op), scope, op.rev);
    if (isIgnored(before.snapshot, made)) return { kind: "ignored" };
    const timers = op.timer === undefined ? before.timers : before.timers.without(op.timer);
    const left = made.snapshot.status === "active" ? timers.with(made.timers, op.at) : timers.none();
    if (made.snapshot.children !== before.snapshot.children) noteServices(made.snapshot);
    return { kind: "taken", step: made, state: { rev: op.rev, at: op.at, snapshot: made.snapshot, timers: left } };
  } catch (error) {
    return { kind: "threw", error };
  }
}

/** Joins, leaves and fired timers are ops even if the machine takes no notice of them, or fails on them: the roster and the timers need them. */
export const isAlwaysAnOp = (op: Op): boolean =>
  op.timer !== undefined || op.event.type === "participant.joined" || op.event.type === "participant.left";

export const keep = (before: DomainState, op: Op): DomainState => ({
  rev: op.rev,
  at: op.at,
  snapshot: before.snapshot,
  timers: op.timer === undefined ? before.timers : before.timers.without(op.timer),
});

/** An op that once was accepted must be accepted again. Anything else means that the machine is not the one that wrote it, or is not deterministic. */
export class ReplayError extends Error {
  override readonly name = "ReplayError";
  readonly rev: number;
  constructor(op: Op, options?: ErrorOptions) {
    super(`rev ${op.rev} ('${op.event.type}') was accepted once, but this machine does not take it`, options);
    this.rev = op.rev;
  }
}

/** `onCues` gets what the op emits again: nobody is told twice, but what it asked of the room may still have to be done. */
export function replay(
  machine: AnyStateMachine,
  before: DomainState,
  op: Op,
  scope: AnyActorScope,
  onCues?: (cues: readonly EventObject[]) => void,
): DomainState {
  if (op.rev !== before.rev + 1) throw new Error(`replay of rev ${op.rev} after rev ${before.rev}`);
  const decision = decide(machine, before, op, scope);
  if (decision.kind === "taken") {
    onCues?.(decision.step.cues);
    return decision.state;
  }
  if (isAlwaysAnOp(op)) return keep(before, op);
  throw new ReplayError(op, decision.kind === "threw" ? { cause: decision.error } : undefined);
}

export function initialDomain(
  machine: AnyStateMachine,
  input: { id: string; at: number },
  scope: AnyActorScope,
  timersMax: number,
): { state: DomainState; step: Step } {
  const made = initialStep(machine, input, scope);
  const timers = new TimerTable([], timersMax).with(made.timers, input.at);
  noteServices(made.snapshot);
  return { step: made, state: { rev: 0, at: input.at, snapshot: made.snapshot, timers } };
}

/** How each service began. Where it has got to is not of the state: it may have been stopped by an op that is not durable. */
const beginnings = new WeakMap<AnyActorRef, unknown>();

/** Of a snapshot whose services have not started yet. */
export function noteServices({ children }: AnyMachineSnapshot): void {
  for (const service of Object.values(children as Record<string, AnyActorRef>))
    if (!beginnings.has(service)) beginnings.set(service, plain(service.getPersistedSnapshot()));
}

/** Services stand in it as they began: whoever loads it invokes them again. */
export function recordDomain(machine: AnyStateMachine, { at, snapshot, timers }: DomainState): DomainRecord {
  const persisted = machine.getPersistedSnapshot(snapshot) as unknown as { readonly children: Record<string, object> };
  const children = Object.entries(persisted.children).map(([id, child]) => [
    id,
    { ...child, snapshot: beginnings.get(snapshot.children[id] as AnyActorRef) },
  ]);
  return { at, machine: plain({ ...persisted, children: Object.fromEntries(children) }), timers: timers.list() };
}

/** A copy: xstate shares references between a persisted snapshot and the context. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

export function restoreDomain(
  machine: AnyStateMachine,
  rev: number,
  record: DomainRecord,
  scope: AnyActorScope,
  timersMax: number,
): DomainState {
  // A clone, since xstate writes into what it restores.
  const snapshot = machine.restoreSnapshot(
    structuredClone(record.machine) as Parameters<AnyStateMachine["restoreSnapshot"]>[0],
    scope,
  ) as AnyMachineSnapshot;
  if (snapshot.status === "error") throw snapshot.error;
  noteServices(snapshot);
  return { rev, at: record.at, snapshot, timers: new TimerTable(record.timers, timersMax) };
}

/** What two equal domain states have in common, as text. Services are compared by name: how far one has got is not state. */
export const fingerprint = ({ snapshot, timers }: Pick<DomainState, "snapshot" | "timers">): string =>
  JSON.stringify([
    snapshot.value,
    snapshot.context,
    snapshot.status,
    historyIds(snapshot),
    Object.keys(snapshot.children).sort(),
    timers.list().map(({ id, event, dueAt }) => [id, event.type, dueAt]),
  ]);

/** History as state node ids, the form in which it travels and is compared. */
export const historyIds = (snapshot: AnyMachineSnapshot): Record<string, string[]> =>
  Object.fromEntries(
    Object.entries(snapshot.historyValue as Record<string, readonly { id: string }[]>).map(([key, nodes]) => [
      key,
      nodes.map(({ id }) => id),
    ]),
  );
