/**
 * A machine as a Mermaid state diagram: what moves it from state to state. What changes the context alone is in the table of commands.
 * From: check-machine.ts. To: readme.ts.
 */
import type { AnyStateMachine, AnyStateNode, AnyTransitionDefinition } from "xstate";
import { type GuardShape, guardShape } from "../room/guard-text.ts";
import type { GuardRef } from "../room/guards.ts";
import { isWithin, nodesOf } from "../room/nodes.ts";
import { childrenOf, pathOf, targetsOf, transitionsOf } from "./nodes.ts";

/** `moved`: what was seen to move, as `<state> <event type> <state>`. */
export function chartOf({ root }: AnyStateMachine, moved: ReadonlySet<string>): string {
  const edges = new Map<string, string[]>();
  for (const node of nodesOf(root)) {
    for (const transition of transitionsOf(node)) {
      for (const target of targetsOf(transition)) {
        for (const from of sourcesOf(node, transition, target, moved)) {
          const key = `${idOf(from)} --> ${idOf(target)}`;
          edges.set(key, [...(edges.get(key) ?? []), labelOf(transition)]);
        }
      }
    }
  }
  const lines = childrenOf(root).length === 0 ? [`state "${root.id}" as ${idOf(root)}`] : bodyOf(root, edges);
  return ["stateDiagram-v2", ...indented(lines)].join("\n");
}

/** A transition to a state within its own source is drawn from those states below that it was seen to start from. */
function sourcesOf(
  node: AnyStateNode,
  { eventType }: AnyTransitionDefinition,
  target: AnyStateNode,
  moved: ReadonlySet<string>,
): readonly AnyStateNode[] {
  if (target === node || !isWithin(target, node)) return [node];
  const ways = [...moved].map((way) => way.split(" "));
  return childrenOf(node).filter((child) =>
    ways.some(([from = "", type, to = ""]) => type === eventType && isAtOrBelow(from, pathOf(child)) && isAtOrBelow(to, pathOf(target))),
  );
}
const isAtOrBelow = (path: string, outer: string): boolean => path === outer || path.startsWith(`${outer}.`);

function bodyOf(node: AnyStateNode, edges: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const blocks = childrenOf(node).map((child) => {
    const inner = childrenOf(child).length === 0 ? [] : bodyOf(child, edges);
    const name = `state "${child.key}" as ${idOf(child)}`;
    return inner.length === 0 ? [name] : [`${name} {`, ...indented(inner), "}"];
  });
  if (node.type === "parallel") {
    // One box around the regions, since Mermaid divides boxes only.
    const regions = blocks.flatMap((block, i) => (i === 0 ? block : ["--", ...block]));
    return node.parent === undefined ? [`state "${node.id}" as ${idOf(node)} {`, ...indented(regions), "}"] : regions;
  }
  const first = node.type === "compound" ? targetsOf(node.initial) : [];
  const within = childrenOf(node);
  const drawn = [...edges].filter(([edge]) => within.some((child) => edge.startsWith(`${idOf(child)} -->`)));
  return [
    ...blocks.flat(),
    ...first.map((child) => `[*] --> ${idOf(child)}`),
    ...drawn.map(([edge, labels]) => `${edge} : ${[...new Set(labels)].join("<br/>")}`),
    ...within.filter(({ type }) => type === "final").map((child) => `${idOf(child)} --> [*]`),
  ];
}

const idOf = (node: AnyStateNode): string => [node.machine.id, ...node.path].join("_").replaceAll(/\W/g, "_");
const indented = (lines: readonly string[]): readonly string[] => lines.map((line) => `  ${line}`);

function labelOf({ eventType, guard }: AnyTransitionDefinition): string {
  const [, delay] = /^xstate\.after\.([^.]+)\./.exec(eventType) ?? [];
  const [, ending, service] = /^xstate\.(done|error)\.actor\.(.+)$/.exec(eventType) ?? [];
  const event =
    delay !== undefined
      ? `after ${/^\d+$/.test(delay) ? `${delay} ms` : delay}`
      : service !== undefined
        ? `${service} ${ending === "done" ? "is done" : "fails"}`
        : eventType.startsWith("xstate.done.state.")
          ? "is done"
          : eventType || "at once";
  return guard === undefined ? event : `${event} [${guardLabel(guardShape(guard as GuardRef))}]`;
}

/** Shorter than a guard's one name: a label has little room. */
function guardLabel(guard: GuardShape): string {
  switch (guard.kind) {
    case "named":
      return guard.name;
    case "and":
      return guard.parts.map(guardLabel).join(", ");
    case "or":
      return guard.parts.map(guardLabel).join(" or ");
    case "not":
      return `not ${guardLabel(guard.part)}`;
    case "stateIn":
    case "unnamed":
      return "in a state";
  }
}
