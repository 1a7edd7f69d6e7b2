/**
 * The journal on NATS. From: nats.ts, which loads it. To: nats-tails.ts (who writes), nats-log.ts, nats-reader.ts, nats-snapshots.ts, nats-rooms.ts,
 * nats-follow.ts.
 * A room's writes go one after the other, those of different rooms side by side.
 */
import { headers, type MsgHdrs } from "@nats-io/transport-node";
import { natsNet } from "../cluster/nats-net.ts";
import type { ClusterNet, DueRoom, Following, FollowOptions, Holder, NodeId, SharedJournal } from "../cluster/port.ts";
import { Follower } from "./follower.ts";
import type { NatsOptions } from "./nats.ts";
import { type NatsStore, openStore } from "./nats-connect.ts";
import { errorFrom } from "./nats-errors.ts";
import { followedLog } from "./nats-follow.ts";
import { NatsLog } from "./nats-log.ts";
import { chained, encodeBody } from "./nats-message.ts";
import { encodeRoom } from "./nats-names.ts";
import { deleteParts, listParts, partsOf, writeParts } from "./nats-parts.ts";
import { firstRevOf, intactEntries, messageWith } from "./nats-read.ts";
import { NatsReader } from "./nats-reader.ts";
import { NatsRooms } from "./nats-rooms.ts";
import { sharedSecret } from "./nats-secret.ts";
import { keepSnapshot, newestSnapshot, readIndex } from "./nats-snapshots.ts";
import { type Known, NatsTails } from "./nats-tails.ts";
import {
  type Appended,
  type Batch,
  type Cursor,
  type Entry,
  type JournalDeps,
  JournalError,
  type Listed,
  type Opened,
  type RoomName,
  readEntriesMax,
  type SnapshotRecord,
} from "./port.ts";
import type { Retention } from "./retention.ts";

/** Of one batch; far above what a room ever flushes. */
const batchBytesMax = 64 * 1024 * 1024;
const empty = new Uint8Array();

export async function startNats(options: NatsOptions, deps: JournalDeps): Promise<NatsJournal> {
  const { keepSnapshots = 2, keepOps = 100_000 } = options;
  return new NatsJournal(await openStore(options, deps.onAlarm), { keepSnapshots, keepOps }, deps);
}

export class NatsJournal implements SharedJournal {
  readonly name: string;
  readonly store: NatsStore;
  readonly #retention: Retention;
  readonly #log: NatsLog;
  readonly #rooms: NatsRooms;
  readonly #tails: NatsTails;
  readonly #reader: NatsReader;
  /** Rooms that have a snapshot. */
  readonly #begun = new Set<RoomName>();
  readonly #followers = new Set<Follower>();
  readonly #turns = new Map<RoomName, Promise<unknown>>();
  readonly #underWay = new Set<Promise<unknown>>();
  #closing: Promise<void> | undefined;

  constructor(store: NatsStore, retention: Retention, deps: JournalDeps) {
    this.name = store.label;
    this.store = store;
    this.#retention = retention;
    this.#log = new NatsLog(store, encodeRoom(deps.newEpoch()));
    this.#tails = new NatsTails(this.#log, deps);
    this.#reader = new NatsReader(this.#log, this.#tails);
    this.#rooms = new NatsRooms(store, deps.onAlarm);
  }

  get node(): NodeId {
    return this.#log.writer;
  }

  open(room: RoomName): Promise<Opened> {
    return this.#run(() => this.#inTurn(room, async () => this.#opened(room, await this.#tails.open(room))));
  }

  holder(room: RoomName): Promise<Holder | undefined> {
    return this.#run(() => this.#tails.holder(room));
  }

