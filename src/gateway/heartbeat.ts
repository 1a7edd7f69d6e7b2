/**
 * Who is still there, and still signed in? Bun's idle timeout cannot tell: successful writes reset it, so in a busy room it never fires.
 * From: the server's sweep, once a second for all connections. To: the session, which becomes stale.
 */
import type { Clock } from "../clock.ts";
import { closeCodes } from "../protocol/codes.ts";
import type { Limits } from "../protocol/limits.ts";
import type { Connection } from "./connection.ts";
import { expiredReason } from "./sign-in.ts";

export function sweepConnections(
  connections: Iterable<Connection>,
  clock: Clock,
  limits: Limits,
  onStale: (connection: Connection) => void,
): void {
  const nowMs = clock.monotonic();
  const now = clock.now();
  for (const connection of [...connections]) {
    if (connection.phase === "closed") continue;
    connection.tellHeldPresence();
    if (connection.phase !== "joined" && nowMs - connection.openedAtMs >= limits.helloTimeoutMs) {
      connection.turnAway("DEADLINE_EXCEEDED", closeCodes.helloTimeout, "No hello in time.");
    } else if (connection.expiresAt <= now) {
      connection.turnAway("UNAUTHENTICATED", closeCodes.unauthenticated, expiredReason);
    } else if (connection.pingSentMs > connection.lastSeenMs) {
      if (nowMs - connection.pingSentMs < limits.pongTimeoutMs) continue;
      onStale(connection);
      connection.missedHeartbeat();
    } else if (nowMs - connection.lastSeenMs >= limits.pingEveryMs) {
      connection.pingSentMs = nowMs;
      connection.ping();
    }
  }
}
