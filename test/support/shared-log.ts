/**
 * A log that several nodes share, in memory, with the semantics of NATS: one server, and whatever can happen between it and its nodes. From: the tests
 * of rooms on several nodes, and the simulator. How long calls take and what they meet is asked of the fields, at each call; by default all is well.
 */
import type { Clock } from "../../src/clock.ts";
import { MemoryNet } from "../../src/cluster/memory-net.ts";
import type { NodeId, SharedJournal } from "../../src/cluster/port.ts";
import type { Followed } from "../../src/journal/follower.ts";
import { type MemoryStore, memory } from "../../src/journal/memory.ts";
import { type Entry, type JournalDeps, JournalError, type RoomName } from "../../src/journal/port.ts";
import type { Retention } from "../../src/journal/retention.ts";
import { SharedLogJournal } from "./shared-log-journal.ts";

/** `look`: which message is the last? `open` and `claim` look first. */
export type CallKind = "look" | "open" | "claim" | "append" | "snapshot" | "read" | "list" | "due" | "probe";

export interface Call {
  readonly node: NodeId;
  readonly kind: CallKind;
  readonly room?: RoomName;
}

/**
 * `unreachable`: it never arrives. `answerLost`: it is done, and nobody hears of it. `lateMs`: nobody hears of it, and so long after that was given up
 * it is done, if the log still ends where it did. `conflict`: an append, an open or a claim is refused as if somebody else had been faster.
 */
export type Fault = "unreachable" | "answerLost" | "conflict" | { readonly lateMs: number };

export interface Message extends Followed {
  readonly writer: NodeId;
}

interface Listener {
  readonly node: NodeId;
  readonly clock: Clock;
  readonly onMessage: (message: Message) => void;
}

export class SharedLog {
  readonly clock: Clock;
  /** One way. */
  latencyMs: (call: Call) => number = () => 0;
  fault: (call: Call) => Fault | undefined = () => undefined;
  /** When a live message arrives; `undefined`: never. */
  liveAfterMs: (node: NodeId, room: RoomName) => number | undefined = () => 0;
  /** For who looks on: what has just become durable. */
  onWritten: (room: RoomName, message: Message, entries: readonly Entry[]) => void = () => undefined;
  readonly store: MemoryStore = new Map();
  /** How its nodes talk. */
  readonly net: MemoryNet;
  readonly #retention: Partial<Retention>;
  readonly #timeoutMs: number;
  readonly #logs = new Map<RoomName, Message[]>();
  readonly #listeners = new Map<RoomName, Set<Listener>>();
  readonly #cut = new Set<NodeId>();
  /** Rooms whose entries after a rev are damaged; whoever takes them over finds it. */
  readonly #damaged = new Map<RoomName, number>();
  #turn: Promise<unknown> = Promise.resolve();
  #lastSeq = 0;

  /** A call without an answer is given up after `timeoutMs`. */
  constructor(clock: Clock, { timeoutMs = 1_000, ...retention }: { readonly timeoutMs?: number } & Partial<Retention> = {}) {
    this.clock = clock;
    this.net = new MemoryNet(clock);
    this.#timeoutMs = timeoutMs;
    this.#retention = retention;
  }

