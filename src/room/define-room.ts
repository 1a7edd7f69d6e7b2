/**
 * A room type: one machine, the schemas of its commands, its reasons and its views. What does not fit together does not compile,
 * and says why at the property that is wrong; what the compiler cannot see makes `defineRoom` throw (findings.ts).
 */
import type * as v from "valibot";
import { type AnyStateMachine, type ContextFrom, type EventFrom, type SnapshotFrom, StateMachine, type StateValue } from "xstate";
import type { CheckCommand, CommandInput, CommandOutput, Commands, StampKey } from "./commands.ts";
import { DefinitionError, findings } from "./findings.ts";

/** For whom a view is made. */
export interface Viewer {
  readonly user: string;
  readonly role: string;
}

/** What an older version of a room type has left of a room. A copy: it may be changed. */
export interface OldState {
  readonly value: StateValue;
  /** Plain JSON. */
  readonly context: unknown;
  /** Running timers: id → when it is due, ms since the Unix epoch. One of `after` is called `xstate.after.<delay>.<state id>`. */
  readonly timers: Readonly<Record<string, number>>;
}

/**
 * The same room as this version has it: plain JSON. Where strings have to be known to the letter (states, say), name it:
 * `migrate: (from, old): NewState<typeof machine> => …`.
 */
export interface NewState<M extends AnyStateMachine> {
  /** Left out: as it was. */
  readonly value?: SnapshotFrom<M>["value"];
  readonly context: ContextFrom<M>;
  /** Left out: as they were. Only a renamed or dropped one needs a word here. */
  readonly timers?: OldState["timers"];
}

/** Where a room type wants less than the server allows. */
export interface RoomLimits {
  readonly clientsMax: number;
  readonly commandBytesMax: number;
  readonly commandsPerSecondMax: number;
}

export interface Definition<T extends string, M extends AnyStateMachine, C extends Commands, P extends v.ObjectEntries, A extends string> {
  /** The first part of a room's name and of its path: lower-case letters, digits and `-`. */
  readonly type: T;
  /** 1, 2, 3 …: raise it, and say how to `migrate`, whenever the machine would no longer replay what it once accepted. */
  readonly version: number;
  readonly machine: M;
  readonly commands: C & CheckedCommands<M, C>;
  /** Why a guard says no, for people: one per guard of the machine, and `not <guard>` where one is negated. */
  readonly reasons: Reasons<M>;
  /** What need not survive: cursors, typing. */
  readonly presence?: P;
  /** Which view somebody gets; everyone's is the same without it. */
  readonly audience?: (viewer: Viewer) => A;
  /**
   * The context as an audience may see it, secrets replaced by `hidden`: clients run the same machine on it, and reasons are made from it (L8).
   * A guard's params travel with a refusal, so nothing hidden may be computed into them.
   */
  readonly view?: (state: SnapshotFrom<M>, audience: NoInfer<A>) => DeepReadonly<ContextFrom<M>>;
  /** What this user alone may see besides, merged over the view. */
  readonly own?: (state: SnapshotFrom<M>, user: string) => DeepPartial<ContextFrom<M>>;
  /** The user's role where the machine keeps one; it holds against what the server's auth says. */
  readonly role?: (context: ContextFrom<M>, user: string) => string | undefined;
  /** How a command is taken back, by its name: for `createUndo`, on clients alone. What has no rule here cannot be undone. */
  readonly undo?: UndoRules<M, C>;
  /** What must hold in every state, by name; the simulator and the checker test it. */
  readonly invariants?: Readonly<Record<string, (context: ContextFrom<M>) => boolean>>;
  /**
   * A room that version `from` wrote (1 … `version` - 1), as this version has it; from the state alone, and the same each time.
   * A throw says why it cannot be: the room is then refused, and kept as it is. docs/migrate.md has the rules.
   */
  readonly migrate?: (from: number, state: OldState) => NewState<M>;
  /**
   * What of a state the live inspector shows besides its value: a few plain values of constant size and cost (counts, times), no secrets,
   * nothing that people wrote. Without it, nothing. It also goes to Stately's page, where somebody opens that.
   */
  readonly inspect?: (state: SnapshotFrom<M>) => Readonly<Record<string, string | number | boolean | null | undefined>>;
  readonly limits?: Partial<RoomLimits>;
}

