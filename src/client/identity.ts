/**
 * Which client this is: a public id that no other tab or process uses, its secret, and what is pending under it.
 * From: sync.ts. A command goes to the server only once it is stored: otherwise a crash could let its number be used twice.
 */
import type { Pending, StoredCommand } from "./pending.ts";

export interface IdentityHost {
  readonly pending: Pending;
  /** The room's address: clients of different rooms have nothing in common. */
  readonly room: string;
  newId(): string;
  now(): number;
  /** Everything that was pending when the save began would survive a crash. */
  saved(): void;
  onTrouble(error: unknown): void;
}

export interface Identity {
  readonly client: string;
  resume: string | undefined;
  /** Whom the server took this client for; none before its first welcome. */
  user: string | undefined;
  /** Takes over what an earlier page or process left, if there is anything. Never rejects. */
  claim(): Promise<void>;
  /** A client id that is surely nobody's. `left`: what stays stored under the old one, for whom it belongs to; without it, it is the same user's: the old one is forgotten. */
  renew(left: readonly StoredCommand[] | undefined): Promise<void>;
  /** What is pending changed, or who this is. */
  save(): void;
  /** Resolves once all is stored; then others may be this client. `forget`: nobody needs to. */
  release(forget: boolean): Promise<void>;
}

/** For as long as this process lives. */
export function fleetingIdentity({ newId, pending, saved }: IdentityHost): Identity {
  const identity = {
    client: newId(),
    resume: undefined,
    user: undefined,
    claim: async () => undefined,
    renew: async (left: unknown) =>
      void Object.assign(identity, { client: newId(), resume: undefined, user: left === undefined ? identity.user : undefined }),
    save() {
      for (const entry of pending.entries) entry.isStored = true;
      saved();
    },
    release: async () => undefined,
  };
  return identity;
}
