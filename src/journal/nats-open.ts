/**
 * What of a room's log can be trusted? Walks it from the newest intact snapshot. From: nats-journal.ts at open. Changes nothing but with `clean`.
 * A log that ends before its own snapshot was rolled back: what is known for sure then is the snapshot, and the room goes on from there.
 */
import { headers } from "@nats-io/transport-node";
import { genesis } from "./chain.ts";
import { errorFrom } from "./nats-errors.ts";
import type { NatsLog } from "./nats-log.ts";
import { encodeMeta, type LogMessage, metaHeader } from "./nats-message.ts";
import { firstRevOf, intactEntries } from "./nats-read.ts";
import { type Kept, readIndex, readSnapshot, rebuildIndex, type SnapshotIndex } from "./nats-snapshots.ts";
import { type JournalAlarm, JournalError, type RoomName, type SnapshotRecord } from "./port.ts";

export interface Examined {
  /** As it was read. */
  readonly index: SnapshotIndex;
  readonly snapshot: SnapshotRecord | undefined;
  readonly kept: Kept | undefined;
  /** Newer ones that are damaged, or of another history. */
  readonly bad: readonly Kept[];
  /** The index of the snapshots was lost, and made anew from them. */
  readonly isRebuilt: boolean;
  /** The last entry that is intact, and its hash. */
  readonly rev: number;
  readonly hash: string;
  /** The first rev that may be lost. */
  readonly lostFrom: number | undefined;
  /** The log ends before its snapshot. */
  readonly cutShort: boolean;
  /** Sequences whose messages cannot be trusted; from 0 on: they are intact, and there is a hole after them. */
  readonly dead: readonly [from: number, to: number] | undefined;
}

type Walked = Pick<Examined, "rev" | "hash" | "dead" | "cutShort"> & { readonly isWhole: boolean };

/** For people; of a log that was damaged in more places, the rest is deleted. */
const copiesMax = 4_096;
const examinesMax = 8;

export async function examine(log: NatsLog, room: RoomName, last: LogMessage | undefined): Promise<Examined> {
  for (let tries = 1; tries <= examinesMax; tries++) {
    const found = await examineOnce(log, room, last);
    const isFine = found.bad.length === 0 && found.lostFrom === undefined;
    // A node that loses the room may still save a snapshot, and let old ones go with their part of the log, while this looks.
    if (isFine || (await readIndex(log.store, room)).seq === found.index.seq) return found;
  }
  throw new JournalError("io", `${room}: its snapshots change again and again`);
}

async function examineOnce(log: NatsLog, room: RoomName, last: LogMessage | undefined): Promise<Examined> {
  let index = await readIndex(log.store, room);
  const isRebuilt = last !== undefined && index.kept.length === 0 && (await rebuildIndex(log.store, room));
  if (isRebuilt) index = await readIndex(log.store, room);
  const bad: Kept[] = [];
  for (const kept of index.kept.toReversed()) {
    const snapshot = await readSnapshot(log.store, room, kept);
    const walked = snapshot === undefined ? undefined : await walkSurely(log, room, kept, last);
    if (walked === undefined) bad.push(kept);
    else return { index, snapshot, kept, bad, isRebuilt, ...walked, lostFrom: walked.isWhole ? undefined : walked.rev + 1 };
  }
  // Without any snapshot nothing can be built on the entries: a room's log begins with one, at rev 0.
  const isNew = bad.length === 0 && (last === undefined || last.meta?.rev === 0);
  return {
    index,
    snapshot: undefined,
    kept: undefined,
    bad,
    isRebuilt,
    rev: 0,
    hash: genesis(room),
    lostFrom: isNew ? undefined : 1,
    cutShort: false,
    dead: isNew || last === undefined ? undefined : [1, last.seq],
  };
}

