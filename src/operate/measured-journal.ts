/**
 * A journal that is looked at: how long appends take, and which errors come. From: gateway/server.ts, where somebody may scrape. To: metrics.ts.
 * The calls' own promises are handed on, so nobody waits longer for being measured. What several nodes share stays shared.
 */
import type { Clock } from "../clock.ts";
import { isShared, type SharedJournal } from "../cluster/port.ts";
import { type Journal, JournalError } from "../journal/port.ts";

export interface JournalMeasures {
  /** As a room waits for it: with its turn in the group commit. */
  committed(ms: number): void;
  failed(code: string): void;
}

type Watched = <T>(call: Promise<T>) => Promise<T>;

export function measured(journal: Journal, clock: Clock, { committed, failed }: JournalMeasures): Journal {
  const watched: Watched = (call) => {
    call.catch((error: unknown) => failed(journalCode(error)));
    return call;
  };
  const one: Journal = {
    name: journal.name,
    open: (room) => watched(journal.open(room)),
    append(room, cursor, batch) {
      const startedMs = clock.monotonic();
      const appended = watched(journal.append(room, cursor, batch));
      appended.then(
        ({ ok }) => (ok ? committed(clock.monotonic() - startedMs) : failed("conflict")),
        () => undefined, // watched
      );
      return appended;
    },
    ready: () => journal.ready?.(),
    read: (room, from, limit) => watched(journal.read(room, from, limit)),
    saveSnapshot: (room, snapshot, nextDueAt) => watched(journal.saveSnapshot(room, snapshot, nextDueAt)),
    list: (after, limit) => watched(journal.list(after, limit)),
    head: (room) => watched(journal.head(room)),
    snapshotAt: (room, rev) => watched(journal.snapshotAt(room, rev)),
    nextDue: (limit) => watched(journal.nextDue(limit)),
    probe: () => watched(journal.probe()),
    close: () => watched(journal.close()),
  };
  return isShared(journal) ? shared(one, journal, watched) : one;
}

const shared = (one: Journal, journal: SharedJournal, watched: Watched): SharedJournal => ({
  ...one,
  node: journal.node,
  holder: (room) => watched(journal.holder(room)),
  claim: (room, at) => watched(journal.claim(room, at)),
  follow: (room, options) => watched(journal.follow(room, options)),
  due: (limit) => watched(journal.due(limit)),
  net: (onTrouble) => journal.net(onTrouble),
  secret: () => watched(journal.secret()),
});

/** `other`: what no journal of ours throws. */
export const journalCode = (error: unknown): string => (error instanceof JournalError ? error.code : "other");
