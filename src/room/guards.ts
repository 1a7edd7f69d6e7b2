/**
 * What a guard says, and which named guards are to blame for it.
 * From: explain.ts. xstate's own evaluation gives a boolean; this one gives three values, and names.
 */
import { type AnyMachineSnapshot, and, type EventObject, not, or, type StateValue } from "xstate";
import { HiddenError } from "./secret.ts";

/** `undefined`: it depends on a value that is hidden here. */
export type Truth = boolean | undefined;

/** A guard that came out wrong. `negated`: it holds, and must not. */
export interface BlamedGuard {
  readonly guard: string;
  readonly params?: unknown;
  readonly negated?: true;
}
/** Any one of these would have to come out otherwise, as far as can be told; never empty. */
export type Blame = readonly BlamedGuard[];

/** Guards without a name of their own: `stateIn` has its state value as params, an inline function has nothing. */
export type UnnamedGuard = "(stateIn)" | "(unnamed)";

export type Judgement = { readonly truth: true } | { readonly truth: undefined } | { readonly truth: false; readonly blame: Blame };

/** A guard as it stands in a machine's configuration. */
export type GuardRef = string | GuardFunction | { readonly type: string; readonly params?: unknown };
export interface GuardFunction {
  (args: GuardArgs, params: unknown): unknown;
  /** Of `and`, `or`, `not` and `stateIn`, which are never called but asked by `check`. */
  readonly check?: (snapshot: AnyMachineSnapshot, args: GuardArgs, guard: GuardFunction) => boolean;
  readonly guards?: readonly GuardRef[];
  readonly stateValue?: StateValue;
}
interface GuardArgs {
  readonly context: unknown;
  readonly event: EventObject;
}

/** Throws what a guard throws, unless that is a `HiddenError`. */
export function judge(guard: GuardRef, snapshot: AnyMachineSnapshot, event: EventObject): Judgement {
  const { truth, blame } = evaluate(guard, { snapshot, args: { context: snapshot.context, event } }, true);
  if (truth !== false) return { truth };
  return { truth, blame: blame.length > 0 ? blame : [{ guard: "(unnamed)" satisfies UnnamedGuard }] };
}

interface Moment {
  readonly snapshot: AnyMachineSnapshot;
  readonly args: GuardArgs;
}
interface Finding {
  readonly truth: Truth;
  /** Empty where the truth is what was wanted, or unknown. */
  readonly blame: Blame;
}

/** `wanted` is the truth that would let the event through: false below an odd number of `not`s. */
function evaluate(guard: GuardRef, moment: Moment, wanted: boolean): Finding {
  const name = nameOf(guard);
  const guards = moment.snapshot.machine.implementations.guards as Readonly<Record<string, GuardRef | undefined>>;
  const found = name === undefined ? guard : guards[name];
  if (found === undefined) throw new Error(`the guard '${name}' is not implemented`);
  if (typeof found !== "function") return evaluate(found, moment, wanted); // implemented by another guard
  if (found.guards === undefined) return ask(guard, found, moment, wanted);
  const finding = combine(found, found.guards, moment, wanted);
  // A named combination is blamed by its one decisive part; where several would do, its own name says it better.
  const blameItself = name !== undefined && finding.blame.length > 1;
  return blameItself ? { truth: finding.truth, blame: [{ guard: name, ...(wanted ? {} : { negated: true }) }] } : finding;
}

// By identity, never by name: minifiers rename functions.
const checkOf = (guard: unknown) => (guard as GuardFunction).check;
export const checks = { and: checkOf(and([])), or: checkOf(or([])), not: checkOf(not("")) };

function combine({ check }: GuardFunction, parts: readonly GuardRef[], moment: Moment, wanted: boolean): Finding {
  if (check === checks.and) return evaluateMany(parts, false, moment, wanted);
  if (check === checks.or) return evaluateMany(parts, true, moment, wanted);
  const [part] = parts;
  if (check !== checks.not || part === undefined) throw new Error("unknown guards");
  const { truth, blame } = evaluate(part, moment, !wanted);
  return { truth: truth === undefined ? undefined : !truth, blame };
}

/** `and` is decided by the first false, `or` by the first true; what follows is not asked, as in xstate. */
function evaluateMany(parts: readonly GuardRef[], decisive: boolean, moment: Moment, wanted: boolean): Finding {
  const blame: BlamedGuard[] = [];
  let unknown = false;
  for (const part of parts) {
    const finding = unknown ? evaluateBeyondUnknown(part, moment, wanted) : evaluate(part, moment, wanted);
    if (finding.truth === decisive) return finding;
    if (finding.truth === undefined) unknown = true;
    blame.push(...finding.blame);
  }
  return unknown ? { truth: undefined, blame: [] } : { truth: !decisive, blame };
}

/** Where the value is not hidden, the part before this one may decide, and may be what keeps this one from failing: its failure means nothing yet. */
function evaluateBeyondUnknown(part: GuardRef, moment: Moment, wanted: boolean): Finding {
  try {
    return evaluate(part, moment, wanted);
  } catch {
    return { truth: undefined, blame: [] };
  }
}

function ask(guard: GuardRef, implementation: GuardFunction, { snapshot, args }: Moment, wanted: boolean): Finding {
  const { check, stateValue } = implementation;
  let params: unknown = stateValue;
  let truth: boolean;
  try {
    if (check === undefined) params = typeof guard === "object" ? paramsOf(guard.params, args) : undefined;
    truth = Boolean(check === undefined ? implementation(args, params) : check(snapshot, args, implementation));
  } catch (error) {
    if (error instanceof HiddenError) return { truth: undefined, blame: [] };
    throw error;
  }
  if (truth === wanted) return { truth, blame: [] };
  const name = nameOf(guard) ?? ((check === undefined ? "(unnamed)" : "(stateIn)") satisfies UnnamedGuard);
  return { truth, blame: [{ guard: name, ...(params === undefined ? {} : { params }), ...(wanted ? {} : { negated: true }) }] };
}

const nameOf = (guard: GuardRef): string | undefined =>
  typeof guard === "function" ? undefined : typeof guard === "string" ? guard : guard.type;
const paramsOf = (params: unknown, args: GuardArgs): unknown => (typeof params === "function" ? params(args) : params);
