/**
 * Who writes to a room, and after which message. From: nats-journal.ts. To: nats-log.ts, nats-open.ts.
 * What is known of a room's tail is kept, so that an append is one message there and one back; and so that it is noticed when what was acknowledged is gone.
 */
import type { Holder } from "../cluster/port.ts";
import type { Head, NatsLog, Tail } from "./nats-log.ts";
import type { LogMessage } from "./nats-message.ts";
import { alarmsOf, clean, type Examined, examine } from "./nats-open.ts";
import { settleIndex } from "./nats-snapshots.ts";
import { type JournalAlarm, type JournalDeps, JournalError, type Opened, type RoomName } from "./port.ts";

export type Known = Pick<Tail, "seq" | "meta">;

const openTriesMax = 8;
/** Rooms of which something is remembered, the last used. */
const knownMax = 20_000;
const empty = new Uint8Array();
/** Who wrote a message that cannot be read: it has to be taken over anyway. */
const nobody = "";

export class NatsTails {
  readonly #log: NatsLog;
  readonly #deps: JournalDeps;
  readonly #known = new Map<RoomName, Known>();
  /** Rooms with an append of ours that may still land. */
  readonly #unsure = new Set<RoomName>();

  constructor(log: NatsLog, deps: JournalDeps) {
    this.#log = log;
    this.#deps = deps;
  }

  /** What this journal wrote last; it may have been overtaken since. */
  known(room: RoomName): Known | undefined {
    return this.#known.get(room);
  }

  /** Not asked of the server, if this journal wrote it: a write would find out that it was overtaken. */
  async of(room: RoomName): Promise<Known | undefined> {
    return this.#known.get(room) ?? this.newest(room);
  }

  /** Who was not the last to write has to open the room first. */
  isOwn({ meta }: Known): boolean {
    return meta.writer === this.#log.writer;
  }

  async newest(room: RoomName): Promise<Known | undefined> {
    const last = await this.#log.last(room);
    return last?.meta === undefined ? undefined : { seq: last.seq, meta: last.meta };
  }

