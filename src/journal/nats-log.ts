/**
 * The log of each room in the stream: its tail, its messages in order, the compare-and-append. From: nats-journal.ts, nats-open.ts, nats-snapshots.ts.
 * What must not be stale (a room's tail; did our append land?) is asked of the stream's leader; the rest may come from any copy.
 */
import type { BatchCallback, StoredMsg } from "@nats-io/jetstream";
import { headers } from "@nats-io/transport-node";
import type { NatsStore } from "./nats-connect.ts";
import { errorFrom, isRefused } from "./nats-errors.ts";
import { decodeMeta, encodeMeta, type LogMessage, type Meta, metaHeader } from "./nats-message.ts";
import { JournalError, type RoomName } from "./port.ts";

/** The last message of a room's log. */
export type Tail = LogMessage & { readonly meta: Meta };
export type Head = Pick<Meta, "epoch" | "rev" | "count" | "before" | "after" | "due" | "id"> & Partial<Pick<Meta, "spilled" | "dead">>;

const pageMessagesMax = 256;
const pageBytesMax = 8 * 1024 * 1024;
/** In a cluster, a race of several writers may have no winner: then whoever asks again gets it. */
const refusedTriesMax = 5;
const refusedWaitMs = 20;

export class NatsLog {
  readonly store: NatsStore;
  /** Of this process's journal. */
  readonly writer: string;
  #lastId = 0;

  constructor(store: NatsStore, writer: string) {
    this.store = store;
    this.writer = writer;
  }

  freshId(): string {
    return `${this.writer}-${++this.#lastId}`;
  }

  /** The room's last message, from the leader; `undefined` if the room has none. */
  async last(room: RoomName): Promise<LogMessage | undefined> {
    return this.#leader(room, { last_by_subj: this.store.names.opsOf(room) });
  }

  /** The room's first message at `seq` or after, from the leader. */
  async next(room: RoomName, seq: number): Promise<LogMessage | undefined> {
    return this.#leader(room, { seq, next_by_subj: this.store.names.opsOf(room) });
  }

  /** The same from any copy: what it lacks may still be there. */
  async nextAnywhere(room: RoomName, seq: number): Promise<LogMessage | undefined> {
    const { jsm, names } = this.store;
    try {
      const found = await jsm.direct.getMessage(names.ops, { seq, next_by_subj: names.opsOf(room) });
      return found === null ? undefined : messageFrom(found);
    } catch (error) {
      throw errorFrom(error, `the log of ${room}`);
    }
  }

  /** The room's messages from `seq` on, in order, up to `last`, which the caller knows to be there. Ends early only if messages are missing. */
  async *messages(room: RoomName, seq: number, last: number, from: "anywhere" | "leader" = "anywhere"): AsyncGenerator<LogMessage> {
    let next = seq;
    while (next <= last) {
      const page = from === "leader" ? [] : await this.#page(room, next);
      // A copy that lags has nothing yet; the leader has.
      const found = page.length > 0 ? page : [await this.next(room, next)];
      for (const message of found) {
        if (message === undefined || message.seq > last) return;
        next = message.seq + 1;
        yield message;
      }
    }
  }

  /**
   * Appends after `prev`, if and only if that is the room's last message. Resolves with the new tail once it is durable; with `conflict` if it is
   * certain that this message is not in the log and never will be. Rejects if that cannot be known.
   */
  async append(room: RoomName, prev: number, head: Head, body: Uint8Array): Promise<Tail | "conflict"> {
    const meta: Meta = { v: 1, writer: this.writer, prev, ...head };
    for (let tries = 1; ; tries++) {
      const failure = await this.#publish(room, meta, body);
      if (!(failure instanceof Error)) return { seq: failure.seq, meta, body };
      const found = await this.#whatFollows(room, meta, failure);
      if (typeof found === "object") return { seq: found.seq, meta, body };
      if (found === "another's") return "conflict";
      if (!isRefused(failure)) throw errorFrom(failure, `${room}: the append's outcome is unknown`);
      if (tries === refusedTriesMax) throw errorFrom(failure, `${room}: refused ${tries} times, though nobody else wrote`);
      await this.#wait(refusedWaitMs * 2 ** (tries - 1));
    }
  }

