/** What NATS says, as the journal's own errors. From: all of nats-*.ts. */
import { JetStreamApiError } from "@nats-io/jetstream";
import { errors } from "@nats-io/transport-node";
import { JournalError } from "./port.ts";

const wrongLastSequence = [10_071, 10_164];
const streamNotFound = 10_059;
/** Account limits, the server's storage, the stream's own `max_bytes`, the disk. */
const fullCodes = [10_023, 10_028, 10_047];
const storeFailed = 10_077;

const apiCode = (error: unknown): number | undefined => (error instanceof JetStreamApiError ? error.code : undefined);

/** The server refused a compare-and-append. It does not say whose message is in the way: it may be our own, whose answer was lost. */
export const isRefused = (error: unknown): boolean => wrongLastSequence.includes(apiCode(error) ?? 0);
export const isNoStream = (error: unknown): boolean => apiCode(error) === streamNotFound;

export function errorFrom(error: unknown, what: string): JournalError {
  if (error instanceof JournalError) return error;
  const detail = error instanceof Error ? error.message : String(error);
  const code = apiCode(error) ?? 0;
  if (fullCodes.includes(code) || (code === storeFailed && /maximum|exceeded|no space/i.test(detail)))
    return new JournalError("full", `${what}: NATS has no room left: ${detail}`, { cause: error });
  if (isOff(error)) return new JournalError("io", `${what}: JetStream does not answer`, { cause: error });
  if (error instanceof errors.TimeoutError) return new JournalError("io", `${what}: NATS did not answer in time`, { cause: error });
  if (error instanceof errors.ClosedConnectionError)
    return new JournalError("io", `${what}: the connection to NATS is closed`, { cause: error });
  return new JournalError("io", `${what}: ${detail}`, { cause: error });
}

/** Nobody answers for JetStream: it is switched off, or the stream has no leader. The library does not export this class. */
export const isOff = (error: unknown): boolean => error instanceof Error && error.name === "JetStreamNotEnabled";
