/**
 * One transition of a domain machine, decided purely: the next snapshot, and what would have to be done about it.
 * From: hosted.ts (the owner, live) and replay.ts (what is already decided). Nothing here touches a socket, a disk or a clock.
 */
import { type ActorScope, type AnyActorScope, type AnyMachineSnapshot, type AnyStateMachine, createActor, type EventObject } from "xstate";
import type { Stamp } from "./commands.ts";

export type StampedEvent = EventObject & Stamp;

export type TimerChange =
  | { readonly kind: "set"; readonly id: string; readonly event: EventObject; readonly delayMs: number }
  | { readonly kind: "cancel"; readonly id: string };

export interface Step {
  readonly snapshot: AnyMachineSnapshot;
  /** To run after the commit, in order (L3). What they return may be a promise: an action that is `async`. */
  readonly effects: readonly (() => unknown)[];
  /** To run at once: a stopped child's late result must not reach its successor of the same id. */
  readonly stops: readonly (() => void)[];
  readonly timers: readonly TimerChange[];
  /** What the machine emitted. */
  readonly cues: readonly EventObject[];
}

/** The machine's own "no": a step with the same snapshot that also asks for nothing. */
export const isIgnored = (before: AnyMachineSnapshot, step: Step): boolean =>
  step.snapshot === before && step.effects.length === 0 && step.timers.length === 0 && step.cues.length === 0;

/** Throws what a guard or an action threw, also where xstate turns an unhandled service error into a state `error`. */
export function step(machine: AnyStateMachine, before: AnyMachineSnapshot, event: StampedEvent, scope: AnyActorScope, rev: number): Step {
  return collect(scope, rev, (collecting) =>
    stamped(machine, event, () => machine.transition(before, event, collecting) as AnyMachineSnapshot),
  );
}

/** The next snapshot alone, where nothing is to be done about it: in a client. `before` itself if the machine does not take the event. */
export function advance(
  machine: AnyStateMachine,
  before: AnyMachineSnapshot,
  event: StampedEvent,
  inert: AnyActorScope,
): AnyMachineSnapshot {
  const snapshot = stamped(machine, event, () => machine.transition(before, event, inert) as AnyMachineSnapshot);
  if (snapshot.status === "error") throw snapshot.error;
  return snapshot;
}

export function initialStep(machine: AnyStateMachine, input: unknown, scope: AnyActorScope): Step {
  return collect(scope, 0, (collecting) => machine.getInitialSnapshot(collecting, input) as AnyMachineSnapshot);
}

/** A scope in which nothing can happen: for replay, prediction and the second run of an op. */
export function inertScope(machine: AnyStateMachine, input: unknown): AnyActorScope {
  const self = createActor(machine, { input });
  const nothing = () => undefined;
  const scope: ActorScope<AnyMachineSnapshot, EventObject> = {
    self: self as unknown as ActorScope<AnyMachineSnapshot, EventObject>["self"],
    id: "inert",
    sessionId: "inert",
    logger: nothing,
    defer: nothing,
    emit: nothing,
    system: self.system,
    stopChild: nothing,
    actionExecutor: nothing,
  };
  return scope as AnyActorScope;
}

function collect(scope: AnyActorScope, rev: number, run: (collecting: AnyActorScope) => AnyMachineSnapshot): Step {
  const effects: (() => unknown)[] = [];
  const stops: (() => void)[] = [];
  const timers: TimerChange[] = [];
  const cues: EventObject[] = [];
  let resolving = true;
  const { self, id, sessionId, logger, emit, system, stopChild } = scope;
  const collecting: AnyActorScope = {
    self,
    id,
    sessionId,
    logger,
    emit,
    system,
    stopChild,
    // `assign({spawn})` defers while the transition is being worked out: held back. Effects defer while they run: done.
    defer: (fn) => (resolving ? void effects.push(fn) : fn()),
    actionExecutor: (action) => {
      // xstate's union of executable actions lacks cancel, stopChild and emit.
      const { type, params, info, exec } = action as unknown as ExecutableAction;
      if (type === "xstate.emit") cues.push(params?.event as EventObject);
      else if (type === "xstate.stopChild") stops.push(() => exec?.(info, params));
      else if (type === "xstate.cancel") timers.push({ kind: "cancel", id: String(params?.sendId) });
      else if (type === "xstate.raise") {
        if (typeof params?.delay !== "number") return; // an undelayed raise is part of this very step
        const event = params.event as EventObject;
        timers.push({ kind: "set", id: params.id ?? `timer.${rev}.${timers.length}`, event, delayMs: params.delay });
      } else if (exec) effects.push(() => exec(info, params));
    },
  };
  try {
    const snapshot = run(collecting);
    if (snapshot.status === "error") throw snapshot.error;
    return { snapshot, effects, stops, timers, cues };
  } finally {
    resolving = false;
  }
}

interface ExecutableAction {
  readonly type: string;
  readonly params: { event?: unknown; delay?: unknown; id?: string; sendId?: unknown } | undefined;
  readonly info: unknown;
  readonly exec?: ((info: unknown, params: unknown) => unknown) | undefined;
}

/**
 * Raised events and `done.state` carry no stamp of their own: they get the current op's.
 * xstate asks `getTransitionData` about every event before it is used, so that is where they get it.
 */
function stamped<T>(machine: AnyStateMachine, event: StampedEvent, run: () => T): T {
  if (!stamping.has(machine)) {
    stamping.add(machine);
    const select = machine.getTransitionData;
    machine.getTransitionData = function (this: AnyStateMachine, snapshot: AnyMachineSnapshot, inner: EventObject) {
      if (current !== undefined && inner !== current) Object.assign(inner, { at: current.at, id: current.id, by: current.by });
      return select.call(this, snapshot, inner);
    } as typeof select;
  }
  const outer = current;
  current = event;
  try {
    return run();
  } finally {
    current = outer;
  }
}
const stamping = new WeakSet<AnyStateMachine>();
let current: StampedEvent | undefined;
