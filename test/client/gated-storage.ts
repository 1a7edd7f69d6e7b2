/** Clients in memory, whose saves take as long as the test says. */
import type { ClientRecord, ClientStorage, Slot } from "../../src/client/index.ts";
import { memoryStorage } from "../../src/client/memory.ts";

export class GatedStorage {
  /** Saves wait from now on, each until it is let through. */
  isHolding = false;
  /** What is durable, the newest last. */
  readonly saved: ClientRecord[] = [];
  /** Clients that were let go of; `forgotten` among them. */
  readonly released: string[] = [];
  readonly forgotten: string[] = [];
  readonly storage: ClientStorage;
  readonly #waiting: (() => void)[] = [];

  constructor() {
    const inner = memoryStorage();
    this.storage = {
      ...inner,
      claim: async (room, fresh) => this.#gated(await inner.claim(room, fresh)),
      claimFresh: async (room, fresh) => this.#gated(await inner.claimFresh(room, fresh)),
      orphans: async (room) => (await inner.orphans(room)).map((slot) => this.#gated(slot)),
    };
  }

  /** Saves that wait. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Lets the oldest one through that waits. */
  async letOne(): Promise<void> {
    const go = this.#waiting.shift();
    if (go === undefined) throw new Error("no save waits");
    go();
    await new Promise((resolve) => setImmediate(resolve));
  }

  async letAll(): Promise<void> {
    this.isHolding = false;
    while (this.#waiting.length > 0) await this.letOne();
  }

  /** A client of an earlier page, which nobody is now. */
  async leave(room: string, record: Partial<ClientRecord>): Promise<void> {
    const whole = { client: "old", nextSeq: 1, pending: [], usedAt: 1_700_000_000_000, ...record };
    const slot = await this.storage.claimFresh(room, whole);
    await slot.save(whole);
    await slot.release();
    this.released.length = 0;
    this.saved.length = 0;
  }

  #gated(slot: Slot): Slot {
    return {
      record: slot.record,
      save: async (record) => {
        if (this.isHolding) await new Promise<void>((resolve) => this.#waiting.push(resolve));
        await slot.save(record);
        this.saved.push(structuredClone(record));
      },
      release: async (forget = false) => {
        await slot.release(forget);
        this.released.push(slot.record.client);
        if (forget) this.forgotten.push(slot.record.client);
      },
    };
  }
}
