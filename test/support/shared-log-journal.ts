/** One node's journal on the shared log in memory. From: shared-log.ts. What it knows of a room's tail is its own, as on NATS, and may be out of date. */
import type { Clock } from "../../src/clock.ts";
import type { ClusterNet, DueRoom, FollowOptions, Holder, NodeId, SharedJournal } from "../../src/cluster/port.ts";
import { Follower } from "../../src/journal/follower.ts";
import {
  type Appended,
  type Batch,
  type Cursor,
  type Journal,
  type JournalDeps,
  JournalError,
  type Opened,
  type RoomName,
  type SnapshotRecord,
} from "../../src/journal/port.ts";
import type { CallKind, Message, SharedLog } from "./shared-log.ts";

const openTriesMax = 8;
const conflict = { ok: false, code: "conflict" } as const;

interface Written<T> {
  readonly answer: T;
  /** The room's last message, where it is this journal's now. */
  readonly last?: Message | undefined;
}

export class SharedLogJournal implements SharedJournal {
  readonly name = "shared memory";
  readonly node: NodeId;
  readonly #log: SharedLog;
  readonly #clock: Clock;
  /** Entries and snapshots, of all nodes. */
  readonly #inner: Journal;
  readonly #deps: JournalDeps;
  readonly #known = new Map<RoomName, Message>();
  /** Rooms with something of ours that may still land. */
  readonly #unsure = new Set<RoomName>();
  readonly #turns = new Map<RoomName, Promise<unknown>>();
  readonly #underWay = new Set<Promise<unknown>>();
  readonly #followers = new Set<Follower>();
  #closing: Promise<void> | undefined;

  constructor(log: SharedLog, node: NodeId, inner: Journal, deps: JournalDeps, clock: Clock) {
    this.#log = log;
    this.#clock = clock;
    this.node = node;
    this.#inner = inner;
    this.#deps = deps;
  }

