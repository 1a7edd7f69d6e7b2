/** A machine's state nodes, and the few things asked of them. */
import type { AnyStateMachine, AnyStateNode, AnyTransitionDefinition } from "xstate";
import { isWildcardFor } from "../room/explain.ts";
import { nodesOf } from "../room/nodes.ts";

export const childrenOf = (node: AnyStateNode): readonly AnyStateNode[] => Object.values(node.states) as AnyStateNode[];
export const pathOf = (node: AnyStateNode): string => node.path.join(".");
/** For sentences. */
export const nameOf = (node: AnyStateNode): string => pathOf(node) || node.id;

/** All of a node's own transitions: by events, delayed, and eventless. */
export const transitionsOf = (node: AnyStateNode): readonly AnyTransitionDefinition[] => [
  ...[...node.transitions.values()].flat(),
  ...(node.always ?? []),
];
export const targetsOf = ({ target }: AnyTransitionDefinition): readonly AnyStateNode[] => (target ?? []) as readonly AnyStateNode[];

/** An exact event type, or one that `a.*` or `*` is for. */
export const isFor = (descriptor: string, type: string): boolean => descriptor === type || isWildcardFor(descriptor, type);

/** Whether this node itself has a transition for the event, guards aside. */
export const handles = (node: AnyStateNode, type: string): boolean =>
  [...node.transitions.keys()].some((descriptor) => isFor(descriptor, type));

const coreRegions = ["phase", "recording", "floor", "agenda"];
/** The regions of the meeting that this machine extends by a region `app`; none if it does not. */
export function coreOf({ root }: AnyStateMachine): readonly AnyStateNode[] {
  const isExtension = root.type === "parallel" && ["app", ...coreRegions].every((name) => root.states[name] !== undefined);
  const app = root.states["app"];
  return isExtension && app !== undefined && nodesOf(app).length > 1 ? coreRegions.map((name) => root.states[name] as AnyStateNode) : [];
}
