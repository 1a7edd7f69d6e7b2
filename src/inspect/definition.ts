/**
 * A machine as JSON text of a configuration that `createMachine` takes: its states and transitions, with names in place of functions.
 * From: the recorder, studio.ts. To: whoever watches, so nothing is read here but structure and names: no context, params, input, output, meta,
 * and no event's payload.
 */
import type { AnyStateMachine, AnyStateNode, AnyTransitionDefinition } from "xstate";
import { guardText } from "../room/guard-text.ts";
import type { GuardRef } from "../room/guards.ts";

interface TransitionJson {
  readonly target?: string | readonly string[];
  readonly guard?: { readonly type: string };
  readonly actions?: readonly string[];
  readonly reenter?: true;
  readonly description?: string;
}
type Transitions = TransitionJson | readonly TransitionJson[];
type ByName = Readonly<Record<string, Transitions>>;

interface InvokeJson {
  readonly src: string;
  readonly id: string;
  readonly onDone?: Transitions;
  readonly onError?: Transitions;
  readonly onSnapshot?: Transitions;
}

interface NodeJson {
  readonly id?: string;
  readonly description?: string;
  readonly type?: "parallel" | "final" | "history";
  readonly history?: "shallow" | "deep";
  /** Of a history state: where it leads the first time. */
  readonly target?: string | readonly string[];
  readonly tags?: readonly string[];
  readonly initial?: string | Pick<TransitionJson, "target" | "actions" | "description">;
  readonly entry?: readonly string[];
  readonly exit?: readonly string[];
  readonly invoke?: readonly InvokeJson[];
  readonly on?: ByName;
  readonly after?: ByName;
  readonly always?: Transitions;
  readonly onDone?: Transitions;
  readonly states?: Readonly<Record<string, NodeJson>>;
}

const definitions = new WeakMap<AnyStateMachine, string>();

/** Made once per machine. Targets are absolute, so that each part can be read by itself. */
export function definitionOf(machine: AnyStateMachine): string {
  let definition = definitions.get(machine);
  if (definition === undefined) {
    definition = JSON.stringify(nodeJson(machine.root));
    definitions.set(machine, definition);
  }
  return definition;
}

function nodeJson(node: AnyStateNode): NodeJson {
  const { id, type, description, tags, history } = node;
  const isHistory = type === "history";
  const states = Object.values(node.states as Readonly<Record<string, AnyStateNode>>).map((child) => [child.key, nodeJson(child)] as const);
  return {
    ...(isGiven(node) ? { id } : {}),
    ...described(description),
    ...(type === "parallel" || type === "final" || isHistory ? { type } : {}),
    ...(isHistory ? { history: history === "deep" ? "deep" : "shallow" } : {}),
    ...(isHistory ? historyTarget(node) : {}),
    ...listed("tags", tags),
    ...initialJson(node),
    ...listed("entry", actionNames(node.entry)),
    ...listed("exit", actionNames(node.exit)),
    ...transitionsJson(node),
    ...(states.length > 0 ? { states: Object.fromEntries(states) } : {}),
  };
}

function initialJson({ initial }: AnyStateNode): Pick<NodeJson, "initial"> {
  const [first] = (initial.target ?? []) as readonly AnyStateNode[];
  if (first === undefined) return {};
  const more = { ...listed("actions", actionNames(initial.actions)), ...described(initial.description) };
  return { initial: Object.keys(more).length === 0 ? first.key : { target: first.key, ...more } };
}

/** The node does not hold it resolved; in the configuration it is relative to the parent, or an id. */
function historyTarget(node: AnyStateNode): Pick<NodeJson, "target"> {
  const { target } = node.config as { readonly target?: string | readonly string[] };
  const { parent, machine } = node;
  if (target === undefined || parent === undefined) return {};
  const nodes = [target].flat().map((path) => machine.getStateNodeById(path.startsWith("#") ? path : `${reference(parent)}.${path}`));
  return { target: oneOrMany(nodes.map(reference)) };
}

