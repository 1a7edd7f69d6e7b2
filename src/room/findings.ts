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
  readonly view?: unknown;
  readonly own?: unknown;
  readonly migrate?: unknown;
  readonly limits?: Readonly<Partial<Record<string, number>>>;
}

const typeForm = /^[a-z][a-z0-9-]{0,31}$/;
const machineIdForm = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;
const commandForm = /^[A-Za-z][A-Za-z0-9_-]*(\.[A-Za-z0-9_-]+)*$/;
const commandCharsMax = 100;

/** What a finding is about; docs/machines.md says how to mend each. */
export type DefinitionCode =
  | "type"
  | "version"
  | "machine-id"
  | "command-name"
  | "command-stamp"
  | "migrate-version"
  | "own-without-view"
  | "undo-unknown"
  | "limit"
  | "reason-unknown"
  | "reason-missing"
  | "guard-unnamed"
  | "guard-unknown"
  | "delay-unknown"
  | "delayed-send"
  | "service-unnamed"
  | "service-system-id"
  | "service-on-error";

/** `text`: one sentence, without its full stop. */
export interface DefinitionFinding {
  readonly code: DefinitionCode;
  readonly text: string;
}

/** Thrown by `defineRoom`; its message lists every finding. */
export class DefinitionError extends TypeError {
  override readonly name = "DefinitionError";
  readonly findings: readonly DefinitionFinding[];
  constructor(type: string, findings: readonly DefinitionFinding[]) {
    super(`the room type '${type}' is wrong:\n${findings.map(({ text }) => `- ${text}`).join("\n")}`);
    this.findings = findings;
  }
}

/** None is good. */
export function findings(defined: Defined): readonly DefinitionFinding[] {
  const { type, version, machine, commands, reasons, undo = {}, view, own, migrate, limits = {} } = defined;
  const found: DefinitionFinding[] = [];
  const check = (ok: boolean, code: DefinitionCode, text: string) => ok || found.push({ code, text });
  check(typeForm.test(type), "type", `the type '${type}' must match ${typeForm}: it stands in paths`);
  check(isWhole(version), "version", `the version must be 1, 2, 3 …, not ${version}`);
  check(
    machineIdForm.test(machine.config.id ?? ""),
    "machine-id",
    `the machine needs an id that matches ${machineIdForm}: timers are named after it`,
  );
  for (const name of Object.keys(commands)) {
    const reserved = /^(xstate|participant)(\.|$)/.test(name);
    check(commandForm.test(name) && name.length <= commandCharsMax && !reserved, "command-name", `'${name}' is no name for a command`);
    for (const key of ["type", "at", "id", "by"]) {
      check(!Object.hasOwn(commands[name] ?? {}, key), "command-stamp", `'${name}' must not declare '${key}': the server stamps it`);
    }
  }
  check(migrate === undefined || version > 1, "migrate-version", "no version is older than 1: there is nothing to migrate");
  check(own === undefined || view !== undefined, "own-without-view", "`own` is laid over a view, and there is none");
  for (const name of Object.keys(undo))
    check(Object.hasOwn(commands, name), "undo-unknown", `'undo' has a rule for '${name}', which is no command`);
  for (const [name, limit] of Object.entries(limits))
    check(isWhole(limit), "limit", `the limit ${name} must be a positive integer, not ${limit}`);
  const guards = new Set(Object.keys(machine.implementations.guards));
  for (const key of Object.keys(reasons))
    check(guards.has(key.replace(/^not /, "")), "reason-unknown", `the reason '${key}' is for no guard of the machine`);
  for (const guard of guards) check(Object.hasOwn(reasons, guard), "reason-missing", `the guard '${guard}' has no reason`);
  found.push(...machineFindings(machine));
  return [...new Map(found.map((finding) => [finding.text, finding])).values()];
}

const finding = (code: DefinitionCode, text: string): DefinitionFinding => ({ code, text });
const isWhole = (value: number | undefined): boolean => Number.isSafeInteger(value) && (value ?? 0) > 0;

