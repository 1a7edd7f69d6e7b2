/**
 * `extendMeeting`: an app's own region beside the meeting's, in one machine: one context, one atomic transition, one snapshot.
 * From: an app's definition. To: `defineRoom`, which takes the machine, the commands, the reasons and the roles.
 */
import type {
  DelayConfig,
  EventObject,
  GuardPredicate,
  MetaObject,
  ParameterizedObject,
  SnapshotFrom,
  StateMachine,
  StateNodeConfig,
  StateSchema,
  ToStateValue,
  UnknownActorLogic,
} from "xstate";
import {
  emptyMeeting,
  type Meeting,
  type MeetingCue,
  type MeetingEvent,
  type MeetingInput,
  type meeting,
  meetingRegions,
  meetingSetup,
  type Role,
} from "../../machines/meeting.ts";
import type { CheckCommand, CommandEvent, Commands, Stamp } from "../room/commands.ts";
import { meetingCommands } from "./commands.ts";
import { inspectMeeting } from "./inspect.ts";
import { type MeetingGuard, meetingReasons } from "./reasons.ts";
import { meetingRole } from "./role.ts";

/**
 * What an app adds to the meeting. No name may be one of the meeting's own.
 * `C`, `App` … are inferred, in the order of the keys: `app` stands before what reads it.
 */
interface Extension<
  C extends Commands,
  App extends object,
  G extends Params,
  D extends string,
  S extends Services,
  Cue extends EventObject,
> {
  /** Valibot entries per command, as for `defineRoom`; the machine's events are derived from them. */
  readonly commands: C & { readonly [Name in keyof C]: Own<Name, keyof MeetingCommands, "command", CheckCommand<Name, C[Name]>> };
  /** The app's data in a new room: plain JSON. It is `context.app` from then on. */
  readonly app: (input: MeetingInput) => App;
  readonly guards?: {
    readonly [Name in keyof G]: GuardPredicate<ExtendedContext<App>, ExtendedEvent<C>, G[Name], Parameterized<MeetingGuards & G>>;
  } & Clash<keyof G, MeetingGuard, "guard">;
  /** In ms. A timer is named after its delay and lies in journals: a new name is a new version of the room type. */
  readonly delays?: {
    readonly [Name in D]: DelayConfig<ExtendedContext<App>, ExtendedEvent<C>, undefined, ExtendedEvent<C>>;
  } & Clash<D, MeetingDelay, "delay">;
  /** Services that the region invokes by name, each with an `id` and `onError`; `serve` brings the real ones. */
  readonly actors?: S & Clash<keyof S, keyof MeetingServices, "service">;
  /** What the region may `emit`; only the type counts: `{} as { type: "revealed"; topic: string }`. */
  readonly cues?: Cue & ClashingCue<Extract<Cue["type"], MeetingCue["type"]>>;
}

/** A meeting with an app's commands, still without the app's region. */
export interface MeetingKit<
  C extends Commands,
  App extends object,
  G extends Params,
  D extends string,
  S extends Services,
  Cue extends EventObject,
> {
  /** The meeting's and the app's. */
  readonly commands: Flat<MeetingCommands & C>;
  /** Of the meeting's guards, to be spread under the app's own: `reasons: { ...kit.reasons, everyoneVoted: "…" }`. */
  readonly reasons: Readonly<Record<MeetingGuard, MeetingReason>>;
  /** For `defineRoom`: a person's role by the meeting's record. */
  readonly role: typeof meetingRole;
  /** For `defineRoom`: what the inspector shows of the meeting. */
  readonly inspect: typeof inspectMeeting;
  /**
   * `region` is the app's, at `#meeting.app`: its value is `{ app: … }` beside those of the meeting's regions.
   * It may ask the meeting's guards, and follow the meeting by them (`always: { guard: "hasEnded", target: "idle" }`). A handler for one of the
   * meeting's commands, or for `participant.joined`, would take it even where the meeting refuses, and a target among the meeting's states
   * would go round its rules: `checkMachine` finds both, the compiler does not.
   */
  createMachine<
    const R extends StateNodeConfig<
      ExtendedContext<App>,
      ExtendedEvent<C>,
      Provided<S>,
      never,
      Parameterized<MeetingGuards & G>,
      D,
      string,
      unknown,
      Cue,
      MetaObject
    >,
  >(
    region: R,
  ): StateMachine<
    ExtendedContext<App>,
    ExtendedEvent<C>,
    SnapshotFrom<typeof meeting>["children"],
    Provided<S> | Provided<MeetingServices>,
    never,
    Parameterized<MeetingGuards & G>,
    D | MeetingDelay,
    ExtendedValue<R>,
    string,
    MeetingInput,
    unknown,
    Cue | MeetingCue,
    MetaObject,
    StateSchema
  >;
}