/** Each descriptor's transitions go where a configuration has them. */
function transitionsJson(node: AnyStateNode): Pick<NodeJson, "invoke" | "on" | "after" | "always" | "onDone"> {
  const own = new Map([...node.transitions].map(([descriptor, given]) => [descriptor, given as readonly AnyTransitionDefinition[]]));
  const take = <Key extends string>(key: Key, descriptor: string): { readonly [K in Key]?: Transitions } => {
    const given = own.get(descriptor);
    own.delete(descriptor);
    return given === undefined ? {} : ({ [key]: oneOrMany(given.map(transitionJson)) } as { readonly [K in Key]: Transitions });
  };
  const invoke = node.invoke.map(
    ({ src, id }): InvokeJson => ({
      src: typeof src === "string" && !src.startsWith("xstate.invoke.") ? src : "(unnamed)",
      id,
      ...take("onDone", `xstate.done.actor.${id}`),
      ...take("onError", `xstate.error.actor.${id}`),
      ...take("onSnapshot", `xstate.snapshot.${id}`),
    }),
  );
  const onDone = take("onDone", `xstate.done.state.${node.id}`);
  const on: [string, Transitions][] = [];
  const after = new Map<string, TransitionJson[]>();
  for (const [descriptor, given] of own) {
    const undelayed = given.filter((transition) => delayOf(transition) === undefined);
    if (undelayed.length > 0 || given.length === 0) on.push([descriptor, oneOrMany(undelayed.map(transitionJson))]);
    for (const transition of given) {
      const delay = delayOf(transition);
      if (delay !== undefined) after.set(delay, [...(after.get(delay) ?? []), transitionJson(transition)]);
    }
  }
  return {
    ...listed("invoke", invoke),
    ...(on.length > 0 ? { on: Object.fromEntries(on) } : {}),
    ...(after.size > 0 ? { after: Object.fromEntries([...after].map(([delay, given]) => [delay, oneOrMany(given)])) } : {}),
    ...(node.always === undefined ? {} : { always: oneOrMany((node.always as readonly AnyTransitionDefinition[]).map(transitionJson)) }),
    ...onDone,
  };
}

/** In ms, or by name. */
function delayOf(transition: AnyTransitionDefinition): string | undefined {
  const { delay } = transition as { readonly delay?: number | string };
  return delay === undefined ? undefined : String(delay);
}

/** One that leads nowhere and does nothing forbids its event: `{}`. */
function transitionJson(transition: AnyTransitionDefinition): TransitionJson {
  const target = transition.target as readonly AnyStateNode[] | undefined;
  return {
    ...(target === undefined ? {} : { target: oneOrMany(target.map(reference)) }),
    ...(transition.guard === undefined ? {} : { guard: { type: guardText(transition.guard as GuardRef) } }),
    ...listed("actions", actionNames(transition.actions)),
    ...(transition.reenter ? { reenter: true } : {}),
    ...described(transition.description),
  };
}

type ActionRef = string | { readonly type: string } | (((...args: never) => unknown) & { readonly type?: string });

/** `xstate.assign` and its like are told as `(assign)`. */
const actionNames = (actions: readonly unknown[]): readonly string[] =>
  (actions as readonly ActionRef[]).filter((action) => !isOfDelay(action)).map(actionName);
function actionName(action: ActionRef): string {
  if (typeof action === "string") return action;
  if (typeof action === "object") return action.type;
  return action.type?.startsWith("xstate.") ? `(${action.type.slice("xstate.".length)})` : "(unnamed)";
}

/** xstate keeps the timers of `after` as actions, which every machine made from the text gets anew. */
function isOfDelay(action: ActionRef): boolean {
  if (typeof action !== "function") return false;
  const { id, sendId } = action as { readonly id?: unknown; readonly sendId?: unknown };
  return [id, sendId].some((name) => typeof name === "string" && name.startsWith("xstate.after."));
}

/** By its own id where it has one, else by its path. Dots within a name are escaped. */
function reference(node: AnyStateNode): string {
  const { machine, id, path } = node;
  const byId = `#${escaped(id)}`;
  if (isGiven(node) && machine.getStateNodeById(byId) === node) return byId;
  return `#${[machine.id, ...path].map(escaped).join(".")}`;
}
const isGiven = ({ parent, id, machine, path }: AnyStateNode): boolean => parent === undefined || id !== [machine.id, ...path].join(".");
const escaped = (name: string): string => name.replaceAll(/[\\.]/g, "\\$&");

const oneOrMany = <T>(items: readonly T[]): T | readonly T[] => (items.length === 1 ? (items[0] as T) : items);
const described = (description: string | undefined): { readonly description?: string } =>
  description === undefined ? {} : { description };
/** Nothing where there is nothing. */
const listed = <Key extends string, T>(key: Key, items: readonly T[]): { readonly [K in Key]?: readonly T[] } =>
  items.length === 0 ? {} : ({ [key]: items } as { readonly [K in Key]: readonly T[] });
