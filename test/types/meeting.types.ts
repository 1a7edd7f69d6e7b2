/** Checked by `tsc` alone: the schemas of src/meeting/commands.ts and the events of machines/meeting.ts say the same. */
import type * as v from "valibot";
import type { MeetingCommand, Stamp } from "../../machines/meeting.ts";
import type { meetingCommands } from "../../src/meeting/commands.ts";

type Flat<T> = { -readonly [K in keyof T]: T[K] };
/** Identity, not assignability: `{}` and `{user?: string}` are assignable to each other. */
type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

type Commands = typeof meetingCommands;
type Output<E> = E extends v.ObjectEntries ? v.InferOutput<v.StrictObjectSchema<E, undefined>> : never;
type SchemaPayload<K extends keyof Commands> = Flat<Output<Commands[K]>>;
type EventPayload<K> = Flat<Omit<Extract<MeetingCommand, { type: K }>, "type" | keyof Stamp>>;
type Different = { [K in keyof Commands]: Equal<SchemaPayload<K>, EventPayload<K>> extends true ? never : K }[keyof Commands];

export const everyCommandHasItsSchema: Equal<MeetingCommand["type"], keyof Commands> = true;
export const everySchemaGivesThePayload: Equal<Different, never> = true;

// Canaries: the comparison can fail.
export const optionalIsNotUndefined: Equal<{ user?: string }, { user?: string | undefined }> = false;
export const emptyIsNotOptional: Equal<{}, { user?: string }> = false;
export const handLowerNamesAUser: Equal<SchemaPayload<"hand.lower">, {}> = false;