  /** Of one process, from its start to its end. While its clock stands still, it hears nothing. */
  async journal(node: NodeId, deps: JournalDeps, clock = this.clock): Promise<SharedJournal> {
    return new SharedLogJournal(this, node, await memory({ store: this.store, ...this.#retention })(deps), deps, clock);
  }

  /** Nothing of what the node sends or is sent arrives, until it is healed. */
  cut(node: NodeId): void {
    this.#cut.add(node);
  }

  heal(node: NodeId): void {
    this.#cut.delete(node);
  }

  /** What was appended after `rev` is lost, or a little more; it shows when the room is taken over. */
  damage(room: RoomName, rev: number): void {
    this.#damaged.set(room, rev);
  }

  last(room: RoomName): Message | undefined {
    return this.#logs.get(room)?.at(-1);
  }

  /** The messages in these sequences, both included. */
  messages(room: RoomName, from: number, to: number): readonly Message[] {
    return (this.#logs.get(room) ?? []).filter(({ seq }) => seq >= from && seq <= to);
  }

  /** Travels there, is done in one go, and travels back to whoever has that clock. `refused` is the answer to a conflict. */
  async call<T>(call: Call, clock: Clock, run: () => Promise<T>, refused?: { readonly as: T }): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const where = `${call.kind}${call.room === undefined ? "" : ` of ${call.room}`}`;
    const cancel = clock.setTimer(this.#timeoutMs, () => reject(new JournalError("io", `${where}: no answer`)));
    this.#travel(call, clock, run, refused, resolve).catch(reject);
    try {
      return await promise;
    } finally {
      cancel();
    }
  }

  async #travel<T>(call: Call, clock: Clock, run: () => Promise<T>, refused: { readonly as: T } | undefined, answer: (result: T) => void) {
    const fault = this.fault(call);
    if (typeof fault === "object") {
      await pass(this.clock, this.#timeoutMs + fault.lateMs);
      return void this.#inTurn(run).catch(() => undefined); // nobody is there to hear it
    }
    if (fault === "unreachable" || this.#cut.has(call.node)) return;
    await pass(this.clock, this.latencyMs(call));
    if (this.#cut.has(call.node)) return;
    const result = fault === "conflict" && refused !== undefined ? refused.as : await this.#inTurn(run);
    await pass(clock, this.latencyMs(call));
    if (fault !== "answerLost" && !this.#cut.has(call.node)) answer(result);
  }

  /** Within a call. Told to whoever listens. */
  write(room: RoomName, writer: NodeId, epoch: string, rev: number, entries: readonly Entry[]): Message {
    const seq = ++this.#lastSeq;
    const log = this.#logs.get(room) ?? [];
    const prev = log.at(-1)?.seq ?? 0;
    const message = { seq, id: `m${seq}`, prev, writer, epoch, rev, count: entries.length, entries: async () => entries };
    this.#logs.set(room, [...log, message]);
    this.onWritten(room, message, entries);
    for (const { node, clock, onMessage } of this.#listeners.get(room) ?? []) {
      const afterMs = this.liveAfterMs(node, room);
      if (afterMs !== undefined) void pass(clock, afterMs).then(() => this.#cut.has(node) || onMessage(message));
    }
    return message;
  }

  /** Within a call. Messages whose entries are all trimmed away go, and never the last. */
  trim(room: RoomName): void {
    const first = this.store.get(room)?.entries[0]?.rev ?? Number.POSITIVE_INFINITY;
    const log = this.#logs.get(room) ?? [];
    this.#logs.set(
      room,
      log.filter((message, i) => message.rev >= first || i === log.length - 1),
    );
  }

  /** Within a call: cuts off what is damaged. The rev up to which the room's log is left, if anything was. */
  repair(room: RoomName, newEpoch: () => string): number | undefined {
    const damagedFrom = this.#damaged.get(room);
    const log = this.store.get(room);
    this.#damaged.delete(room);
    if (damagedFrom === undefined || log === undefined || log.head <= damagedFrom) return undefined;
    const left = this.#logs.get(room)?.filter(({ rev }) => rev <= damagedFrom) ?? [];
    const head = left.at(-1)?.rev ?? 0;
    const isLeft = ({ rev }: { readonly rev: number }) => rev <= head;
    this.#logs.set(room, left);
    this.store.set(room, { ...log, epoch: newEpoch(), head, entries: log.entries.filter(isLeft), snapshots: log.snapshots.filter(isLeft) });
    return head;
  }

  listen(node: NodeId, clock: Clock, room: RoomName, onMessage: (message: Message) => void): () => void {
    const listener: Listener = { node, clock, onMessage };
    const all = this.#listeners.get(room) ?? new Set();
    this.#listeners.set(room, all.add(listener));
    return () => void all.delete(listener);
  }

  /** The server does one thing after the other. */
  #inTurn<T>(run: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(run);
    this.#turn = done.catch(() => undefined); // told to whoever called
    return done;
  }
}

async function pass(clock: Clock, ms: number): Promise<void> {
  if (ms > 0) await new Promise<void>((resolve) => void clock.setTimer(ms, resolve));
}
