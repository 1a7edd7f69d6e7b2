/** What the checker finds, each kind by its code; docs/machines.md says what each means and how to mend it. */
import type { DefinitionCode } from "../room/findings.ts";

export type FindingCode =
  | DefinitionCode
  // Read off the machine as it stands.
  | "no-migrate"
  | "event-without-schema"
  | "app-handles-core"
  | "crosses-regions"
  // Seen while exploring.
  | "never-reached"
  | "never-accepted"
  | "dead-end"
  | "regions-disagree"
  | "always-reads-event"
  | "throws"
  | "impure"
  | "not-deterministic"
  | "mutates"
  | "not-json"
  | "not-restored"
  | "invariant"
  | "view-throws"
  | "view-differs"
  | "view-not-json"
  | "view-leaks"
  | "secret-shown"
  // Of the app's folder.
  | "readme-stale";

/** One thing that happens on a way: `who` is a person, or `the room` (a timer, a service). */
export interface PathStep {
  readonly who: string;
  /** The command, or what the room saw: `{type, …}`, without its stamp. */
  readonly what: { readonly type: string };
  /** Virtual time since the step before, ms. */
  readonly afterMs: number;
}

export interface Finding {
  readonly code: FindingCode;
  /** One sentence, without its full stop. */
  readonly text: string;
  /** A state, or a place in a file. */
  readonly where?: string;
  /** A shortest way found that leads there, from an empty room. */
  readonly path?: readonly PathStep[];
}