/** What `defineRoom` returns, frozen. Methods, so that every room type is an `AnyRoomType`. */
export interface RoomType<
  T extends string = string,
  M extends AnyStateMachine = AnyStateMachine,
  C extends Commands = Commands,
  P extends v.ObjectEntries = v.ObjectEntries,
  A extends string = string,
> {
  readonly type: T;
  readonly version: number;
  readonly machine: M;
  readonly commands: C;
  readonly reasons: Readonly<Record<string, AnyReason>>;
  readonly presence: P;
  audience(viewer: Viewer): A;
  view?(state: SnapshotFrom<M>, audience: A): DeepReadonly<ContextFrom<M>>;
  own?(state: SnapshotFrom<M>, user: string): DeepPartial<ContextFrom<M>>;
  role?(context: ContextFrom<M>, user: string): string | undefined;
  readonly undo: UndoRules<M, C>;
  readonly invariants: Readonly<Record<string, (context: ContextFrom<M>) => boolean>>;
  migrate?(from: number, state: OldState): NewState<M>;
  inspect?(state: SnapshotFrom<M>): Readonly<Record<string, string | number | boolean | null | undefined>>;
  readonly limits: Partial<RoomLimits>;
}
export type AnyRoomType = RoomType;

/** xstate's own bound is infinite: an `always` loop would hang the process. */
const microstepsMax = 1_000;

/**
 * Throws a `DefinitionError` that lists every finding. The room type's machine is a bounded copy of the given one:
 * `provide` keeps the bound, and the given machine stays as it is.
 */
export function defineRoom<
  const T extends string,
  M extends AnyStateMachine,
  C extends Commands,
  const P extends v.ObjectEntries = {},
  A extends string = "everyone",
>(definition: Definition<T, M, C, P, A>): RoomType<T, M, C, P, A> {
  const { machine, reasons, audience = () => "everyone" as A, presence = {} as P, undo = {} } = definition;
  const found = findings({ ...definition, reasons });
  if (found.length > 0) throw new DefinitionError(definition.type, found);
  const maxIterations = Math.min(machine.options.maxIterations ?? microstepsMax, microstepsMax);
  const bounded = new StateMachine({ ...machine.config, options: { ...machine.options, maxIterations } }, machine.implementations);
  const made = Object.freeze({
    invariants: {},
    limits: {},
    ...definition,
    machine: bounded as unknown as M,
    reasons: reasons as Readonly<Record<string, AnyReason>>,
    undo,
    presence,
    audience,
  });
  roomTypes.add(made);
  return made;
}

const roomTypes = new WeakSet<object>();
/** Whether `defineRoom` made it. */
export const isRoomType = (value: unknown): value is AnyRoomType => typeof value === "object" && value !== null && roomTypes.has(value);

/** What clients may send; defaults may be left out. */
export type CommandOf<R extends AnyRoomType> = CommandInput<R["commands"]>;
export type SnapshotOf<R extends AnyRoomType> = SnapshotFrom<R["machine"]>;
export type PresenceOf<R extends AnyRoomType> = v.InferOutput<v.StrictObjectSchema<R["presence"], undefined>>;
/** The services that the machine invokes, as `provide` takes them. */
export type ServicesOf<R extends AnyRoomType> = NonNullable<Parameters<R["machine"]["provide"]>[0]["actors"]>;

