/**
 * Follows a room that another node owns: its entries as they become durable, each once, in order. From: nats-follow.ts; the shared log of the tests.
 * What is told live may get lost, or come out of order. So it is only a hint: what does not follow on what was seen, or comes too late, is read from
 * the log, and the log is asked now and then anyway.
 */
import type { Clock } from "../clock.ts";
import type { Following, FollowOptions } from "../cluster/port.ts";
import type { Entry } from "./port.ts";

/** One message of the room's log: the entries of one append, or none. Sequences grow, with gaps. */
export interface Followed {
  readonly seq: number;
  readonly id: string;
  /** The sequence of the room's message before this one. */
  readonly prev: number;
  readonly epoch: string;
  /** After this message. */
  readonly rev: number;
  readonly count: number;
  /** Rejects if they are damaged. */
  entries(): Promise<readonly Entry[]>;
}

/** A room's log, as far as a follower needs it. */
export interface FollowedLog {
  readonly clock: Clock;
  /** Asked of where it cannot be stale; `undefined` if the room has no log. */
  last(): Promise<Followed | undefined>;
  /** From `seq` on, in order, up to `last`, which is there. */
  messages(seq: number, last: number): AsyncIterable<Followed>;
  /** Of a message at the one with `rev`, or before that. */
  seqBefore(rev: number, last: number): Promise<number>;
  /** What is appended from now on; `undefined` for what cannot be read. Resolves with how to end it, once it has begun. */
  listen(onMessage: (message: Followed | undefined) => void, onTrouble: (error: unknown) => void): Promise<() => void>;
}

export const rereadEveryMs = 2_000;

export class Follower implements Following {
  readonly #log: FollowedLog;
  readonly #options: FollowOptions;
  readonly #onClosed: () => void;
  readonly #epoch: string;
  #rev: number;
  /** The room's newest message that was seen; without an id, it has yet to be read. None before the first look. */
  #seen: { readonly seq: number; readonly id: string | undefined } | undefined;
  /** Up to here, messages of older epochs are history that the follower already has. */
  #historyTo = 0;
  #stopListening: (() => void) | undefined;
  #cancelTimer: (() => void) | undefined;
  #reading: Promise<void> | undefined;
  #readAgain = false;
  #closed = false;

  /** `onClosed`: also when it ends by itself. */
  constructor(log: FollowedLog, options: FollowOptions, onClosed: () => void = () => undefined) {
    this.#log = log;
    this.#options = options;
    this.#onClosed = onClosed;
    this.#epoch = options.from.epoch;
    this.#rev = options.from.rev;
  }

  get rev(): number {
    return this.#rev;
  }

  /** Listens first, then reads: what comes between the two is noticed. */
  async start(): Promise<void> {
    const stop = await this.#log.listen((message) => this.#live(message), this.#options.onTrouble);
    if (this.#closed) return stop();
    this.#stopListening = stop;
    await this.#read();
  }

  async catchUp(): Promise<void> {
    if (!this.#closed) await this.#read();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#cancelTimer?.();
    this.#stopListening?.();
    this.#onClosed();
  }

  #live(message: Followed | undefined): void {
    const seen = this.#seen;
    if (this.#closed || (message !== undefined && seen !== undefined && message.seq <= seen.seq)) return;
    const follows = this.#reading === undefined && message !== undefined && seen?.id !== undefined && message.prev === seen.seq;
    if (follows) this.#reading = this.#guarded(() => this.#take(message).then(() => undefined));
    else void this.#read();
  }

  /** One at a time; asked for meanwhile, it is done once more. */
  #read(): Promise<void> {
    this.#readAgain = this.#reading !== undefined;
    this.#reading ??= this.#guarded(() => this.#lookOn());
    return this.#reading;
  }

  async #guarded(run: () => Promise<void>): Promise<void> {
    this.#cancelTimer?.();
    try {
      await undefined; // so that `#reading` is set
      await run();
      while (this.#readAgain && !this.#closed) {
        this.#readAgain = false;
        await this.#lookOn();
      }
    } catch (error) {
      if (!this.#closed) this.#options.onTrouble(error);
    }
    this.#reading = undefined;
    if (!this.#closed) this.#cancelTimer = this.#log.clock.setTimer(rereadEveryMs, () => void this.#read());
  }

  async #lookOn(): Promise<void> {
    const last = await this.#log.last();
    if (last === undefined) return this.#reset("epoch");
    this.#seen ??= await this.#findPlace(last);
    const seen = this.#seen;
    // Shorter than it was, or with another message in the place of one that was seen: that is another history.
    if (seen === undefined || last.seq < seen.seq) return this.#reset("epoch");
    if (last.id === seen.id) return;
    for await (const message of this.#log.messages(seen.seq, last.seq)) {
      if (this.#closed) return;
      if (message.seq === seen.seq && seen.id !== undefined) {
        if (message.id !== seen.id) return this.#reset("epoch");
      } else if (!(await this.#take(message))) return;
    }
  }

  /** `undefined` if the log does not have what the follower has. */
  async #findPlace({ seq, id, epoch, rev }: Followed): Promise<{ readonly seq: number; readonly id: string | undefined } | undefined> {
    if (epoch !== this.#epoch || rev < this.#rev) return undefined;
    this.#historyTo = seq;
    return rev === this.#rev ? { seq, id } : { seq: await this.#log.seqBefore(this.#rev, seq), id: undefined };
  }

  /** Whether it could be taken. */
  async #take(message: Followed): Promise<boolean> {
    const { seq, id, epoch, rev, count } = message;
    if (seq > this.#historyTo && epoch !== this.#epoch) {
      this.#reset("epoch");
      return false;
    }
    if (count > 0 && rev > this.#rev) {
      if (rev - count > this.#rev) {
        this.#reset("trimmed");
        return false;
      }
      const entries = await message.entries();
      if (this.#closed) return false;
      // Whoever throws here gets them again.
      this.#options.onEntries(entries.filter((entry) => entry.rev > this.#rev));
      this.#rev = rev;
    }
    this.#seen = { seq, id };
    return true;
  }

  #reset(why: "epoch" | "trimmed"): void {
    if (this.#closed) return;
    this.close();
    this.#options.onReset(why);
  }
}
