/**
 * Follows a room that another node owns: its entries as they become durable, each once, in order. From: whoever serves the room beside its owner.
 * The server tells each append as a plain message, which may get lost. So it is only a hint: what does not follow on what was seen, or comes too late,
 * is read from the stream, and the stream is asked now and then anyway.
 */
import type { Msg, Subscription } from "@nats-io/transport-node";
import type { NatsStore } from "./nats-connect.ts";
import { errorFrom } from "./nats-errors.ts";
import { NatsLog } from "./nats-log.ts";
import { decodeMeta, type LogMessage, metaHeader } from "./nats-message.ts";
import { firstRevOf, intactEntries, seqBefore } from "./nats-read.ts";
import { type Cursor, type Entry, JournalError, type RoomName } from "./port.ts";

export interface FollowOptions {
  /** What the follower has: entries after `rev` are told. */
  readonly from: Pick<Cursor, "epoch" | "rev">;
  readonly onEntries: (entries: readonly Entry[]) => void;
  /** Going on is impossible: history was lost (`epoch`), or the next entry is trimmed away. Told once, as the last thing: load the room anew. */
  readonly onReset: (why: "epoch" | "trimmed") => void;
  /** NATS cannot be asked, or `onEntries` threw; it is tried again. */
  readonly onTrouble: (error: unknown) => void;
}

export const rereadEveryMs = 2_000;

/** Resolves when what the log holds now was told. */
export async function follow(store: NatsStore, room: RoomName, options: FollowOptions): Promise<Follower> {
  const follower = new Follower(store, room, options);
  await follower.start();
  return follower;
}

export class Follower {
  readonly #log: NatsLog;
  readonly #room: RoomName;
  readonly #options: FollowOptions;
  readonly #epoch: string;
  #rev: number;
  /** The room's newest message that was seen; none before the first look. */
  #seen: { readonly seq: number; readonly id: string | undefined } | undefined;
  /** Up to here, messages of older epochs are history that the follower already has. */
  #historyTo = 0;
  #subscription: Subscription | undefined;
  #cancelTimer: (() => void) | undefined;
  #reading: Promise<void> | undefined;
  #readAgain = false;
  #closed = false;

  constructor(store: NatsStore, room: RoomName, options: FollowOptions) {
    this.#log = new NatsLog(store, "");
    this.#room = room;
    this.#options = options;
    this.#epoch = options.from.epoch;
    this.#rev = options.from.rev;
  }

  get rev(): number {
    return this.#rev;
  }

  /** Subscribed first, then read: what comes between the two is noticed. */
  async start(): Promise<void> {
    const { nc, names } = this.#log.store;
    this.#subscription = nc.subscribe(names.liveOf(this.#room), {
      callback: (error, message) => (error === null ? this.#live(message) : this.#options.onTrouble(error)),
    });
    await nc.flush().catch((error: unknown) => this.#options.onTrouble(errorFrom(error, `following ${this.#room}`)));
    await this.#read();
  }

  close(): void {
    this.#closed = true;
    this.#cancelTimer?.();
    this.#subscription?.unsubscribe();
  }

  #live(message: Msg): void {
    if (this.#closed) return;
    try {
      const seq = Number(message.headers?.get("Nats-Sequence"));
      if (this.#seen !== undefined && seq <= this.#seen.seq) return;
      const meta = decodeMeta(message.headers?.get(metaHeader));
      const follows = this.#reading === undefined && meta !== undefined && meta.prev === this.#seen?.seq && meta.spilled === undefined;
      if (follows) this.#reading = this.#guarded(() => this.#take({ seq, meta, body: message.data }).then(() => undefined));
      else void this.#read();
    } catch (error) {
      this.#options.onTrouble(error);
    }
  }

  /** One at a time; asked for meanwhile, it is done once more. */
  #read(): Promise<void> {
    this.#readAgain = this.#reading !== undefined;
    this.#reading ??= this.#guarded(() => this.#catchUp());
    return this.#reading;
  }

  async #guarded(run: () => Promise<void>): Promise<void> {
    this.#cancelTimer?.();
    try {
      await undefined; // so that `#reading` is set
      await run();
      while (this.#readAgain && !this.#closed) {
        this.#readAgain = false;
        await this.#catchUp();
      }
    } catch (error) {
      if (!this.#closed) this.#options.onTrouble(error);
    }
    this.#reading = undefined;
    if (!this.#closed) this.#cancelTimer = this.#log.store.clock.setTimer(rereadEveryMs, () => void this.#read());
  }

  async #catchUp(): Promise<void> {
    if (this.#seen === undefined) await this.#findPlace();
    for (let more = !this.#closed; more && !this.#closed; ) {
      const from = this.#seen ?? { seq: 0, id: undefined };
      const page = await this.#log.page(this.#room, from.seq);
      const [first] = page;
      // The last one seen comes again, or it was trimmed away. Another in its place, or nothing at all, is another history.
      if (first === undefined && !(await this.#isShorter(from.seq))) return;
      if (first === undefined || (first.seq === from.seq && from.id !== undefined && first.meta?.id !== from.id))
        return this.#reset("epoch");
      for (const message of page) {
        if (message.seq <= from.seq && from.id !== undefined) continue;
        if (this.#closed || !(await this.#take(message))) return;
      }
      more = (page.at(-1)?.seq ?? 0) > from.seq;
    }
  }

  async #findPlace(): Promise<void> {
    const last = await this.#log.last(this.#room);
    if (last?.meta === undefined || last.meta.epoch !== this.#epoch || last.meta.rev < this.#rev) return this.#reset("epoch");
    this.#historyTo = last.seq;
    this.#seen = { seq: await seqBefore(this.#log, this.#room, this.#rev, last.seq), id: undefined };
  }

  /** Asked of the leader: a copy that lags is no loss. */
  async #isShorter(seq: number): Promise<boolean> {
    return ((await this.#log.last(this.#room))?.seq ?? 0) < seq;
  }

  /** Whether it could be taken. */
  async #take(message: LogMessage): Promise<boolean> {
    const { seq, meta } = message;
    if (meta === undefined) throw new JournalError("unreadable", `a message of ${this.#room} is damaged; its owner has to open the room`);
    if (seq > this.#historyTo && meta.epoch !== this.#epoch) {
      this.#reset("epoch");
      return false;
    }
    if (meta.count > 0 && meta.rev > this.#rev) {
      if (firstRevOf(meta) > this.#rev + 1) {
        this.#reset("trimmed");
        return false;
      }
      const intact = await intactEntries(this.#log, this.#room, message);
      if (intact === undefined) throw new JournalError("unreadable", `entries of ${this.#room} up to rev ${meta.rev} are damaged`);
      if (this.#closed) return false;
      const entries = intact.entries.filter(({ rev }) => rev > this.#rev);
      this.#rev = meta.rev;
      this.#seen = { seq, id: meta.id };
      this.#options.onEntries(entries);
    } else this.#seen = { seq, id: meta.id };
    return true;
  }

  #reset(why: "epoch" | "trimmed"): void {
    if (this.#closed) return;
    this.close();
    this.#options.onReset(why);
  }
}
