/**
 * Commands: what a client may ask of a room, as Valibot entries per event type, and what the room makes of them.
 * From: the app's definition. To: the machine's event types (derived here) and `parseCommand`, the one gate for payloads.
 */
import * as v from "valibot";

/** Who did it. `role` is the domain's word where it says one, else the server's auth; `client` is public and short. */
export interface By<Role extends string = string> {
  readonly user: string;
  readonly role: Role;
  readonly client: string;
}

/** What the room writes on every event (L9): `at` in ms since the Unix epoch; `id` is `<client>-<seq>`, equal when predicted and when confirmed. */
export interface Stamp<Role extends string = string> {
  readonly at: number;
  readonly id: string;
  readonly by: By<Role>;
}

/** The input of a room's machine. `id` is the room's, without its type; `at` is when the room was made, ms since the Unix epoch. */
export interface RoomInput {
  readonly id: string;
  readonly at: number;
}

/** Valibot entries per command: `{ vote: { card: v.number() }, reveal: {} }`. Unknown keys of a payload are refused. */
export type Commands = Readonly<Record<string, v.ObjectEntries>>;

export type StampKey = "type" | keyof Stamp;
type ReservedName = `xstate.${string}` | `participant.${string}` | "xstate" | "participant" | `${string}*${string}` | "";

/** `Fine`, or why a command may not be declared so, at the property that is wrong. */
export type CheckCommand<Name, Entries, Fine = Entries> = Name extends ReservedName
  ? `✗ '${Name}': this name is kept for the room's own events`
  : Extract<keyof Entries, StampKey> extends never
    ? Fine
    : {
        [Key in keyof Entries]: Key extends StampKey
          ? `✗ '${Name & string}' must not declare '${Key}': the server stamps it`
          : Entries[Key];
      };
export type CheckCommands<C> = { [Name in keyof C]: CheckCommand<Name, C[Name]> };

type Flat<T> = { [Key in keyof T]: T[Key] } & {};
type Schema<Entries> = Entries extends v.ObjectEntries ? v.StrictObjectSchema<Entries, undefined> : never;

/** What a caller writes: the schemas' input, so that defaults may be left out. */
export type CommandInput<C> = {
  [Name in keyof C & string]: Flat<{ readonly type: Name } & Readonly<v.InferInput<Schema<C[Name]>>>>;
}[keyof C & string];
/** What a schema gives, before the stamp. */
export type CommandOutput<C> = {
  [Name in keyof C & string]: Flat<{ readonly type: Name } & Readonly<v.InferOutput<Schema<C[Name]>>>>;
}[keyof C & string];
/** What the machine gets: the schemas' output and the stamp. */
export type CommandEvent<C, Role extends string = string> = {
  [Name in keyof C & string]: Flat<{ readonly type: Name } & Readonly<v.InferOutput<Schema<C[Name]>>> & Stamp<Role>>;
}[keyof C & string];

/** From the room itself. `joined` and `left` come once per session (`who` is its number); `away` and `back` follow its connection. */
export type SystemEvent<Role extends string = string> = Stamped<
  Role,
  {
    "participant.joined": {
      readonly user: string;
      readonly name: string;
      readonly role: Role;
      readonly who: number;
      readonly client: string;
    };
    "participant.left": { readonly user: string };
    "participant.away": { readonly user: string };
    "participant.back": { readonly user: string };
  }
>;
type Stamped<Role extends string, Payloads> = {
  [Type in keyof Payloads & string]: Flat<{ readonly type: Type } & Payloads[Type] & Stamp<Role | "system">>;
}[keyof Payloads & string];

const systemTypes: Readonly<Record<SystemEvent["type"], true>> = {
  "participant.joined": true,
  "participant.left": true,
  "participant.away": true,
  "participant.back": true,
};
/** Whether an event of this type can reach the machine from outside. */
export const isKnownType = (commands: Commands, type: string): boolean => Object.hasOwn(commands, type) || Object.hasOwn(systemTypes, type);

export type Parsed<C> =
  | { readonly ok: true; readonly event: CommandOutput<C> }
  | { readonly ok: false; readonly code: "command" | "payload"; readonly reason: string };

/** Parsed once, here, by server and predicting client alike; what comes out holds only declared keys, in the schema's order. */
export function parseCommand<C extends Commands>(commands: C, input: { readonly type: string }): Parsed<C> {
  // A command may be named by anybody: `constructor` must not be found.
  if (!Object.hasOwn(commands, input.type)) return { ok: false, code: "command", reason: noSuchCommand(input.type) };
  const result = v.safeParse(schemaOf(commands, input.type), input, { abortEarly: true });
  if (result.success) return { ok: true, event: result.output as CommandOutput<C> };
  const [issue] = result.issues;
  const reason = `'${input.type}' is wrong at '${shortened(v.getDotPath(issue) ?? "type")}': ${shortened(issue.message)}`;
  return { ok: false, code: "payload", reason };
}

export const noSuchCommand = (type: string): string => `There is no command '${shortened(type)}'.`;

/** A reason quotes what the client sent, and goes back over the wire. */
const quotedCharsMax = 120;
const shortened = (text: string): string => (text.length > quotedCharsMax ? `${text.slice(0, quotedCharsMax)}…` : text);

type AnySchema = v.GenericSchema<unknown, { readonly type: string }>;
const compiled = new WeakMap<Commands, Map<string, AnySchema>>();

function schemaOf(commands: Commands, type: string): AnySchema {
  let schemas = compiled.get(commands);
  if (schemas === undefined) {
    schemas = new Map(Object.entries(commands).map(([name, entries]) => [name, v.strictObject({ type: v.literal(name), ...entries })]));
    compiled.set(commands, schemas);
  }
  const schema = schemas.get(type);
  if (schema === undefined) throw new Error(`the command '${type}' was added after the first parse`);
  return schema;
}
