/** Where in the stream an entry is, and the entries from there on. From: nats-journal.ts, nats-open.ts, nats-follow.ts. To: nats-log.ts. */
import type { NatsLog } from "./nats-log.ts";
import { decodeBody, type LogMessage, type Meta, verified } from "./nats-message.ts";
import { readParts } from "./nats-parts.ts";
import { type Entry, type RoomName, readBytesMax } from "./port.ts";

/** So many entries are rather read over than searched through. */
const scanEntriesMax = 256;

export const firstRevOf = ({ rev, count }: Pick<Meta, "rev" | "count">): number => rev - count + 1;

/** The message's body, also where it is too big for the message; `undefined` if a part of it is missing. */
export async function bodyOf(log: NatsLog, room: RoomName, { meta, body }: LogMessage): Promise<Uint8Array | undefined> {
  return meta?.spilled === undefined ? body : readParts(log.store, room, "body", meta.spilled.id, meta.spilled.parts);
}

/** Its entries and the hash after each; `undefined` if it is not intact. */
export async function intactEntries(log: NatsLog, room: RoomName, message: LogMessage): Promise<ReturnType<typeof verified>> {
  if (message.meta === undefined) return undefined;
  const body = await bodyOf(log, room, message);
  return body === undefined ? undefined : verified(message.meta, body);
}

/** A sequence from which `messages` soon comes to the entry at `rev`. Revs grow with the sequence, so it is found by halving. */
export async function seqBefore(log: NatsLog, room: RoomName, rev: number, last: number): Promise<number> {
  const first = await log.nextAnywhere(room, 1);
  if (first?.meta === undefined) return 1;
  let low = { seq: first.seq, rev: first.meta.rev };
  let high = last;
  while (low.seq < high && rev - low.rev > scanEntriesMax) {
    const middle = low.seq + Math.ceil((high - low.seq) / 2);
    const found = await log.nextAnywhere(room, middle);
    // What a lagging copy, or damage, hides is looked for further down.
    if (found?.meta === undefined || found.seq > high || found.meta.rev >= rev) high = middle - 1;
    else low = { seq: found.seq, rev: found.meta.rev };
  }
  return low.seq;
}

/** The message that holds the entry at `rev`. */
export async function messageWith(
  log: NatsLog,
  room: RoomName,
  rev: number,
  last: number,
): Promise<(LogMessage & { readonly meta: Meta }) | undefined> {
  for await (const { meta, ...message } of log.messages(room, await seqBefore(log, room, rev, last), last)) {
    if (meta === undefined || meta.count === 0 || meta.rev < rev) continue;
    return firstRevOf(meta) <= rev ? { ...message, meta } : undefined;
  }
  return undefined;
}

/** Up to `limit` of them and about `readBytesMax`, the one that goes over it being the last. `seq`: where the one after the last is, or before that. */
export async function readEntries(
  log: NatsLog,
  room: RoomName,
  { from, limit, seq, last }: { readonly from: number; readonly limit: number; readonly seq: number; readonly last: number },
): Promise<{ readonly entries: Entry[]; readonly seq: number }> {
  const entries: Entry[] = [];
  let at = seq;
  let bytes = 0;
  for await (const message of log.messages(room, seq, last)) {
    at = message.seq;
    if (message.meta === undefined || message.meta.count === 0 || message.meta.rev < from) continue;
    const body = await bodyOf(log, room, message);
    const read = body === undefined ? undefined : decodeBody(message.meta, body);
    if (read === undefined) break; // nothing after it could be replayed
    for (const entry of read) {
      if (entry.rev < from) continue;
      if (entries.length === limit || bytes >= readBytesMax) return { entries, seq: at };
      entries.push(entry);
      bytes += entry.data.length;
    }
    if (entries.length === limit || bytes >= readBytesMax) break;
  }
  return { entries, seq: at };
}
