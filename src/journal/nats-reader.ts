/**
 * Reads entries of any room, its own and those that other nodes write to. From: nats-journal.ts. To: nats-read.ts.
 * It remembers where a read ended, since the next often goes on there, and relies on what is known of a tail as far as that reaches.
 */
import type { NatsLog } from "./nats-log.ts";
import { readEntries, seqBefore } from "./nats-read.ts";
import { type Known, type NatsTails, remember } from "./nats-tails.ts";
import type { Entry, RoomName } from "./port.ts";

export class NatsReader {
  readonly #log: NatsLog;
  readonly #tails: NatsTails;
  readonly #readTo = new Map<RoomName, { readonly epoch: string; readonly rev: number; readonly seq: number }>();

  constructor(log: NatsLog, tails: NatsTails) {
    this.#log = log;
    this.#tails = tails;
  }

  async read(room: RoomName, from: number, limit: number): Promise<readonly Entry[]> {
    const known = this.#tails.known(room);
    // What is known may be of a history that was lost, with another one in its place: nothing is no answer.
    if (known !== undefined && known.meta.rev >= from + limit - 1) {
      const entries = await this.#readUpTo(room, from, limit, known);
      if (entries.length > 0) return entries;
    }
    // Another node may have written more than this journal knows.
    const newest = await this.#tails.newest(room);
    return newest === undefined || from > newest.meta.rev ? [] : this.#readUpTo(room, from, limit, newest);
  }

  async #readUpTo(room: RoomName, from: number, limit: number, tail: Known): Promise<readonly Entry[]> {
    const { epoch } = tail.meta;
    const before = this.#readTo.get(room);
    const goesOn = before?.epoch === epoch && before.rev === from - 1;
    const seq = goesOn ? before.seq : await seqBefore(this.#log, room, from, tail.seq);
    const { entries, seq: readTo } = await readEntries(this.#log, room, { from, limit, seq, last: tail.seq });
    const last = entries.at(-1);
    if (last !== undefined) remember(this.#readTo, room, { epoch, rev: last.rev, seq: readTo });
    return entries;
  }
}