  claim(room: RoomName, at: string | undefined): Promise<Opened | undefined> {
    return this.#run(() =>
      this.#inTurn(room, async () => {
        const opened = await this.#tails.claim(room, at);
        return opened && this.#opened(room, opened);
      }),
    );
  }

  follow(room: RoomName, options: FollowOptions): Promise<Following> {
    return this.#run(async () => {
      const follower = new Follower(followedLog(this.store, room), options, () => this.#followers.delete(follower));
      this.#followers.add(follower);
      await follower.start();
      return follower;
    });
  }

  append(room: RoomName, cursor: Cursor, batch: Batch): Promise<Appended> {
    return this.#run(() => this.#inTurn(room, () => this.#append(room, cursor, batch)));
  }

  read(room: RoomName, from: number, limit = readEntriesMax): Promise<readonly Entry[]> {
    return this.#run(() => this.#reader.read(room, from, limit));
  }

  saveSnapshot(room: RoomName, snapshot: SnapshotRecord, nextDueAt: number | null): Promise<void> {
    return this.#run(() => this.#saveSnapshot(room, snapshot, nextDueAt));
  }

  list(after: RoomName, limit: number): Promise<readonly Listed[]> {
    return this.#run(() => this.#rooms.list(after, limit));
  }

  head(room: RoomName): Promise<Pick<Listed, "epoch" | "rev"> | undefined> {
    return this.#run(async () => {
      const tail = await this.#tails.newest(room);
      return tail && { epoch: tail.meta.epoch, rev: tail.meta.rev };
    });
  }

  snapshotAt(room: RoomName, rev: number): Promise<SnapshotRecord | undefined> {
    return this.#run(() => newestSnapshot(this.store, room, rev));
  }

  async nextDue(limit: number): Promise<readonly { room: RoomName; dueAt: number }[]> {
    return (await this.due(limit)).map(({ room, dueAt }) => ({ room, dueAt }));
  }

  due(limit: number): Promise<readonly DueRoom[]> {
    return this.#run(() => this.#rooms.due(limit));
  }

  /** A message in the stream of the logs, which takes the place of the probe before. */
  probe(): Promise<void> {
    return this.#run(async () => {
      const { js, names } = this.store;
      try {
        await js.publish(names.probe, empty, { headers: rollup(), expect: { streamName: names.ops } });
      } catch (error) {
        throw errorFrom(error, `${this.name}: a probe`);
      }
    });
  }

  net(onTrouble: (error: unknown) => void): ClusterNet {
    return natsNet(this.store, this.node, { onTrouble });
  }

  secret(): Promise<string> {
    return this.#run(() => sharedSecret(this.store));
  }

  close(): Promise<void> {
    this.#closing ??= (async () => {
      for (const follower of this.#followers) follower.close();
      await Promise.allSettled(this.#underWay);
      await this.#rooms.close();
      await this.store.close();
    })();
    return this.#closing;
  }

  #opened(room: RoomName, opened: Opened): Opened {
    if (opened.snapshot === undefined) this.#begun.delete(room);
    return opened;
  }

  async #append(room: RoomName, cursor: Cursor, { entries, nextDueAt }: Batch): Promise<Appended> {
    const tail = await this.#tails.of(room);
    if (tail === undefined || !isAt(tail, cursor) || !this.#tails.isOwn(tail)) return { ok: false, code: "conflict" };
    if (entries.some(({ rev }, i) => rev !== cursor.rev + 1 + i))
      throw new JournalError("invalid", `the entries do not follow rev ${cursor.rev}`);
    if (!(await this.#hasBegun(room))) throw new JournalError("invalid", `${room} has no snapshot yet`);
    const { epoch, fence: before } = cursor;
    const rev = cursor.rev + entries.length;
    const after = chained(before, entries).at(-1) ?? before;
    const head = { id: this.#log.freshId(), epoch, rev, count: entries.length, before, after, due: nextDueAt };
    const body = encodeBody(entries);
    const written =
      body.length <= this.store.partBytes
        ? await this.#tails.write(room, tail, head, body)
        : await this.#tails.write(room, tail, { ...head, spilled: await this.#spill(room, rev, body) }, empty);
    return written === "conflict" ? { ok: false, code: "conflict" } : { ok: true, cursor: { epoch, rev, fence: after } };
  }

  /** A batch that is too big for a message goes beside the log, first. If the append then fails, nothing names it, and the next trimming takes it. */
  async #spill(room: RoomName, rev: number, body: Uint8Array): Promise<{ id: string; parts: number }> {
    if (body.length > batchBytesMax)
      throw new JournalError("invalid", `a batch of ${body.length} bytes; at most ${batchBytesMax} can be written at once`);
    const id = `${rev}-${this.#log.freshId()}`;
    await writeParts(this.store, room, "body", id, body);
    return { id, parts: partsOf(this.store, body) };
  }

  async #saveSnapshot(room: RoomName, { rev, data }: SnapshotRecord, nextDueAt: number | null): Promise<void> {
    const tail = await this.#tails.of(room);
    const place = tail === undefined || rev > tail.meta.rev ? undefined : await this.#placeOf(room, rev, tail);
    if (tail === undefined || place === undefined)
      throw new JournalError("invalid", `a snapshot at rev ${rev}, which ${room} does not have`);
    const trim = await keepSnapshot(this.store, room, { rev, data, ...place, id: this.#log.freshId() }, tail.meta, this.#retention);
    this.#begun.add(room);
    await this.#inTurn(room, () => this.#tails.setDue(room, rev, nextDueAt));
    if (trim === undefined) return;
    await this.#log.trim(room, trim.trimFrom);
    for (const id of await listParts(this.store, room, "body")) {
      const last = Number.parseInt(id, 10);
      if (last <= trim.trimTo && last !== tail.meta.rev) await deleteParts(this.store, room, "body", id);
    }
  }

  async #placeOf(room: RoomName, rev: number, tail: Known): Promise<{ chain: string; from: number } | undefined> {
    if (rev === tail.meta.rev) return { chain: tail.meta.after, from: tail.seq + 1 };
    if (rev === 0) {
      const first = await this.#log.next(room, 1);
      return first?.meta?.rev === 0 ? { chain: first.meta.after, from: first.seq + 1 } : undefined;
    }
    const message = await messageWith(this.#log, room, rev, tail.seq);
    if (message === undefined) return undefined;
    if (message.meta.rev === rev) return { chain: message.meta.after, from: message.seq + 1 };
    const chain = (await intactEntries(this.#log, room, message))?.hashes[rev - firstRevOf(message.meta)];
    return chain === undefined ? undefined : { chain, from: message.seq };
  }

  async #hasBegun(room: RoomName): Promise<boolean> {
    if (!this.#begun.has(room) && (await readIndex(this.store, room)).kept.length > 0) this.#begun.add(room);
    return this.#begun.has(room);
  }

  #inTurn<T>(room: RoomName, run: () => Promise<T>): Promise<T> {
    const turn = (this.#turns.get(room) ?? Promise.resolve()).then(run);
    const settled = turn.then(
      () => undefined,
      () => undefined, // told to whoever asked for it
    );
    this.#turns.set(room, settled);
    void settled.then(() => this.#turns.get(room) === settled && this.#turns.delete(room));
    return turn;
  }

  async #run<T>(run: () => Promise<T>): Promise<T> {
    if (this.#closing !== undefined) throw new JournalError("closed", "this journal is closed");
    const running = run();
    this.#underWay.add(running);
    try {
      return await running;
    } finally {
      this.#underWay.delete(running);
    }
  }
}

const isAt = ({ meta }: Known, { epoch, rev, fence }: Cursor): boolean => meta.epoch === epoch && meta.rev === rev && meta.after === fence;

/** The server keeps only the last message of the subject. */
function rollup(): MsgHdrs {
  const head = headers();
  head.set("Nats-Rollup", "sub");
  return head;
}
