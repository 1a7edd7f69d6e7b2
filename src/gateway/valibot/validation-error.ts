import * as v from "valibot";
import type { ErrorCode } from "../../protocol/codes.ts";
import type { Issues } from "./schema.ts";

/**
 * A message that its schema refused. `INVALID_ARGUMENT` for one that came in, `INTERNAL` for one that was to go out.
 * `details` holds lines `<path>: <what is wrong>`. Strings that the client sent are not quoted in them, except for the names of keys.
 */
export class ValidationError extends Error {
  override readonly name = "ValidationError";
  readonly code: Extract<ErrorCode, "INVALID_ARGUMENT" | "INTERNAL">;
  readonly details: readonly string[];
  constructor(type: string, direction: "inbound" | "outbound", issues: Issues) {
    const details = issues.map(tellIssue);
    super(`${direction === "inbound" ? "Invalid message" : "Invalid outgoing message"} "${type}": ${details.join("; ")}`);
    this.code = direction === "inbound" ? "INVALID_ARGUMENT" : "INTERNAL";
    this.details = details;
  }
}

const pathLengthMax = 100;
const messageLengthMax = 300;

function tellIssue(issue: v.BaseIssue<unknown>): string {
  const path = v.getDotPath(issue) ?? "message";
  return `${path.slice(0, pathLengthMax)}: ${tellReason(issue).slice(0, messageLengthMax)}`.toWellFormed(); // the cut may part a surrogate pair
}

function tellReason({ expected, message, path, received }: v.BaseIssue<unknown>): string {
  if (path?.at(-1)?.origin === "key") return expected === "never" ? "unknown key" : "missing";
  // Valibot's own messages end by quoting what it received. Errors are logged, and a client's text must not get into a log.
  const quotes = received.startsWith('"') && message.endsWith(received);
  return quotes ? `${message.slice(0, -received.length)}a string` : message;
}
