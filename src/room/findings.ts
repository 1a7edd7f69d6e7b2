/**
 * What is wrong with a definition and the compiler cannot see: mostly what xstate allows and a durable, replayed room cannot have.
 * From: define-room.ts, once per room type.
 */
import type { AnyStateMachine, AnyStateNode } from "xstate";
import type { Commands } from "./commands.ts";
import type { GuardRef } from "./guards.ts";

interface Defined {
  readonly type: string;
  readonly version: number;
  readonly machine: AnyStateMachine;
  readonly commands: Commands;
  readonly reasons: object;
  readonly undo?: object;
  readonly migrate?: unknown;
  readonly limits?: Readonly<Partial<Record<string, number>>>;
}

const typeForm = /^[a-z][a-z0-9-]{0,31}$/;
const machineIdForm = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;
const commandForm = /^[A-Za-z][A-Za-z0-9_-]*(\.[A-Za-z0-9_-]+)*$/;
const commandCharsMax = 100;

/** One sentence each; none is good. */
export function findings(defined: Defined): readonly string[] {
  const { type, version, machine, commands, reasons, undo = {}, migrate, limits = {} } = defined;
  const found: string[] = [];
  const check = (ok: boolean, finding: string) => ok || found.push(finding);
  check(typeForm.test(type), `the type '${type}' must match ${typeForm}: it stands in paths`);
  check(isWhole(version), `the version must be 1, 2, 3 …, not ${version}`);
  check(machineIdForm.test(machine.config.id ?? ""), `the machine needs an id that matches ${machineIdForm}: timers are named after it`);
  for (const name of Object.keys(commands)) {
    const reserved = /^(xstate|participant)(\.|$)/.test(name);
    check(commandForm.test(name) && name.length <= commandCharsMax && !reserved, `'${name}' is no name for a command`);
    for (const key of ["type", "at", "id", "by"]) {
      check(!Object.hasOwn(commands[name] ?? {}, key), `'${name}' must not declare '${key}': the server stamps it`);
    }
  }
  check(migrate === undefined || version > 1, "no version is older than 1: there is nothing to migrate");
  for (const name of Object.keys(undo)) check(Object.hasOwn(commands, name), `'undo' has a rule for '${name}', which is no command`);
  for (const [name, limit] of Object.entries(limits)) check(isWhole(limit), `the limit ${name} must be a positive integer, not ${limit}`);
  const guards = new Set(Object.keys(machine.implementations.guards));
  for (const key of Object.keys(reasons)) check(guards.has(key.replace(/^not /, "")), `the reason '${key}' is for no guard of the machine`);
  for (const guard of guards) check(Object.hasOwn(reasons, guard), `the guard '${guard}' has no reason`);
  found.push(...machineFindings(machine));
  return [...new Set(found)];
}

const isWhole = (value: number | undefined): boolean => Number.isSafeInteger(value) && (value ?? 0) > 0;

function machineFindings(machine: AnyStateMachine): readonly string[] {
  const { guards, actions } = machine.implementations;
  return [
    ...nodeFindings(machine.root, machine),
    ...Object.entries(guards as Readonly<Record<string, GuardRef>>).flatMap(([name, guard]) =>
      (typeof guard === "function" ? partsOf(guard) : [guard]).flatMap((part) => guardFindings(part, guards, `'${name}'`)),
    ),
    ...Object.entries(actions).flatMap(([name, action]) => actionFindings(action, `the action '${name}'`)),
  ];
}

function nodeFindings(node: AnyStateNode, machine: AnyStateMachine): readonly string[] {
  const { guards, delays } = machine.implementations;
  const where = `the state '${node.path.join(".") || node.id}'`;
  const transitions = [...[...node.transitions.values()].flat(), ...(node.always ?? [])];
  const ran: readonly unknown[] = [...node.entry, ...node.exit, ...transitions.flatMap((transition) => transition.actions)];
  return [
    ...transitions.flatMap(({ guard }) => (guard === undefined ? [] : guardFindings(guard as GuardRef, guards, where))),
    ...[...ran, ...(node.type === "compound" ? node.initial.actions : [])].flatMap((action) => actionFindings(action, where)),
    // xstate would take the transition at once.
    ...node.after.flatMap(({ delay }) =>
      typeof delay === "string" && !Object.hasOwn(delays, delay) ? [`${where} waits for '${delay}', which is no delay of the machine`] : [],
    ),
    ...invokesOf(node).flatMap((invoke) => invokeFindings(invoke, where)),
    ...Object.values(node.states).flatMap((child) => nodeFindings(child as AnyStateNode, machine)),
  ];
}

interface Child {
  readonly src?: unknown;
  readonly id?: unknown;
  readonly systemId?: unknown;
  readonly onError?: unknown;
}
const invokesOf = (node: AnyStateNode): readonly Child[] => [node.config.invoke ?? []].flat() as readonly Child[];

const invokeFindings = ({ src, systemId, onError }: Child, where: string): readonly string[] => [
  ...(typeof src === "string"
    ? []
    : [`${where} invokes something nameless: give it a name in setup({actors}), so that it can be invoked again after a restart`]),
  ...(systemId === undefined ? [] : [`${where} invokes '${String(src)}' with a systemId, which cannot be invoked again`]),
  ...(onError === undefined ? [`${where} invokes '${String(src)}' without onError: its failure would end the machine`] : []),
];

/** `sendTo` and `spawnChild` are functions that carry what they will do; inside `enqueueActions` nothing can be seen. */
function actionFindings(action: unknown, where: string): readonly string[] {
  if (typeof action !== "function") return [];
  const { type, delay, src, id, systemId } = action as Child & { readonly type?: unknown; readonly delay?: unknown };
  if (type === "xstate.sendTo" && delay !== undefined)
    return [`${where} has a delayed sendTo, which a restart forgets: use a delayed raise or \`after\``];
  if (type !== "xstate.spawnChild") return [];
  return [
    ...(typeof src === "string" && id !== undefined ? [] : [`${where} spawns a child without a name in setup({actors}) or without an id`]),
    ...(systemId === undefined ? [] : [`${where} spawns a child with a systemId`]),
  ];
}

function guardFindings(guard: GuardRef, guards: object, where: string): readonly string[] {
  const parts = partsOf(guard);
  if (parts.length > 0) return parts.flatMap((part) => guardFindings(part, guards, where));
  if (typeof guard === "function")
    return guard.check === undefined
      ? [`${where} has a guard without a name: name it in setup({guards}), so that a refusal can say why`]
      : [];
  const name = typeof guard === "string" ? guard : guard.type;
  return Object.hasOwn(guards, name) ? [] : [`${where} asks the guard '${name}', which the machine does not have`];
}

const partsOf = (guard: GuardRef): readonly GuardRef[] => (typeof guard === "function" ? (guard.guards ?? []) : []);