  open(room: RoomName): Promise<Opened> {
    return this.#inTurn(room, async () => {
      for (let tries = 1; tries <= openTriesMax; tries++) {
        const opened = await this.#take("open", room, await this.#last(room));
        if (opened !== undefined) return opened;
      }
      throw new JournalError("io", `${room}: others write to its log again and again`);
    });
  }

  claim(room: RoomName, at: string | undefined): Promise<Opened | undefined> {
    return this.#inTurn(room, async () => {
      const last = await this.#last(room);
      return last?.id === at || last?.writer === this.node ? this.#take("claim", room, last) : undefined;
    });
  }

  async holder(room: RoomName): Promise<Holder | undefined> {
    const last = await this.#run(() => this.#last(room));
    return last && { node: last.writer, at: last.id };
  }

  append(room: RoomName, cursor: Cursor, batch: Batch): Promise<Appended> {
    return this.#inTurn(room, async () => {
      const tail = this.#known.get(room) ?? (await this.#last(room));
      if (tail?.writer !== this.node) return conflict;
      const run = async (): Promise<Written<Appended>> => {
        const answer = this.#isLast(room, tail) ? await this.#inner.append(room, cursor, batch) : conflict;
        if (!answer.ok) return { answer };
        return { answer, last: this.#log.write(room, this.node, answer.cursor.epoch, answer.cursor.rev, batch.entries) };
      };
      return this.#write("append", room, run, { as: { answer: conflict } });
    });
  }

  saveSnapshot(room: RoomName, snapshot: SnapshotRecord, nextDueAt: number | null): Promise<void> {
    const { store } = this.#log;
    return this.#inTurn(room, async () => {
      const known = this.#known.get(room);
      await this.#write("snapshot", room, async () => {
        const log = store.get(room);
        if (known !== undefined && log?.epoch !== known.epoch) throw new JournalError("io", `${room}: its history was lost; open it again`);
        const isOwner = known !== undefined && this.#isLast(room, known);
        const dueBefore = log?.nextDueAt ?? null;
        await this.#inner.saveSnapshot(room, snapshot, isOwner ? nextDueAt : dueBefore);
        this.#log.trim(room);
        const isMoved = store.get(room)?.nextDueAt !== dueBefore;
        return { answer: undefined, last: isMoved ? this.#log.write(room, this.node, known?.epoch ?? "", snapshot.rev, []) : undefined };
      });
    });
  }

  follow(room: RoomName, options: FollowOptions): Promise<Follower> {
    const read = (from: number, to: number) => this.#call("read", room, async () => this.#log.messages(room, from, to));
    const followed = {
      clock: this.#clock,
      last: () => this.#last(room),
      async *messages(from: number, to: number) {
        yield* await read(from, to);
      },
      seqBefore: async () => 0,
      listen: async (onMessage: (message: Message) => void) => this.#log.listen(this.node, this.#clock, room, onMessage),
    };
    return this.#run(async () => {
      const follower = new Follower(followed, options, () => this.#followers.delete(follower));
      this.#followers.add(follower);
      await follower.start();
      return follower;
    });
  }

  due(limit: number): Promise<readonly DueRoom[]> {
    const held = async () =>
      (await this.#inner.nextDue(limit)).map((due): DueRoom => ({ ...due, holder: this.#log.last(due.room)?.writer ?? "" }));
    return this.#run(() => this.#call("due", undefined, held));
  }

  net(onTrouble: (error: unknown) => void): ClusterNet {
    return this.#log.net.join(this.node, { onTrouble, clock: this.#clock });
  }

  async secret(): Promise<string> {
    return "the secret of all nodes";
  }

  async nextDue(limit: number): Promise<readonly { readonly room: RoomName; readonly dueAt: number }[]> {
    return (await this.due(limit)).map(({ room, dueAt }) => ({ room, dueAt }));
  }

  readonly read: Journal["read"] = (room, from, limit) =>
    this.#run(() => this.#call("read", room, () => this.#inner.read(room, from, limit)));
  readonly list: Journal["list"] = (after, limit) => this.#run(() => this.#call("list", undefined, () => this.#inner.list(after, limit)));
  readonly head: Journal["head"] = (room) => this.#run(() => this.#call("look", room, () => this.#inner.head(room)));
  readonly snapshotAt: Journal["snapshotAt"] = (room, rev) =>
    this.#run(() => this.#call("read", room, () => this.#inner.snapshotAt(room, rev)));
  readonly probe: Journal["probe"] = () => this.#run(() => this.#call("probe", undefined, () => this.#inner.probe()));

  close(): Promise<void> {
    this.#closing ??= (async () => {
      for (const follower of this.#followers) follower.close();
      await Promise.allSettled(this.#underWay);
      await this.#inner.close();
    })();
    return this.#closing;
  }

  /** `undefined` if somebody wrote since `last`. A marker takes the room over, unless it is ours for sure. */
  #take(kind: "open" | "claim", room: RoomName, last: Message | undefined): Promise<Opened | undefined> {
    const isOurs = last?.writer === this.node && !this.#unsure.has(room);
    const run = async (): Promise<Written<Opened | undefined>> => {
      if (!this.#isLast(room, last)) return { answer: undefined };
      const left = this.#log.repair(room, this.#deps.newEpoch);
      if (left !== undefined) this.#deps.onAlarm({ code: "damaged", room, lostFrom: left + 1, message: `the log of ${room} is damaged` });
      const answer = await this.#inner.open(room);
      const { epoch, rev } = answer.cursor;
      return { answer, last: isOurs && left === undefined ? last : this.#log.write(room, this.node, epoch, rev, []) };
    };
    return this.#write(kind, room, run, { as: { answer: undefined } });
  }

  /** What it wrote, or took over, is known once the answer is there. */
  async #write<T>(kind: CallKind, room: RoomName, run: () => Promise<Written<T>>, refused?: { readonly as: Written<T> }): Promise<T> {
    try {
      const { answer, last } = await this.#call(kind, room, run, refused);
      if (last !== undefined) this.#known.set(room, last);
      if (last !== undefined && (kind === "open" || kind === "claim")) this.#unsure.delete(room);
      return answer;
    } catch (error) {
      if (error instanceof JournalError && error.code === "io") this.#unsure.add(room);
      throw error;
    }
  }

  #isLast(room: RoomName, message: Message | undefined): boolean {
    return this.#log.last(room)?.seq === message?.seq;
  }

  #last(room: RoomName): Promise<Message | undefined> {
    return this.#call("look", room, async () => this.#log.last(room));
  }

  #call<T>(kind: CallKind, room: RoomName | undefined, run: () => Promise<T>, refused?: { readonly as: T }): Promise<T> {
    return this.#log.call({ node: this.node, kind, ...(room === undefined ? {} : { room }) }, this.#clock, run, refused);
  }

  #inTurn<T>(room: RoomName, run: () => Promise<T>): Promise<T> {
    return this.#run(() => {
      const turn = (this.#turns.get(room) ?? Promise.resolve()).then(run);
      this.#turns.set(
        room,
        turn.catch(() => undefined), // told to whoever asked for it
      );
      return turn;
    });
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
