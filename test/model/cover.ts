/**
 * Takes every transition of a machine for real: by the shortest route to it, each step caused from outside, never by an event sent to the actor.
 * What the real actor did has to be the route, step by step, and what each state promises has to hold wherever it comes to rest.
 */
import { expect } from "bun:test";
import { type Model, nameOf, type Transition } from "./explore.ts";

/** Does to the subject what makes `step` happen. `next` is what has to be possible after it, where something has to be prepared for that. */
export type Cause<S> = (subject: S, step: Transition, next: Transition | undefined) => Promise<void> | void;

export interface Plan<S> {
  readonly model: Model;
  /** In the initial state; `route` is what it will be put through. */
  start(route: readonly Transition[]): Promise<S>;
  /** What the real actor has done so far. */
  trail(subject: S): readonly Transition[];
  /** By `state · event`, or by event for all states that have no own. Without one, a transition is not tried. */
  readonly causes: Readonly<Record<string, Cause<S>>>;
  /** Whether `made` is what the machine's own actions led to after `before`, so that it may come at once and unasked. */
  isAnswer(before: Transition, made: Transition): boolean;
  /** false: the real thing never does `step` right after `before`, so a route has to go another way. */
  follows?(before: Transition, step: Transition): boolean;
  /** Expects what `state` promises: what others see of it. */
  promises(subject: S, state: string): Promise<void> | void;
}

export interface Report {
  /** `7 of 7 states, 38 of 48 transitions` */
  readonly summary: string;
  readonly missingStates: readonly string[];
  /** Never taken, by name. */
  readonly missing: readonly string[];
  /** One for each route that did not go as the model says. */
  readonly failures: readonly string[];
  /** Nothing is known to cause them, and yet they happened. */
  readonly surprises: readonly string[];
}

/** `pairs`: each transition also after each other that can come right before it, so that what a state remembers does not matter. */
export async function cover<S>(plan: Plan<S>, pairs = false): Promise<Report> {
  const { states, transitions, initial } = plan.model;
  const taken = new Set<string>();
  const seen: Transition[] = [];
  const known = new Set(transitions.flatMap((step) => [step.event, nameOf(step)]));
  const failures = Object.keys(plan.causes).flatMap((key) => (known.has(key) ? [] : [`no such transition: ${key}`]));
  const shortest = shortestRoutes(plan);
  const routes = [...shortest.values()].flatMap((route) => {
    const longer = pairs ? nextSteps(plan, route).map((step) => [...route, step]) : [];
    return longer.length > 0 ? longer : [route];
  });
  for (const route of routes) {
    const subject = await plan.start(route);
    try {
      await run(plan, subject, route);
      for (const step of route) taken.add(nameOf(step));
    } catch (error) {
      const did = plan.trail(subject).map(nameOf).join(" → ");
      failures.push(`${route.map(nameOf).join(" → ")}: ${String(error)}\nIt did: ${did}`);
    }
    seen.push(...plan.trail(subject));
  }
  const names = new Set(seen.map(nameOf));
  const seenStates = new Set([initial, ...seen.map(({ to }) => to)]);
  const withCause = new Set([...shortest.keys()].map(nameOf));
  return {
    summary: `${seenStates.size} of ${states.length} states, ${taken.size} of ${transitions.length} transitions`,
    missingStates: states.filter((state) => !seenStates.has(state)),
    missing: transitions.map(nameOf).filter((name) => !taken.has(name)),
    failures,
    surprises: [...names].filter((name) => !withCause.has(name)),
  };
}

/** All was taken, but for exactly what is known to be impossible: `unreachable` has the reason for each. */
export function expectComplete(report: Report, unreachable: Readonly<Record<string, string>>): void {
  const { failures, missingStates, missing, surprises } = report;
  expect(failures).toEqual([]);
  expect(missingStates).toEqual([]);
  expect([...missing].sort()).toEqual(Object.keys(unreachable).sort());
  expect(surprises).toEqual([]);
}

async function run<S>(plan: Plan<S>, subject: S, route: readonly Transition[]): Promise<void> {
  const { trail } = plan;
  await plan.promises(subject, plan.model.initial);
  for (const [i, step] of route.entries()) {
    if (trail(subject).length === i) await causeOf(plan, step)?.(subject, step, route[i + 1]);
    expect(trail(subject)[i], nameOf(step)).toEqual(step);
    const isAtRest = trail(subject).length === i + 1;
    if (isAtRest && i + 1 < route.length) await plan.promises(subject, step.to);
  }
  await plan.promises(subject, trail(subject).at(-1)?.to ?? plan.model.initial);
  const did = trail(subject);
  const unasked = did.slice(route.length).filter((made, i) => !plan.isAnswer(did[route.length + i - 1] as Transition, made));
  expect(unasked.map(nameOf), "it did more").toEqual([]);
}

const causeOf = <S>({ causes }: Plan<S>, step: Transition): Cause<S> | undefined => causes[nameOf(step)] ?? causes[step.event];

/** The shortest way to each transition that has a cause, itself the last step. */
function shortestRoutes<S>(plan: Plan<S>): Map<Transition, readonly Transition[]> {
  const found = new Map<Transition, readonly Transition[]>();
  const goOn = (route: readonly Transition[]) => {
    for (const step of nextSteps(plan, route)) if (!found.has(step)) found.set(step, [...route, step]);
  };
  goOn([]);
  // Breadth first: the map grows at its end while it is walked through.
  for (const route of found.values()) goOn(route);
  return found;
}

function nextSteps<S>(plan: Plan<S>, route: readonly Transition[]): Transition[] {
  const { initial, transitions } = plan.model;
  const before = route.at(-1);
  const from = before?.to ?? initial;
  const isNext = (step: Transition) => step.from === from && causeOf(plan, step) !== undefined;
  return transitions.filter((step) => isNext(step) && (before === undefined || (plan.follows?.(before, step) ?? true)));
}