  /** Compare-and-append after `tail`. */
  async write(room: RoomName, tail: Known, head: Head, body: Uint8Array): Promise<Known | "conflict"> {
    try {
      const written = await this.#log.append(room, tail.seq, head, body);
      if (written !== "conflict") remember(this.#known, room, { seq: written.seq, meta: written.meta });
      return written;
    } catch (error) {
      this.#unsure.add(room);
      throw error;
    }
  }

  /** If the log still ends at `rev`. Who took the room over meanwhile sets it, not we. */
  async setDue(room: RoomName, rev: number, due: number | null): Promise<void> {
    const tail = await this.of(room);
    if (tail?.meta.rev !== rev || tail.meta.due === due || !this.isOwn(tail)) return;
    await this.write(room, tail, this.#marker(rev, tail.meta.after, tail.meta.epoch, due), empty);
  }

  async open(room: RoomName): Promise<Opened> {
    for (let tries = 1; tries <= openTriesMax; tries++) {
      const opened = await this.#tryOpen(room, await this.#log.last(room));
      if (opened !== undefined) return opened;
    }
    throw new JournalError("io", `${room}: others write to its log again and again`);
  }

  async holder(room: RoomName): Promise<Holder | undefined> {
    const last = await this.#log.last(room);
    return last && { node: last.meta?.writer ?? nobody, at: placeOf(last) };
  }

  /** `undefined` if the log's last message is neither the one at `at` nor this journal's own. */
  async claim(room: RoomName, at: string | undefined): Promise<Opened | undefined> {
    for (let tries = 1; tries <= openTriesMax; tries++) {
      const last = await this.#log.last(room);
      const isThere = (last && placeOf(last)) === at || last?.meta?.writer === this.#log.writer;
      const opened = isThere ? await this.#tryOpen(room, last) : undefined;
      if (opened !== undefined || !isThere) return opened;
    }
    throw new JournalError("io", `${room}: the index of its snapshots changes again and again`);
  }

  /**
   * `undefined` if somebody wrote meanwhile. Where this journal was not the last to write, or may have something of its own on the way, it writes a
   * marker: from then on nothing that was sent before can land, neither another node's append nor a late one of a node that died.
   */
  async #tryOpen(room: RoomName, last: LogMessage | undefined): Promise<Opened | undefined> {
    const log = this.#log;
    if (last?.meta?.dead !== undefined) await clean(log, room, last.meta.dead);
    const found = await examine(log, room, last);
    const isRolledBack = await this.#isRolledBack(room, last);
    const isRenewed = found.lostFrom !== undefined || isRolledBack;
    let tail = last?.meta === undefined ? undefined : { seq: last.seq, meta: last.meta };
    if (tail === undefined || isRenewed || !this.isOwn(tail) || this.#unsure.has(room)) {
      const newEpoch = isRenewed || tail === undefined ? this.#deps.newEpoch() : tail.meta.epoch;
      const marker = this.#marker(found.rev, found.hash, newEpoch, tail?.meta.due ?? null);
      const written = await log.append(room, last?.seq ?? 0, found.dead === undefined ? marker : { ...marker, dead: found.dead }, empty);
      if (written === "conflict") return undefined;
      tail = { seq: written.seq, meta: written.meta };
      this.#tell(room, found, isRolledBack);
      if (found.dead !== undefined) await clean(log, room, found.dead);
    } else this.#tell(room, found, false);
    const { index, kept, snapshot, bad, rev, hash } = found;
    const { epoch } = tail.meta;
    const moved = kept !== undefined && kept.from > tail.seq + 1 ? { ...kept, from: tail.seq + 1 } : undefined;
    const isSettled = bad.length === 0 && moved === undefined && (index.seq === 0 || index.epoch === epoch);
    if (!isSettled && !(await settleIndex(log.store, room, index, { epoch, bad, moved }))) return undefined;
    this.#unsure.delete(room);
    remember(this.#known, room, tail);
    return { cursor: { epoch, rev, fence: hash }, snapshot };
  }

  /** Whether the log lacks what this journal knows to have been durable. */
  async #isRolledBack(room: RoomName, last: LogMessage | undefined): Promise<boolean> {
    const known = this.#known.get(room);
    if (known === undefined) return false;
    if (last === undefined || last.seq < known.seq) return true;
    if (last.meta?.epoch !== known.meta.epoch) return false; // that was told already
    const found = await this.#log.next(room, known.seq);
    if (found?.seq === known.seq) return found.meta?.id !== known.meta.id;
    // Trimming takes everything before it, too.
    return ((await this.#log.next(room, 1))?.seq ?? known.seq) < known.seq;
  }

  #tell(room: RoomName, found: Examined, isRolledBack: boolean): void {
    for (const alarm of alarmsOf(room, found, `the stream ${this.#log.store.names.store}`)) this.#deps.onAlarm(alarm);
    if (isRolledBack && found.lostFrom === undefined) this.#deps.onAlarm(rolledBack(room, found.rev));
  }

  #marker(rev: number, hash: string, epoch: string, due: number | null): Head {
    return { id: this.#log.freshId(), epoch, rev, count: 0, before: hash, after: hash, due };
  }
}

const placeOf = ({ seq, meta }: LogMessage): string => `${seq} ${meta?.id ?? ""}`;

const rolledBack = (room: RoomName, rev: number): JournalAlarm => ({
  code: "rolledBack",
  room,
  message: `the log of ${room} lacks what was acknowledged, or has something else in its place: it ends at rev ${rev}, under a new epoch`,
});

/** The last used are kept. */
export function remember<T>(map: Map<RoomName, T>, room: RoomName, value: T): void {
  map.delete(room);
  map.set(room, value);
  const oldest = map.size > knownMax ? map.keys().next().value : undefined;
  if (oldest !== undefined) map.delete(oldest);
}
