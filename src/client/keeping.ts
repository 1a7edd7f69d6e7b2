/**
 * What every storage has besides the storing: a client's identity that is kept in a slot, and what dead clients left, which is settled by the next.
 * From: the storages, so that a bundle without one has nothing of this.
 */
import type { AnyRoomType } from "../room/define-room.ts";
import { ClientRoom, type Me } from "./client-room.ts";
import type { Identity, IdentityHost } from "./identity.ts";
import type { StoredCommand } from "./pending.ts";
import type { ClientRecord, ClientStorage, Slot } from "./storage.ts";
import type { SyncOptions } from "./sync.ts";

export type CourierOptions = SyncOptions;

export interface Keeping {
  identity(this: ClientStorage, host: IdentityHost): Identity;
  /** A tab or process died and left commands: they are sent as the client that gave them, each once; their refusals are told in `room`. Never rejects. */
  settleOrphans(this: ClientStorage, definition: AnyRoomType, options: CourierOptions, room: ClientRoom): Promise<void>;
}

export const keeping: Keeping = {
  identity(host) {
    return new StoredIdentity(this, host);
  },
  async settleOrphans(definition, options, room) {
    try {
      const me = await firstWelcome(room);
      if (me === undefined) return;
      for (const slot of await this.orphans(options.address)) {
        const isClosed = room.connection.status === "closed";
        if (!isClosed && isOurs(slot.record, me)) settle(definition, options, slot, room, this);
        else await slot.release();
      }
    } catch (error) {
      room.tell("trouble", { code: "storage", message: "What other tabs left could not be looked for.", error });
    }
  },
};

/** Another user's commands stay for when that one signs in again. Guests are users of their own, named after their clients. */
const isOurs = ({ user, client }: ClientRecord, me: Me): boolean =>
  user === undefined || user === me.user || user === me.user.replace(me.client, client);

/** Who this client is, as soon as the server said so; undefined if it is closed before. */
function firstWelcome(room: ClientRoom): Promise<Me | undefined> {
  return new Promise((resolve) => {
    const look = () => {
      if (room.me === undefined && room.connection.status !== "closed") return;
      stop();
      resolve(room.me);
    };
    const stop = room.subscribe(look);
    look();
  });
}

/** A room of its own, for this errand. */
function settle(definition: AnyRoomType, options: CourierOptions, slot: Slot, room: ClientRoom, kept: ClientStorage): void {
  const storage: ClientStorage = { ...kept, claim: async () => slot };
  const courier = new ClientRoom(definition, { ...options, storage, isCourier: true });
  for (const name of ["refused", "trouble"]) courier.on(name, (event) => room.tell(name, event));
  room.subscribe(() => {
    if (room.connection.status === "closed") void courier.close();
  });
  // Closed with its errand undone, it leaves the commands for the next.
  void courier
    .start()
    .then(() => courier.whenSynced())
    .then(
      () => courier.vanish(),
      () => undefined,
    );
}

class StoredIdentity implements Identity {
  client: string;
  resume: string | undefined;
  user: string | undefined;
  readonly #storage: ClientStorage;
  readonly #host: IdentityHost;
  #slot: Slot | undefined;
  #dirty = false;
  #saving: Promise<void> | undefined;

  constructor(storage: ClientStorage, host: IdentityHost) {
    this.#storage = storage;
    this.#host = host;
    this.client = host.newId();
  }

  /** Storage that fails is told, and done without. */
  async claim(): Promise<void> {
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
    // Before its first welcome it can have sent nothing.
    this.#host.pending.restore(nextSeq, pending, user, resume !== undefined);
  }

  async renew(left: readonly StoredCommand[] | undefined): Promise<void> {
    const old = this.#slot;
    this.#slot = undefined; // nothing is saved there any more
    const record = { ...this.#record(), pending: left ?? [] };
    await this.#saving;
    this.client = this.#host.newId();
    this.resume = undefined;
    if (left !== undefined) this.user = undefined;
    if (old === undefined) return;
    try {
      if (left !== undefined) await old.save(record);
      await old.release(left === undefined);
      this.#slot = await this.#storage.claimFresh(this.#host.room, this.#record());
    } catch (error) {
      this.#host.onTrouble(error);
    }
  }

  /** Saves run one at a time; each takes everything that was there when it began. */
  save(): void {
    if (this.#slot === undefined) {
      for (const entry of this.#host.pending.entries) entry.isStored = true;
      return this.#host.saved();
    }
    this.#dirty = true;
    this.#saving ??= this.#run();
  }

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
      // Meanwhile numbers may change, and the first welcome may come: what was saved then says too little.
      const saved = this.#host.pending.entries.map((entry) => ({ entry, seq: entry.seq }));
      const { resume } = this;
      try {
        await this.#slot.save(this.#record());
      } catch (error) {
        // Kept in memory then: better sent without a net than not at all.
        this.#host.onTrouble(error);
      }
      if (this.resume === resume) for (const { entry, seq } of saved) if (entry.seq === seq) entry.isStored = true;
      this.#host.saved();
    }
    this.#saving = undefined; // in the same step as the last look at #dirty: whoever saves now begins anew
  }

  #record(): ClientRecord {
    const { client, resume, user } = this;
    const { pending, now } = this.#host;
    return { client, resume, user, nextSeq: pending.nextSeq, pending: pending.stored(), usedAt: now() };
  }
}