function machineFindings(machine: AnyStateMachine): readonly DefinitionFinding[] {
  const { guards, actions } = machine.implementations;
  return [
    ...nodeFindings(machine.root, machine),
    ...Object.entries(guards as Readonly<Record<string, GuardRef>>).flatMap(([name, guard]) =>
      (typeof guard === "function" ? partsOf(guard) : [guard]).flatMap((part) => guardFindings(part, guards, `'${name}'`)),
    ),
    ...Object.entries(actions).flatMap(([name, action]) => actionFindings(action, `the action '${name}'`)),
  ];
}

function nodeFindings(node: AnyStateNode, machine: AnyStateMachine): readonly DefinitionFinding[] {
  const { guards, delays } = machine.implementations;
  const where = `the state '${node.path.join(".") || node.id}'`;
  const transitions = [...[...node.transitions.values()].flat(), ...(node.always ?? [])];
  const ran: readonly unknown[] = [...node.entry, ...node.exit, ...transitions.flatMap((transition) => transition.actions)];
  return [
    ...transitions.flatMap(({ guard }) => (guard === undefined ? [] : guardFindings(guard as GuardRef, guards, where))),
    ...[...ran, ...(node.type === "compound" ? node.initial.actions : [])].flatMap((action) => actionFindings(action, where)),
    // xstate would take the transition at once.
    ...node.after.flatMap(({ delay }) =>
      typeof delay === "string" && !Object.hasOwn(delays, delay)
        ? [finding("delay-unknown", `${where} waits for '${delay}', which is no delay of the machine`)]
        : [],
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

const invokeFindings = ({ src, systemId, onError }: Child, where: string): readonly DefinitionFinding[] => [
  ...(typeof src === "string"
    ? []
    : [
        finding(
          "service-unnamed",
          `${where} invokes something nameless: give it a name in setup({actors}), so that it can be invoked again after a restart`,
        ),
      ]),
  ...(systemId === undefined
    ? []
    : [finding("service-system-id", `${where} invokes '${String(src)}' with a systemId, which cannot be invoked again`)]),
  ...(onError === undefined
    ? [finding("service-on-error", `${where} invokes '${String(src)}' without onError: its failure would end the machine`)]
    : []),
];

/** `sendTo` and `spawnChild` are functions that carry what they will do; inside `enqueueActions` nothing can be seen. */
function actionFindings(action: unknown, where: string): readonly DefinitionFinding[] {
  if (typeof action !== "function") return [];
  const { type, delay, src, id, systemId } = action as Child & { readonly type?: unknown; readonly delay?: unknown };
  if (type === "xstate.sendTo" && delay !== undefined)
    return [finding("delayed-send", `${where} has a delayed sendTo, which a restart forgets: use a delayed raise or \`after\``)];
  if (type !== "xstate.spawnChild") return [];
  return [
    ...(typeof src === "string" && id !== undefined
      ? []
      : [finding("service-unnamed", `${where} spawns a child without a name in setup({actors}) or without an id`)]),
    ...(systemId === undefined ? [] : [finding("service-system-id", `${where} spawns a child with a systemId`)]),
  ];
}

function guardFindings(guard: GuardRef, guards: object, where: string): readonly DefinitionFinding[] {
  const parts = partsOf(guard);
  if (parts.length > 0) return parts.flatMap((part) => guardFindings(part, guards, where));
  if (typeof guard === "function")
    return guard.check === undefined
      ? [finding("guard-unnamed", `${where} has a guard without a name: name it in setup({guards}), so that a refusal can say why`)]
      : [];
  const name = typeof guard === "string" ? guard : guard.type;
  return Object.hasOwn(guards, name)
    ? []
    : [finding("guard-unknown", `${where} asks the guard '${name}', which the machine does not have`)];
}

const partsOf = (guard: GuardRef): readonly GuardRef[] => (typeof guard === "function" ? (guard.guards ?? []) : []);