  /** Everything of the room before `seq`, and never its last message: the compare-and-append of an empty log begins at 0 again. */
  async trim(room: RoomName, seq: number): Promise<void> {
    const { jsm, names } = this.store;
    const last = await this.last(room);
    if (last === undefined) return;
    try {
      await jsm.streams.purge(names.ops, { filter: names.opsOf(room), seq: Math.min(seq, last.seq) });
    } catch (error) {
      throw errorFrom(error, `${room}: trimming`);
    }
  }

  async #publish(room: RoomName, meta: Meta, body: Uint8Array): Promise<{ seq: number } | Error> {
    const { js, names } = this.store;
    const head = headers();
    head.set(metaHeader, encodeMeta(meta));
    try {
      return await js.publish(names.opsOf(room), body, {
        headers: head,
        expect: { streamName: names.ops, lastSubjectSequence: meta.prev },
        retries: 1,
      });
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  }

  /**
   * Whose message follows the one that ours was to follow? A refusal, and a silence, may both come after ours has landed.
   * Someone else's right there means that ours can never land any more.
   */
  async #whatFollows(room: RoomName, { id, prev }: Meta, failure: Error): Promise<{ readonly seq: number } | "another's" | "none"> {
    let found: LogMessage | undefined;
    let last: LogMessage | undefined;
    try {
      found = await this.next(room, prev + 1);
      if (found === undefined && isRefused(failure)) last = await this.last(room);
    } catch (error) {
      const { code, message } = errorFrom(error, "its log");
      throw new JournalError(code, `${room}: the append's outcome is unknown (${failure.message}), and ${message}`, { cause: error });
    }
    // The log may end before what the caller saw of it: then it is another one.
    if (found === undefined) return isRefused(failure) && (last?.seq ?? 0) !== prev ? "another's" : "none";
    if (found.meta?.id === id) return found;
    if (found.meta !== undefined && found.meta.prev !== prev)
      throw new JournalError("io", `${room}: the append's outcome is unknown: others wrote after it, and trimmed`);
    return "another's";
  }

  async #leader(room: RoomName, query: { last_by_subj: string } | { seq: number; next_by_subj: string }): Promise<LogMessage | undefined> {
    try {
      const found = await this.store.jsm.streams.getMessage(this.store.names.ops, query);
      return found === null ? undefined : messageFrom(found);
    } catch (error) {
      throw errorFrom(error, `the log of ${room}`);
    }
  }

  /** The room's messages from `seq` on, from any copy; not all that there are. */
  async #page(room: RoomName, seq: number): Promise<LogMessage[]> {
    const { jsm, names, clock, timeoutMs } = this.store;
    const found: LogMessage[] = [];
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    let before = 0;
    let whole = true;
    let silent: (() => void) | undefined;
    // The library's own limit is for the first message only.
    const awaitNext = () => {
      silent?.();
      silent = clock.setTimer(timeoutMs, () => page?.stop(new JournalError("io", "NATS fell silent amid an answer")));
    };
    // As an iterator, it would leave a subscription behind with every call.
    const callback: BatchCallback<StoredMsg> = (done, message) => {
      if (done !== null) return done.err === undefined ? resolve() : reject(done.err);
      awaitNext();
      // Each names the one before it in this answer, 0 for the first: one that got lost on the way shows.
      whole &&= message.lastSequence === before;
      before = message.seq;
      if (!whole) return;
      try {
        found.push(messageFrom(message));
      } catch (error) {
        reject(error);
      }
    };
    const query = { seq, next_by_subj: names.opsOf(room), batch: pageMessagesMax, max_bytes: pageBytesMax, callback };
    let page: Awaited<ReturnType<typeof jsm.direct.getBatch>> | undefined;
    try {
      awaitNext();
      page = await jsm.direct.getBatch(names.ops, query);
      await promise;
    } catch (error) {
      if (!isNothing(error)) throw errorFrom(error, `the log of ${room}`);
    } finally {
      silent?.();
    }
    return found;
  }

  #wait(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.store.clock.setTimer(ms, resolve);
    return promise;
  }
}

/** 404: no such message, in that copy. */
const isNothing = (error: unknown): boolean => error instanceof Error && "code" in error && error.code === 404;

export const messageFrom = (stored: { seq: number; data: Uint8Array; header: { get(name: string): string } }): LogMessage => ({
  seq: stored.seq,
  meta: decodeMeta(stored.header.get(metaHeader)),
  body: stored.data,
});
