/** The protocol's closed vocabularies. SPEC.md lists them with their meaning; a client needs no other words. */

/** Codes of `error` and `closing` frames: the gRPC canonical set, without the ones that nothing here can produce. */
export const errorCodes = [
  "ABORTED",
  "ALREADY_EXISTS",
  "DEADLINE_EXCEEDED",
  "FAILED_PRECONDITION",
  "INTERNAL",
  "INVALID_ARGUMENT",
  "NOT_FOUND",
  "OUT_OF_RANGE",
  "PERMISSION_DENIED",
  "RESOURCE_EXHAUSTED",
  "UNAUTHENTICATED",
  "UNAVAILABLE",
  "UNIMPLEMENTED",
] as const;
export type ErrorCode = (typeof errorCodes)[number];

const retryableCodes: ReadonlySet<ErrorCode> = new Set(["ABORTED", "DEADLINE_EXCEEDED", "RESOURCE_EXHAUSTED", "UNAVAILABLE"]);
/** Whether the same request may succeed later, unchanged. Only then does a frame carry `retryAfterMs`. */
export const isRetryable = (code: ErrorCode): boolean => retryableCodes.has(code);

/** Why a command was refused. A refusal is a verdict of the room, final for its seq; an `error` is not. */
export const refusalCodes = [
  "guard", // a named guard said no
  "state", // possible in another state
  "forbidden", // this state forbids it outright
  "done", // the room has ended for good
  "noEffect", // accepted, but nothing would change
  "command", // no such command
  "payload", // the command's fields are wrong
  "internal", // the machine failed; nothing changed
] as const;
export type RefusalCode = (typeof refusalCodes)[number];

/** WebSocket close codes that the server sends (RFC 6455 §7.4; 4000–4999 are private). */
export const closeCodes = {
  bye: 1000,
  protocol: 1002,
  policy: 1008,
  tooBig: 1009,
  internal: 1011,
  restart: 1012,
  unauthenticated: 4401,
  refused: 4403,
  notFound: 4404,
  helloTimeout: 4408,
  replaced: 4409,
  removed: 4410,
  heartbeat: 4411,
  tooMany: 4429,
} as const;