/**
 * `const kit = extendMeeting({ commands, app, … })`, then `kit.createMachine(region)`, then
 * `defineRoom({ machine, commands: kit.commands, role: kit.role, reasons: { ...kit.reasons, … }, … })`.
 */
export function extendMeeting<
  const C extends Commands,
  App extends object,
  G extends Params = {},
  D extends string = never,
  S extends Services = {},
  Cue extends EventObject = never,
>(extension: Extension<C, App, G, D, S, Cue>): MeetingKit<C, App, G, D, S, Cue> {
  const { app, guards = {}, delays = {}, actors = {} } = extension;
  // xstate's types know one setup at a time; the kit's own types say what the two together are.
  const setup = meetingSetup.extend({ guards: guards as {}, delays: delays as {} });
  const createMachine = (region: object) =>
    setup
      .createMachine({
        id: "meeting",
        type: "parallel",
        context: ({ input }) => ({ id: input.id, meeting: emptyMeeting, app: app(input) }),
        states: { ...meetingRegions, app: region },
      })
      .provide({ actors });
  const commands = { ...meetingCommands, ...(extension.commands as C) };
  return { commands, reasons: meetingReasons, role: meetingRole, inspect: inspectMeeting, createMachine } as unknown as MeetingKit<
    C,
    App,
    G,
    D,
    S,
    Cue
  >;
}

/** No code has one to give: what carries it can be read and passed on, but neither written down anew nor spread. */
declare class MeetingsOwn {
  protected readonly owned: true;
}
/** The meeting's part of the context. An action of the app that would put another in its place does not compile. */
interface ExtendedMeeting extends Meeting, MeetingsOwn {}
export interface ExtendedContext<App extends object> {
  readonly id: string;
  readonly meeting: ExtendedMeeting;
  readonly app: App;
}
type ExtendedEvent<C> = MeetingEvent | Extract<CommandEvent<C, Role>, EventObject>;
type ExtendedValue<R> = { [Name in keyof typeof meetingRegions]: ToStateValue<(typeof meetingRegions)[Name]> } & {
  app: R extends { readonly states: Record<string, StateSchema> } ? ToStateValue<R> : {};
};

type MeetingCommands = typeof meetingCommands;
type MeetingGuards = Record<MeetingGuard, undefined>;
type Implementations = Parameters<(typeof meeting)["provide"]>[0];
type MeetingDelay = keyof NonNullable<Implementations["delays"]> & string;
type MeetingServices = Required<NonNullable<Implementations["actors"]>>;
/** They read the stamp, and of what a command names whom it is about. */
type MeetingReason =
  | string
  | ((args: {
      readonly context: { readonly meeting: Meeting };
      readonly event: EventObject & Stamp<Role | "system">;
      readonly params: unknown;
    }) => string);

type Own<Name, Taken, Kind extends string, Fine> = Name extends Taken ? `✗ '${Name & string}' is a ${Kind} of the meeting itself` : Fine;
type Clash<Name, Taken, Kind extends string> = {
  readonly [Key in Extract<Name, Taken> & string]: `✗ '${Key}' is a ${Kind} of the meeting itself`;
};
type ClashingCue<Taken extends string> = [Taken] extends [never] ? unknown : `✗ '${Taken}' is a cue of the meeting itself`;
type Params = Record<string, ParameterizedObject["params"] | undefined>;
type Parameterized<G extends Params> = { [Name in keyof G & string]: { type: Name; params: G[Name] } }[keyof G & string];
type Services = Record<string, UnknownActorLogic>;
type Provided<S extends Services> = { [Src in keyof S & string]: { src: Src; logic: S[Src]; id: string | undefined } }[keyof S & string];
type Flat<T> = { [Key in keyof T]: T[Key] } & {};