type GuardOf<M> =
  M extends StateMachine<
    infer _Context,
    infer _Event,
    infer _Children,
    infer _Actor,
    infer _Action,
    infer Guard,
    infer _Delay,
    infer _StateValue,
    infer _Tag,
    infer _Input,
    infer _Output,
    infer _Emitted,
    infer _Meta,
    infer _StateSchema,
    infer _TransitionMeta
  >
    ? Guard
    : never;
/** The names in the machine's `setup({guards})`. */
export type GuardName<M extends AnyStateMachine> = string extends GuardOf<M>["type"] ? string : GuardOf<M>["type"];

/** What a reason is made from. `context` is as the refused user may see it. */
export interface ReasonArgs<M extends AnyStateMachine, Guard extends string> {
  readonly context: ContextFrom<M>;
  readonly event: EventFrom<M>;
  readonly params: Extract<GuardOf<M>, { type: Guard }>["params"];
}
export type Reason<M extends AnyStateMachine, Guard extends string> = string | ((args: ReasonArgs<M, Guard>) => string);
export type Reasons<M extends AnyStateMachine> = { readonly [Guard in GuardName<M>]: Reason<M, Guard> } & {
  readonly [Guard in GuardName<M> as `not ${Guard}`]?: Reason<M, Guard>;
};
/** A reason whose guard is no longer known. */
export type AnyReason = string | ((args: { readonly context: unknown; readonly event: unknown; readonly params: unknown }) => string);

/**
 * From the state before a command and the command as the machine gets it: the command that takes it back, which has to have a rule, too,
 * if it shall be possible to redo. `undefined`: this one cannot be taken back. A literal in a payload needs `as const`.
 */
export type UndoRule<M extends AnyStateMachine, C extends Commands, Name> = (args: {
  readonly context: ContextFrom<M>;
  readonly event: EventOfType<EventFrom<M>, Name>;
}) => CommandInput<C> | undefined;
export type UndoRules<M extends AnyStateMachine, C extends Commands> = {
  readonly [Name in keyof C & string]?: UndoRule<M, C, Name>;
};

/** The given commands where machine and schemas agree, else the reason why not. */
type CheckedCommands<M extends AnyStateMachine, C> = {
  readonly [Name in keyof C]: CheckCommand<Name, C[Name], MatchedCommand<EventFrom<M>, C, Name>>;
} & {
  readonly [Type in Exclude<EventFrom<M>["type"], keyof C | SystemType>]: string extends Type
    ? unknown
    : `✗ the machine handles '${Type}', but no schema describes it`;
};
type SystemType = `xstate.${string}` | `participant.${string}`;

type MatchedCommand<Event extends { type: string }, C, Name extends keyof C> = string extends Event["type"]
  ? C[Name]
  : Name extends Event["type"]
    ? Same<Payload<EventOfType<Event, Name>>, Payload<EventOfType<CommandOutput<C>, Name>>> extends true
      ? C[Name]
      : { "✗ the machine's event and this schema differ; the machine has": Payload<EventOfType<Event, Name>> }
    : `✗ the machine has no event '${Name & string}'`;

type EventOfType<Event, Name> = Event extends { type: infer Type } ? (Name extends Type ? Event : never) : never;
/** Through `infer`, so that an error shows the fields and not this alias. */
type Payload<Event> = { readonly [Key in keyof Event as Exclude<Key, StampKey>]: Event[Key] } extends infer Fields ? Fields : never;

/** `{}` and `{user?: string}` can be assigned to each other, so the keys are compared too. `readonly` makes no difference. */
type Same<X, Y> = [keyof X, keyof Y, DeepReadonly<X>, DeepReadonly<Y>] extends [keyof Y, keyof X, DeepReadonly<Y>, DeepReadonly<X>]
  ? true
  : false;
type DeepReadonly<X> = X extends object ? { readonly [Key in keyof X]: DeepReadonly<X[Key]> } : X;
type DeepPartial<X> = X extends readonly unknown[] ? X : X extends object ? { readonly [Key in keyof X]?: DeepPartial<X[Key]> } : X;
