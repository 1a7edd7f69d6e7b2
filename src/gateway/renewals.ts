/**
 * New tokens in a live connection: the sign-in is asked again while everything else goes on ([TOKEN-1] and following in SPEC.md).
 * From: connection.ts, after the welcome. The session lives on only if nothing but the time has changed.
 */
import { encodeError, encodeRenewed } from "../protocol/frames.ts";
import type { Room } from "../room/room.ts";
import type { Session } from "../sync/session.ts";
import type { Connection, ConnectionData, ConnectionHost } from "./connection.ts";
import { placeOf } from "./place.ts";
import { signIn } from "./sign-in.ts";

export class Renewals {
  readonly #connection: Connection;
  readonly #data: ConnectionData;
  readonly #host: ConnectionHost;
  /** The newest token's number: what becomes of an older one no longer matters. */
  #newest = 0;

  constructor(connection: Connection, data: ConnectionData, host: ConnectionHost) {
    this.#connection = connection;
    this.#data = data;
    this.#host = host;
  }

  take(token: string, session: Session, room: Room): void {
    const granted = this.#connection.rated("renewals");
    if (granted !== true) {
      this.#host.count("rateLimited.token");
      this.#connection.send(encodeError("RESOURCE_EXHAUSTED", "Too many tokens.", { retryAfterMs: granted.retryAfterMs }));
      return;
    }
    const number = ++this.#newest;
    this.#renew(number, token, session, room).catch((error: unknown) => {
      this.#host.onTrouble("token", error);
      if (number === this.#newest)
        this.#connection.send(encodeError("INTERNAL", "The server failed to check this token; you stay signed in as before."));
    });
  }

  async #renew(number: number, token: string, session: Session, room: Room): Promise<void> {
    const { auth, clock, directory } = this.#host;
    const { request, type, id } = this.#data;
    const connection = this.#connection;
    const signedIn = await signIn(auth, { request, token, client: session.client }, placeOf(type, id, directory), clock);
    if (number !== this.#newest || connection.phase === "closed") return;
    const { user, name, role } = session.identity;
    const shown = signedIn.ok ? signedIn.identity.user : signedIn.user;
    if (shown !== undefined && shown !== user) return connection.refuse("PERMISSION_DENIED", "This token is another user's.");
    if (!signedIn.ok) return connection.turnAway(signedIn.code, signedIn.close, signedIn.reason);
    // 1012, not 4409: it is this very client that has to come again.
    if (signedIn.identity.name !== name || signedIn.identity.role !== role)
      return room.sessions.end(session, "ABORTED", "restart", "Your role or name changed; this connection starts anew.");
    connection.expiresAt = signedIn.expiresAt ?? Infinity;
    connection.send(encodeRenewed(signedIn.expiresAt));
  }
}
