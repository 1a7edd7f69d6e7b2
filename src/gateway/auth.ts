/** Who is it, may they come in, and is it the same client as before? From: the gateway at a hello. Identity is stamped from here (L9). */
import { createHmac, timingSafeEqual } from "node:crypto";
import { cleanName } from "../protocol/names.ts";

export const roles = ["host", "cohost", "member", "observer"] as const;
export type Role = (typeof roles)[number];

export interface Principal {
  /** Stable and unique; 1 to 128 characters. */
  readonly user: string;
  /** For people. */
  readonly name: string;
  /** When this sign-in ends, ms since the Unix epoch; then the connection is closed, unless a new token came. Default: never. */
  readonly expiresAt?: number;
}

export interface Credentials {
  /** The HTTP request of the upgrade: cookies and headers. */
  readonly request: Request;
  /** What the hello, or a later `token` frame, carried, if anything. */
  readonly token: string | undefined;
  /** The client id that the hello claims: not proven here. */
  readonly client: string;
}

/** The room that somebody wants to enter. */
export interface Place {
  readonly type: string;
  readonly id: string;
  /** Nothing has happened in it yet, not even a join. Opens the room to find out, as does the next. */
  isNew(): Promise<boolean>;
  /** As what this user is in it now; another answer of `authorize` would begin their session anew. */
  joinedAs(user: string): Promise<string | undefined>;
}

export interface Auth {
  /** `undefined` refuses: the connection is closed with 4401. */
  authenticate(credentials: Credentials): Principal | undefined | Promise<Principal | undefined>;
  /** The role in that room, or `undefined`: closed with 4403. */
  authorize(principal: Principal, room: Place): Role | undefined | Promise<Role | undefined>;
}

/**
 * Anyone may come in under any name: whoever opens a new room as its host, all others as members, unless `role` says otherwise.
 * For loopback and demos only: the token is the display name, and each client is a user of its own.
 */
export const guests = (options: { readonly role?: (name: string) => Role } = {}): Auth => ({
  authenticate({ token, client }) {
    const name = cleanName(token ?? "Guest");
    return name === undefined ? undefined : { user: `guest-${client}`, name };
  },
  async authorize({ user, name }, room) {
    const role = options.role?.(name);
    if (role !== undefined) return role;
    if (await room.isNew()) return "host";
    const joined = await room.joinedAs(user);
    return roles.find((known) => known === joined) ?? "member";
  },
});

export const resumeKeyCharsMin = 16;

/** Shown by a client that comes back. Derived, not stored: it survives restarts and holds on every node that has the key. */
export class ResumeSecrets {
  readonly #key: string;

  constructor(key: string) {
    if (key.length < resumeKeyCharsMin) throw new TypeError(`the resume key must have at least ${resumeKeyCharsMin} characters`);
    this.#key = key;
  }

  of(room: string, user: string, client: string): string {
    return createHmac("sha256", this.#key)
      .update(JSON.stringify([room, user, client]))
      .digest("base64url")
      .slice(0, 32);
  }

  matches(shown: string | undefined, room: string, user: string, client: string): boolean {
    if (shown === undefined) return false;
    const known = Buffer.from(this.of(room, user, client));
    const given = Buffer.from(shown);
    return given.length === known.length && timingSafeEqual(given, known);
  }
}
