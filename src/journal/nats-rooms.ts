/**
 * Which rooms there are, how far each is, when it next has to wake: the head of every room's log, in memory. From: nats-journal.ts.
 * It is nothing that could get lost: it begins with the last message of each room and follows the stream from there, headers only. It is there
 * from the first question on, and each question waits until it has seen all that the stream held when it was asked.
 */
import { type ConsumerMessages, DeliverPolicy, type JsMsg } from "@nats-io/jetstream";
import type { DueRoom } from "../cluster/port.ts";
import type { NatsStore } from "./nats-connect.ts";
import { errorFrom } from "./nats-errors.ts";
import { decodeMeta, type Meta, metaHeader } from "./nats-message.ts";
import { decodeRoom } from "./nats-names.ts";
import { type JournalAlarm, JournalError, type Listed, type RoomName } from "./port.ts";

interface Seen extends Pick<Listed, "epoch" | "rev"> {
  readonly seq: number;
}

const restartAfterMs = 1_000;
const pullMessages = 1_000;

export class NatsRooms {
  readonly #store: NatsStore;
  readonly #onAlarm: (alarm: JournalAlarm) => void;
  readonly #rooms = new Map<RoomName, Seen>();
  /** Those that have to wake; few of all. */
  readonly #due = new Map<RoomName, DueRoom>();
  #sorted: RoomName[] | undefined;
  /** Everything up to here is in. */
  #seenTo = 0;
  #waiting: { readonly seq: number; readonly resolve: () => void }[] = [];
  #following: Promise<void> | undefined;
  #messages: ConsumerMessages | undefined;
  #endWait: (() => void) | undefined;
  #closed = false;

  constructor(store: NatsStore, onAlarm: (alarm: JournalAlarm) => void) {
    this.#store = store;
    this.#onAlarm = onAlarm;
  }

  async list(after: RoomName, limit: number): Promise<Listed[]> {
    await this.#caughtUp();
    this.#sorted ??= [...this.#rooms.keys()].sort((a, b) => (a < b ? -1 : 1));
    const from = this.#sorted.findIndex((room) => room > after);
    const names = from === -1 ? [] : this.#sorted.slice(from, from + limit);
    return names.map((room) => {
      const { epoch, rev } = this.#rooms.get(room) as Seen;
      return { room, epoch, rev };
    });
  }

  /** Soonest first, each with the writer of its last message. */
  async due(limit: number): Promise<DueRoom[]> {
    await this.#caughtUp();
    return [...this.#due.values()].sort((a, b) => a.dueAt - b.dueAt).slice(0, limit);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#messages?.stop();
    this.#endWait?.();
    await this.#following;
  }

  async #caughtUp(): Promise<void> {
    const { jsm, names, clock, timeoutMs, label } = this.#store;
    this.#following ??= this.#follow();
    let seq: number;
    try {
      seq = (await jsm.streams.info(names.ops)).state.last_seq;
    } catch (error) {
      throw errorFrom(error, `${label}: the rooms`);
    }
    if (seq <= this.#seenTo) return;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const waiter = { seq, resolve: () => resolve(true) };
    this.#waiting.push(waiter);
    const cancel = clock.setTimer(timeoutMs, () => resolve(false));
    const inTime = await promise;
    cancel();
    this.#waiting = this.#waiting.filter((one) => one !== waiter);
    if (!inTime && !(await this.#isAllSeen(seq))) throw new JournalError("io", `${label}: the heads of all rooms did not come in time`);
  }

  /** What somebody took out of the stream never comes. */
  async #isAllSeen(seq: number): Promise<boolean> {
    const { jsm, names, label } = this.#store;
    try {
      const query = { seq: this.#seenTo + 1, next_by_subj: ">" };
      const next = await jsm.streams.getMessage(names.ops, query);
      return next === null || next.seq > seq;
    } catch (error) {
      throw errorFrom(error, `${label}: the rooms`);
    }
  }

  async #follow(): Promise<void> {
    const { js, names, clock, label } = this.#store;
    while (!this.#closed) {
      try {
        const start = this.#seenTo > 0 ? { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: this.#seenTo + 1 } : lastOfEach;
        const consumer = await js.consumers.get(names.ops, { ...start, headers_only: true });
        this.#messages = await consumer.consume({ max_messages: pullMessages });
        if (this.#closed) this.#messages.stop();
        for await (const message of this.#messages) this.#see(message);
      } catch (error) {
        const { message } = errorFrom(error, `${label}: following the heads of all rooms`);
        if (!this.#closed) this.#onAlarm({ code: "io", message });
      }
      if (this.#closed) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#endWait = resolve;
      const cancel = clock.setTimer(restartAfterMs, resolve);
      await promise;
      cancel();
    }
  }

  #see({ subject, seq, headers }: JsMsg): void {
    const { names } = this.#store;
    try {
      const room = subject === names.probe ? undefined : decodeRoom(subject.slice(names.allOps.length - 1));
      if (room !== undefined) this.#head(room, seq, decodeMeta(headers?.get(metaHeader)));
    } catch (error) {
      this.#onAlarm({ code: "unreadable", message: errorFrom(error, subject).message });
    }
    this.#seenTo = Math.max(this.#seenTo, seq);
    for (const waiter of this.#waiting) if (waiter.seq <= this.#seenTo) waiter.resolve();
  }

  #head(room: RoomName, seq: number, meta: Meta | undefined): void {
    const before = this.#rooms.get(room);
    if (meta === undefined || (before !== undefined && before.seq > seq)) return;
    if (before === undefined) this.#sorted = undefined;
    const { epoch, rev, due, writer } = meta;
    this.#rooms.set(room, { seq, epoch, rev });
    if (due === null) this.#due.delete(room);
    else this.#due.set(room, { room, dueAt: due, holder: writer });
  }
}

const lastOfEach = { deliver_policy: DeliverPolicy.LastPerSubject, filter_subjects: ">" };
