/** Asks the app's sign-in: who is it, with what role, and for how long? From: a hello (connection.ts), and a token in a live connection (renewals.ts). */
import type { Clock } from "../clock.ts";
import { closeCodes } from "../protocol/codes.ts";
import type { Identity } from "../sync/session.ts";
import type { Auth, Credentials, Place } from "./auth.ts";

export type SignIn =
  /** `expiresAt`: ms since the Unix epoch; `undefined`: never. */
  | { readonly ok: true; readonly identity: Identity; readonly expiresAt: number | undefined }
  | {
      readonly ok: false;
      /** Who it is, where that is known. */
      readonly user: string | undefined;
      readonly code: "UNAUTHENTICATED" | "PERMISSION_DENIED";
      readonly close: number;
      readonly reason: string;
    };

export const expiredReason = "Your sign-in has expired.";

/** Rejects if the app's own code fails, or gives a time that is none. */
export async function signIn(auth: Auth, credentials: Credentials, room: Place, clock: Clock): Promise<SignIn> {
  const principal = await auth.authenticate(credentials);
  if (principal === undefined) return unauthenticated("Sign in first.");
  const { user, name, expiresAt } = principal;
  if (expiresAt !== undefined && !Number.isFinite(expiresAt)) throw new TypeError(`expiresAt: ${expiresAt} is no time`);
  if (expiresAt !== undefined && expiresAt <= clock.now()) return unauthenticated(expiredReason);
  const role = await auth.authorize(principal, room);
  if (role === undefined)
    return { ok: false, user, code: "PERMISSION_DENIED", close: closeCodes.refused, reason: "You may not enter this room." };
  return { ok: true, identity: { user, name, role }, expiresAt };
}

const unauthenticated = (reason: string): SignIn => ({
  ok: false,
  user: undefined,
  code: "UNAUTHENTICATED",
  close: closeCodes.unauthenticated,
  reason,
});
