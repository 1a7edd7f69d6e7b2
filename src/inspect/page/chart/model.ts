/**
 * A machine as what a chart shows: boxes, arrows, and lines inside the boxes for what moves nothing.
 * From: a definition (ActorMessage). To: graph.ts, which gives sizes; taken.ts, which lights it. No guard and no action ever runs.
 */
import { type AnyStateMachine, type AnyStateNode, type AnyTransitionDefinition, createMachine } from "xstate";
import { isWithin, nodesOf } from "../../../room/nodes.ts";
import { actionNames, labelOf } from "./words.ts";

export type BoxType = "atomic" | "compound" | "parallel" | "final" | "history";
/** A transition without a target: `on chat.send [mayChat]`. */
export interface BoxLine {
  readonly id: string;
  readonly text: string;
  readonly event: string;
  readonly actions: readonly string[];
}
export interface Box {
  /** The state node's id. */
  readonly id: string;
  readonly name: string;
  readonly type: BoxType;
  /** One of several that are active together. */
  readonly isRegion: boolean;
  readonly isDeep: boolean;
  readonly entry: readonly string[];
  readonly exit: readonly string[];
  readonly invokes: readonly string[];
  readonly lines: readonly BoxLine[];
  readonly children: readonly Box[];
  /** Where the dot in this box leads to. */
  readonly initial: readonly string[];
  /** Arrows begin at `any state` in here: they lead from this box to what is within it. */
  readonly hasAny: boolean;
  readonly description: string | undefined;
}
export interface ArrowLabel {
  readonly text: string;
  readonly event: string;
  readonly actions: readonly string[];
}
/** All transitions from one state to another. */
export interface Arrow {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  /** `to` is within `from`. */
  readonly isInward: boolean;
  readonly labels: readonly ArrowLabel[];
}
export interface ChartModel {
  readonly machine: AnyStateMachine;
  readonly root: Box;
  readonly arrows: readonly Arrow[];
}

/** No event is called so: nothing lights an arrow that is no transition. */
const never = " ";

/** Throws what `createMachine` throws on a definition that is none. */
export function chartModel(definition: string): ChartModel {
  const machine = createMachine(JSON.parse(definition)) as unknown as AnyStateMachine;
  const arrows = new Map<string, Arrow & { readonly labels: ArrowLabel[] }>();
  const draw = (from: AnyStateNode, to: AnyStateNode, label: ArrowLabel): void => {
    const id = `${from.id} → ${to.id}`;
    const arrow = arrows.get(id) ?? { id, from: from.id, to: to.id, isInward: from !== to && isWithin(to, from), labels: [] };
    arrow.labels.push(label);
    arrows.set(id, arrow);
  };
  for (const node of nodesOf(machine.root)) {
    for (const transition of transitionsOf(node)) {
      for (const target of (transition.target ?? []) as readonly AnyStateNode[]) {
        const text = `${labelOf(transition)}${transition.reenter && node === target ? " ↻" : ""}`;
        draw(node, target, { text, event: transition.eventType, actions: actionNames(transition.actions) });
      }
    }
    for (const target of fallbacksOf(node)) draw(node, target, { text: "by default", event: never, actions: [] });
  }
  const list = [...arrows.values()];
  return { machine, root: boxOf(machine.root, list), arrows: list };
}

function boxOf(node: AnyStateNode, arrows: readonly Arrow[]): Box {
  return {
    id: node.id,
    name: node.key,
    type: node.type,
    isRegion: node.parent?.type === "parallel",
    isDeep: node.history === "deep",
    entry: actionNames(node.entry),
    exit: actionNames(node.exit),
    invokes: node.invoke.map(({ id, src }) => nameOfService(id, src)),
    lines: transitionsOf(node).flatMap((transition, i) => (transition.target === undefined ? [lineOf(node, transition, i)] : [])),
    children: (Object.values(node.states) as readonly AnyStateNode[]).map((child) => boxOf(child, arrows)),
    initial: node.type === "compound" ? (node.initial.target as readonly AnyStateNode[]).map(({ id }) => id) : [],
    hasAny: arrows.some(({ from, isInward }) => isInward && from === node.id),
    description: node.description,
  };
}

function lineOf(node: AnyStateNode, transition: AnyTransitionDefinition, index: number): BoxLine {
  const actions = actionNames(transition.actions);
  const word = transition.actions.length === 0 ? "never" : "on";
  const text = transition.eventType === "" ? labelOf(transition) : `${word} ${labelOf(transition)}`;
  return { id: `${node.id} · ${index}`, text, event: transition.eventType, actions };
}

/** By events, delayed, and eventless. */
const transitionsOf = (node: AnyStateNode): readonly AnyTransitionDefinition[] => [
  ...[...node.transitions.values()].flat(),
  ...(node.always ?? []),
];

/** Where a history state leads while there is no history; xstate keeps it as it was written. */
function fallbacksOf(node: AnyStateNode): readonly AnyStateNode[] {
  const written = (node.config as { readonly target?: string | readonly string[] }).target;
  if (node.type !== "history" || written === undefined || node.parent === undefined) return [];
  return [written]
    .flat()
    .map((target) =>
      target.startsWith("#")
        ? (node.machine as AnyStateMachine).getStateNodeById(target.slice(1))
        : target.split(".").reduce((at, key) => at.states[key] ?? at, node.parent as AnyStateNode),
    );
}

/** An id that xstate made up says nothing to people. */
const nameOfService = (id: string, src: unknown): string => {
  const name = typeof src === "string" ? src : "a service";
  return id === name || /^\d+\./.test(id) ? name : `${id}: ${name}`;
};

/** All boxes, outer ones first. */
export const boxesOf = (box: Box): readonly Box[] => [box, ...box.children.flatMap(boxesOf)];
