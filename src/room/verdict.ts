/**
 * A refusal as people and programs read it: a code, what it is about, and a sentence from the room type's reasons.
 * From: the owner, for commands and joins; the client, for what it may offer. To: the wire's `refused`, tooltips.
 */
import type { AnyMachineSnapshot, EventObject, StateValue } from "xstate";
import type { RefusalCode } from "../protocol/codes.ts";
import { isKnownType, noSuchCommand, type Stamp } from "./commands.ts";
import type { AnyRoomType, GuardName } from "./define-room.ts";
import { type Explanation, explain } from "./explain.ts";
import type { BlamedGuard, UnnamedGuard } from "./guards.ts";

export type Refusal<R extends AnyRoomType> =
  | {
      readonly code: "guard";
      /** The first to blame; `reason` names the others where any of several would do. */
      readonly guard: GuardName<R["machine"]> | UnnamedGuard;
      readonly params?: unknown;
      /** The guard holds, and must not. */
      readonly negated?: true;
      readonly reason: string;
    }
  | { readonly code: "state"; readonly acceptedIn: readonly string[]; readonly reason: string }
  | { readonly code: "forbidden"; readonly forbiddenBy: string; readonly reason: string }
  | { readonly code: PlainCode | "command" | "payload"; readonly reason: string }
  /** `error`: what a guard threw; for the server's own eyes. */
  | { readonly code: "internal"; readonly reason: string; readonly error?: unknown };
type PlainCode = "done" | "noEffect";

/** `allowed` and `unknown` as in `explain`: a transition may still turn out to change nothing, which the room refuses as `noEffect`. */
export type Verdict<R extends AnyRoomType> =
  | { readonly verdict: "allowed" }
  | { readonly verdict: "unknown" }
  | ({ readonly verdict: "refused" } & Refusal<R>);
/** A refusal by any room type, as the server handles it. */
export interface RefusedVerdict {
  readonly verdict: "refused";
  readonly code: RefusalCode;
  readonly reason: string;
  readonly guard?: string;
  readonly params?: unknown;
  readonly negated?: true;
  readonly acceptedIn?: readonly string[];
  readonly forbiddenBy?: string;
  readonly error?: unknown;
}

/** What became of a command, in the end. */
export type Outcome<R extends AnyRoomType> = { readonly ok: true; readonly rev: number } | ({ readonly ok: false } & Refusal<R>);

/** `snapshot` is before the event. Never throws: a guard that does is a refusal with the code `internal`. */
export function verdict<R extends AnyRoomType>(room: R, snapshot: AnyMachineSnapshot, event: EventObject & Stamp): Verdict<R> {
  let explanation: Explanation;
  try {
    explanation = explain(snapshot, event, (type) => isKnownType(room.commands, type));
  } catch (error) {
    return { ...plainRefusal("internal"), error };
  }
  if (explanation.verdict !== "refused") return explanation;
  switch (explanation.code) {
    case "command":
      return { verdict: "refused", code: "command", reason: noSuchCommand(event.type) };
    case "done":
      return plainRefusal("done");
    case "state": {
      const { acceptedIn } = explanation;
      const reason = acceptedIn.length > 0 ? `Possible in ${acceptedIn.join(", ")}.` : "Possible in no state.";
      return { verdict: "refused", code: "state", acceptedIn, reason };
    }
    case "forbidden":
      return {
        verdict: "refused",
        code: "forbidden",
        forbiddenBy: explanation.forbiddenBy,
        reason: `Not possible in ${explanation.forbiddenBy}.`,
      };
    case "guard": {
      const tell = teller(room, snapshot, event);
      const reason = [...new Set(explanation.blame.map(tell))].join(" Or: ");
      return { verdict: "refused", code: "guard", ...(explanation.blame[0] as Named<R>), reason };
    }
  }
}
/** A blame is never empty, and its guards are the machine's own. */
type Named<R extends AnyRoomType> = BlamedGuard & { readonly guard: GuardName<R["machine"]> | UnnamedGuard };

/** A refusal that needs no explanation, with its sentence. */
const plainRefusal = <Code extends keyof typeof plainReasons>(code: Code) =>
  ({ verdict: "refused", code, reason: plainReasons[code] }) as const;
const plainReasons = { done: "This room has ended.", internal: "The room failed on this; nothing changed." };

function teller(room: AnyRoomType, snapshot: AnyMachineSnapshot, event: EventObject & Stamp): (blamed: BlamedGuard) => string {
  // A reason goes to the one who was refused, so it is made from what that one may see (L8).
  const seen = (): unknown => {
    if (room.view === undefined) return snapshot.context;
    const { user, role } = event.by;
    return room.view(snapshot, room.audience({ user, role }));
  };
  return ({ guard, params, negated }) => {
    const key = negated ? `not ${guard}` : guard;
    const reason = Object.hasOwn(room.reasons, key) ? room.reasons[key] : undefined;
    if (typeof reason === "string") return reason;
    if (reason === undefined) return fallback(guard, params, negated);
    try {
      return reason({ context: seen(), event, params });
    } catch {
      // A reason that asks for what is hidden, or is simply wrong, must not cost the refusal itself.
      return fallback(guard, params, negated);
    }
  };
}

function fallback(guard: string, params: unknown, negated: true | undefined): string {
  if (guard === ("(stateIn)" satisfies UnnamedGuard))
    return `${negated ? "Not possible" : "Possible"} in ${statesOf(params as StateValue).join(", ")}.`;
  if (guard === ("(unnamed)" satisfies UnnamedGuard)) return "Not possible now.";
  return negated ? `'${guard}' must not hold.` : `'${guard}' does not hold.`;
}

/** `#id` and `a.b` as they are; `{a: {b: "c"}, d: "e"}` as `a.b.c`, `d.e`. */
const statesOf = (value: StateValue): readonly string[] =>
  typeof value === "string"
    ? [value]
    : Object.entries(value).flatMap(([key, inner]) => {
        const below = statesOf(inner ?? {});
        return below.length > 0 ? below.map((name) => `${key}.${name}`) : [key];
      });
