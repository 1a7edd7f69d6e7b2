/**
 * Which client this is: a public id that no other tab or process uses, its secret, and what is pending under it, kept in a slot of the storage.
 * From: room.ts. To: the storage. A command goes to the server only once it is stored: otherwise a crash could let its number be used twice.
 */
import type { Entry, Pending, StoredCommand } from "./pending.ts";
import type { ClientRecord, ClientStorage, Slot } from "./storage.ts";

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

export class Identity {
  client: string;
  resume: string | undefined;
  /** Whom the server took this client for; none before its first welcome. */
  user: string | undefined;
  readonly #storage: ClientStorage | undefined;
  readonly #host: IdentityHost;
  #slot: Slot | undefined;
  #dirty = false;
  #saving: Promise<void> | undefined;

  constructor(storage: ClientStorage | undefined, host: IdentityHost) {
    this.#storage = storage;
    this.#host = host;
    this.client = host.newId();
  }

  /** Takes over what an earlier page or process left, if there is anything. Storage that fails is told, and done without. */
  async claim(): Promise<void> {
    if (this.#storage === undefined) return;
    try {
      this.#slot = await this.#storage.claim(this.#host.room, this.#record());
    } catch (error) {
      this.#host.onTrouble(error);
      return;
    }
    const { client, resume, user, nextSeq, pending } = this.#slot.record;
    this.client = client;
    this.resume = resume;
    this.user = user;
    this.#host.pending.restore(nextSeq, pending);
  }

  /** A client id that is surely nobody's. `left`: what stays stored under the old one, for whom it belongs to; without it, the old one is forgotten. */
  async renew(left: readonly StoredCommand[] | undefined): Promise<void> {
    const old = this.#slot;
    this.#slot = undefined; // nothing is saved there any more
    const record = { ...this.#record(), pending: left ?? [] };
    await this.#saving;
    this.client = this.#host.newId();
    this.resume = undefined;
    this.user = undefined;
    if (this.#storage === undefined || old === undefined) return;
    try {
      if (left !== undefined) await old.save(record);
      await old.release(left === undefined);
      this.#slot = await this.#storage.claimFresh(this.#host.room, this.#record());
    } catch (error) {
      this.#host.onTrouble(error);
    }
  }

  /** What is pending changed, or who this is. Saves run one at a time; each takes everything that was there when it began. */
  save(): void {
    if (this.#slot === undefined) {
      for (const entry of this.#host.pending.entries) entry.isStored = true;
      return this.#host.saved();
    }
    this.#dirty = true;
    this.#saving ??= this.#run().finally(() => {
      this.#saving = undefined;
    });
  }

  /** Resolves once all is stored; then others may be this client. */
  async release(forget: boolean): Promise<void> {
    await this.#saving;
    const slot = this.#slot;
    this.#slot = undefined;
    try {
      await slot?.release(forget);
    } catch (error) {
      this.#host.onTrouble(error);
    }
  }

  async #run(): Promise<void> {
    while (this.#dirty && this.#slot !== undefined) {
      this.#dirty = false;
      const saved: readonly Entry[] = this.#host.pending.entries;
      try {
        await this.#slot.save(this.#record());
      } catch (error) {
        // Kept in memory then: better sent without a net than not at all.
        this.#host.onTrouble(error);
      }
      for (const entry of saved) entry.isStored = true;
      this.#host.saved();
    }
  }

  #record(): ClientRecord {
    const { client, resume, user } = this;
    const { pending, now } = this.#host;
    return { client, resume, user, nextSeq: pending.nextSeq, pending: pending.stored(), usedAt: now() };
  }
}
