/** What a machine can do: every state and every transition that exploring it finds. And what its real actors do, told in the same words. */
import type { AnyMachineSnapshot, AnyStateMachine, EventObject, StateValue } from "xstate";
import { adjacencyMapToArray, getAdjacencyMap, getStateNodes } from "xstate/graph";

/** One state and one thing that can happen in it. Where a guard decides, each outcome is a transition of its own. */
export interface Transition {
  readonly from: string;
  readonly event: string;
  readonly to: string;
}
export const nameOf = ({ from, event }: Transition): string => `${from} · ${event}`;

export interface Words {
  /** A state for each state value; more than one where the context decides what happens next. */
  readonly stateOf: (snapshot: AnyMachineSnapshot) => string;
  readonly eventOf: (event: EventObject) => string;
}

export interface Model extends Words {
  readonly initial: string;
  readonly states: readonly string[];
  readonly transitions: readonly Transition[];
}

/** `samples`: at least one event of each type that the machine knows, more where its fields matter to a guard. Delayed transitions are found by themselves. */
export function explore(machine: AnyStateMachine, samples: readonly EventObject[], words: Partial<Words> = {}, input?: unknown): Model {
  const { stateOf = placeOf, eventOf = typeOf } = words;
  const types: string[] = machine.events;
  const delayed = types.filter((type) => type.startsWith("xstate.")).map((type) => ({ type }));
  const unknown = types.filter((type) => !type.startsWith("xstate.") && !samples.some((sample) => sample.type === type));
  if (unknown.length > 0) throw new Error(`no sample of ${unknown.join(", ")}`);
  const map = getAdjacencyMap<AnyMachineSnapshot, EventObject, unknown>(machine, {
    input,
    events: [...samples, ...delayed],
    filterEvents: (snapshot, event) => snapshot.can(event),
    serializeState: stateOf,
    stopWhen: ({ status }) => status !== "active",
    limit: 10_000,
  });
  const steps = adjacencyMapToArray(map);
  const [first] = steps;
  if (first === undefined) throw new Error("a machine in which nothing can happen");
  const snapshots = [first.state, ...steps.map(({ nextState }) => nextState)];
  const reached = new Set(snapshots.flatMap(({ _nodes }) => _nodes.map(({ id }: { id: string }) => id)));
  const dead = getStateNodes(machine).filter(({ id }) => !reached.has(id));
  if (dead.length > 0) throw new Error(`no event leads to ${dead.map(({ id }) => id).join(", ")}`);
  return {
    stateOf,
    eventOf,
    initial: stateOf(first.state),
    states: [...new Set(snapshots.map(stateOf))],
    transitions: steps.map(({ state, event, nextState }) => ({ from: stateOf(state), event: eventOf(event), to: stateOf(nextState) })),
  };
}

/** Records what the actors of this logic do, where XState itself asks it; an event that a state takes no notice of is none. Until disposed. */
export function follow(logic: AnyStateMachine, { stateOf, eventOf }: Words, heard: (made: Transition, actor: object) => void): Disposable {
  const { transition } = logic;
  logic.transition = (snapshot, event, scope) => {
    const isTaken = event.type !== "xstate.stop" && snapshot.can(event);
    const after = transition(snapshot, event, scope);
    if (isTaken) heard({ from: stateOf(snapshot), event: eventOf(event), to: stateOf(after) }, scope.self);
    return after;
  };
  return {
    [Symbol.dispose]: () => {
      logic.transition = transition;
    },
  };
}

/** For code that gives a machine its actions anew for each actor: one trail for each, in order. Until disposed. */
export function followAll(machine: AnyStateMachine, words: Words): Disposable & { readonly trails: readonly (readonly Transition[])[] } {
  const trails: Transition[][] = [];
  const following = followProvided(machine, words, () => {
    const trail: Transition[] = [];
    trails.push(trail);
    return (made) => trail.push(made);
  });
  return { trails, [Symbol.dispose]: () => following[Symbol.dispose]() };
}

/** Whatever gives this machine its actions from now on: `begin` says who hears of it. Until disposed. */
export function followProvided(machine: AnyStateMachine, words: Words, begin: () => (made: Transition) => void): Disposable {
  const { provide } = machine;
  machine.provide = (implementations) => {
    const provided = provide.call(machine, implementations);
    follow(provided, words, begin());
    return provided;
  };
  return {
    [Symbol.dispose]: () => {
      machine.provide = provide;
    },
  };
}

/** `delta.live` */
export const pathOf = (value: StateValue): string =>
  typeof value === "string"
    ? value
    : Object.entries(value)
        .map(([key, inner]) => (inner === undefined ? key : `${key}.${pathOf(inner)}`))
        .join(" & ");
const placeOf = ({ value }: AnyMachineSnapshot): string => pathOf(value);

/** `after idleTime` for a delayed transition */
const typeOf = ({ type }: EventObject): string => type.replace(/^xstate\.after\.(\w+)\..*$/, "after $1");
