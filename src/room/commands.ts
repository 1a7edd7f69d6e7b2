/**
 * Commands: what a client may ask of a room, as Valibot entries per event type, and what the room makes of them.
 * From: the app's definition. To: the machine's event types (derived here) and `parseCommand`, the one gate for payloads.
 */
import type * as v from "valibot";

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

const systemTypes: readonly string[] = [
  "participant.joined",
  "participant.left",
  "participant.away",
  "participant.back",
] satisfies SystemEvent["type"][];
/** Whether an event of this type can reach the machine from outside. */
export const isKnownType = (commands: Commands, type: string): boolean => Object.hasOwn(commands, type) || systemTypes.includes(type);

export type Parsed<C> =
  | { readonly ok: true; readonly event: CommandOutput<C> }
  | { readonly ok: false; readonly code: "command" | "payload"; readonly reason: string };

/** Parsed once, here, by server and predicting client alike; what comes out holds only declared keys, in the schema's order. */
export function parseCommand<C extends Commands>(commands: C, input: { readonly type: string }): Parsed<C> {
  const { type } = input;
  // A command may be named by anybody: `constructor` must not be found.
  const entries = Object.hasOwn(commands, type) ? commands[type] : undefined;
  if (entries === undefined) return { ok: false, code: "command", reason: noSuchCommand(type) };
  const event: Record<string, unknown> = { type };
  const flaw = parseInto(event, entries, input);
  if (flaw === undefined) return { ok: true, event: event as CommandOutput<C> };
  return { ok: false, code: "payload", reason: `'${type}' is wrong at '${shortened(flaw.path)}': ${shortened(flaw.message)}` };
}

/**
 * What `v.strictObject(entries)` does, entry by entry through the standard interface of schemas: in every client's bundle
 * the library's own objects would be a tenth of it.
 */
function parseInto(event: Record<string, unknown>, entries: v.ObjectEntries, input: Readonly<Record<string, unknown>>): Flaw | undefined {
  const unknown = Object.keys(input).find((key) => key !== "type" && !Object.hasOwn(entries, key));
  if (unknown !== undefined) return { path: unknown, message: "There is no such key." };
  for (const [key, schema] of Object.entries(entries)) {
    const isGiven = Object.hasOwn(input, key);
    if (!isGiven && !optionalTypes.has(schema.type)) return { path: key, message: "This key is missing." };
    const fallback = isGiven ? undefined : defaultOf(schema);
    if (!isGiven && fallback === undefined) continue;
    const result = schema["~standard"].validate(isGiven ? input[key] : fallback);
    if (result instanceof Promise) throw new TypeError("a schema is asynchronous");
    const issue = result.issues?.[0];
    if (issue !== undefined) {
      const below = (issue.path ?? []).map((part) => String(typeof part === "object" ? part.key : part));
      return { path: [key, ...below].join("."), message: issue.message };
    }
    event[key] = (result as { readonly value: unknown }).value;
  }
  return undefined;
}
interface Flaw {
  readonly path: string;
  readonly message: string;
}

const optionalTypes: ReadonlySet<string> = new Set(["optional", "exact_optional", "nullish"]);
function defaultOf(schema: v.ObjectEntries[string]): unknown {
  const { default: given } = schema as { readonly default?: unknown };
  return typeof given === "function" ? given() : given;
}

export const noSuchCommand = (type: string): string => `There is no command '${shortened(type)}'.`;

/** A reason quotes what the client sent, and goes back over the wire. */
const quotedCharsMax = 120;
const shortened = (text: string): string => (text.length > quotedCharsMax ? `${text.slice(0, quotedCharsMax)}…` : text);
