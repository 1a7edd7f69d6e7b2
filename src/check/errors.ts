/** What is told of an error, and of a state that may have no text. */
import { type DomainState, fingerprint } from "../room/domain.ts";

/** Cycles have no text; they are told of as what they are. */
export function textOf(state: DomainState): string {
  try {
    return fingerprint(state);
  } catch {
    return "no JSON";
  }
}

/** After a replay an error is plain data. */
export const messageOf = (error: unknown): string => {
  const message = typeof error === "object" && error !== null && "message" in error ? error.message : error;
  return String(message).split("\n")[0] ?? "";
};
export const stackOf = (error: unknown): string | undefined => (error instanceof Error ? error.stack : undefined);