/** What a copy says is no proof of damage: before anything is given up, the leader is asked for each message. */
async function walkSurely(log: NatsLog, room: RoomName, kept: Kept, last: LogMessage | undefined): Promise<Walked | undefined> {
  const walked = await walk(log, room, kept, last, "anywhere");
  return walked?.isWhole === true ? walked : walk(log, room, kept, last, "leader");
}

/** `undefined` if the snapshot is of another history than the log. */
async function walk(
  log: NatsLog,
  room: RoomName,
  kept: Kept,
  last: LogMessage | undefined,
  from: "anywhere" | "leader",
): Promise<Walked | undefined> {
  if (last === undefined || (last.meta !== undefined && last.meta.rev < kept.rev))
    return { rev: kept.rev, hash: kept.chain, isWhole: false, cutShort: true, dead: last && [0, last.seq] };
  let { rev, chain: hash } = kept;
  let intactTo = Math.min(kept.from, last.seq) - 1;
  for await (const message of log.messages(room, Math.min(kept.from, last.seq), last.seq, from)) {
    const { meta } = message;
    if (meta === undefined) break;
    const isBefore = meta.rev <= kept.rev && rev === kept.rev;
    if (isBefore || meta.count === 0) {
      // The place of the snapshot in the chain, or a marker's.
      if (meta.rev === rev && meta.after !== hash) {
        if (rev === kept.rev) return undefined;
        break;
      }
      if (!isBefore && meta.rev !== rev) break;
      intactTo = message.seq;
      continue;
    }
    const first = firstRevOf(meta);
    if (first > rev + 1) break;
    const intact = await intactEntries(log, room, message);
    if (intact === undefined) break;
    const before = first === rev + 1 ? meta.before : intact.hashes[rev - first];
    if (before !== hash) {
      if (rev === kept.rev) return undefined;
      break;
    }
    ({ rev, after: hash } = meta);
    intactTo = message.seq;
  }
  const isWhole = intactTo === last.seq;
  return { rev, hash, isWhole, cutShort: false, dead: isWhole ? undefined : [intactTo + 1, last.seq] };
}

/** Away with what the marker before it called dead: copied, for people, where it is damaged. May be called again after a crash. */
export async function clean(log: NatsLog, room: RoomName, [from, to]: readonly [number, number]): Promise<void> {
  if (from === 0) return log.trim(room, to + 1);
  const { js, jsm, names } = log.store;
  let copies = 0;
  for (
    let message = await log.next(room, from);
    message !== undefined && message.seq <= to;
    message = await log.next(room, message.seq + 1)
  ) {
    try {
      const head = headers();
      if (message.meta !== undefined) head.set(metaHeader, encodeMeta(message.meta));
      if (copies++ < copiesMax) await js.publish(names.storedOf(room, "damaged", String(message.seq)), message.body, { headers: head });
      await jsm.streams.deleteMessage(names.ops, message.seq, false);
    } catch (error) {
      throw errorFrom(error, `${room}: moving damaged messages away`);
    }
  }
}

export function alarmsOf(room: RoomName, { bad, isRebuilt, rev, lostFrom, cutShort }: Examined, where: string): JournalAlarm[] {
  const lost = lostFrom === undefined ? {} : { lostFrom };
  if (cutShort) {
    const message = `the log of ${room} ends before its snapshot at rev ${rev}: history may have been lost, it goes on from there under a new epoch`;
    return [{ code: "rolledBack", room, ...lost, message }];
  }
  if (lostFrom !== undefined) {
    const message = `the log of ${room} is damaged from rev ${lostFrom}: it now ends at rev ${rev}, under a new epoch; what was cut off is in ${where}`;
    return [{ code: "damaged", room, lostFrom, message }];
  }
  const message = bad.length > 0 ? "a snapshot is damaged; an older one serves" : "the index of the snapshots was lost, and is made anew";
  return bad.length > 0 || isRebuilt ? [{ code: "damaged", room, message: `${room}: ${message}, nothing is lost` }] : [];
}
