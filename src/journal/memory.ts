/** A journal in memory: for tests, and for rooms that may be forgotten. It keeps the same contract as the durable ones. From: an app's configuration. */
import {
  type Appended,
  type Entry,
  type Journal,
  JournalError,
  type JournalFactory,
  type RoomName,
  readBytesMax,
  readEntriesMax,
  type SnapshotRecord,
} from "./port.ts";
import { type Retention, retained } from "./retention.ts";

interface Log {
  readonly epoch: string;
  head: number;
  entries: Entry[];
  snapshots: SnapshotRecord[];
  nextDueAt: number | null;
}

/** What outlives a journal that is closed: give the same store to the next one, and it is a restart. */
export type MemoryStore = Map<RoomName, Log>;

/** Nothing in memory can be damaged, so epoch and rev say all. */
const fence = "";

export const memory =
  (options: { readonly store?: MemoryStore } & Partial<Retention> = {}): JournalFactory =>
  ({ newEpoch }) => {
    const { store = new Map(), keepSnapshots = 2, keepOps = 100_000 } = options;
    let closed = false;
    const openStore = (): MemoryStore => {
      if (closed) throw new JournalError("closed", "this journal is closed");
      return store;
    };
    // Every method is async, so that callers get a rejection and never a throw.
    return {
      name: "memory",
      async open(room) {
        const log = openStore().get(room) ?? { epoch: newEpoch(), head: 0, entries: [], snapshots: [], nextDueAt: null };
        store.set(room, log);
        return { cursor: { epoch: log.epoch, rev: log.head, fence }, snapshot: log.snapshots.at(-1) };
      },
      async append(room, cursor, { entries, nextDueAt }): Promise<Appended> {
        const log = openStore().get(room);
        if (log === undefined || log.epoch !== cursor.epoch || log.head !== cursor.rev || cursor.fence !== fence)
          return { ok: false, code: "conflict" };
        if (entries.some(({ rev }, i) => rev !== cursor.rev + 1 + i))
          throw new JournalError("invalid", `the entries do not follow rev ${cursor.rev}`);
        if (log.snapshots.length === 0) throw new JournalError("invalid", `${room} has no snapshot yet`);
        log.entries.push(...entries);
        log.head += entries.length;
        log.nextDueAt = nextDueAt;
        return { ok: true, cursor: { ...cursor, rev: log.head } };
      },
      async read(room, from, limit = readEntriesMax) {
        const found = (openStore().get(room)?.entries ?? []).filter(({ rev }) => rev >= from).slice(0, limit);
        let bytes = 0;
        const last = found.findIndex(({ data }) => {
          bytes += data.length;
          return bytes >= readBytesMax;
        });
        return last === -1 ? found : found.slice(0, last + 1);
      },
      async saveSnapshot(room, snapshot, nextDueAt) {
        const log = openStore().get(room);
        if (log === undefined || snapshot.rev > log.head)
          throw new JournalError("invalid", `a snapshot at rev ${snapshot.rev}, which ${room} has not reached`);
        const all = [...log.snapshots.filter(({ rev }) => rev !== snapshot.rev), snapshot].sort((a, b) => a.rev - b.rev);
        const revs = all.map(({ rev }) => rev);
        const { snapshots, trimTo } = retained(revs, log.head, { keepSnapshots, keepOps });
        log.snapshots = all.filter(({ rev }) => snapshots.includes(rev));
        if (snapshot.rev === log.head) log.nextDueAt = nextDueAt;
        log.entries = log.entries.filter(({ rev }) => rev > trimTo);
      },
      async list(after, limit) {
        const rooms = [...openStore()].filter(([room]) => room > after).sort(([a], [b]) => (a < b ? -1 : 1));
        return rooms.slice(0, limit).map(([room, { epoch, head }]) => ({ room, epoch, rev: head }));
      },
      async head(room) {
        const log = openStore().get(room);
        return log === undefined ? undefined : { epoch: log.epoch, rev: log.head };
      },
      async snapshotAt(room, rev) {
        return openStore()
          .get(room)
          ?.snapshots.findLast((snapshot) => snapshot.rev <= rev);
      },
      async nextDue(limit) {
        const due = [...openStore()].flatMap(([room, { nextDueAt }]) => (nextDueAt === null ? [] : [{ room, dueAt: nextDueAt }]));
        return due.sort((a, b) => a.dueAt - b.dueAt).slice(0, limit);
      },
      async probe() {
        openStore();
      },
      async close() {
        closed = true;
      },
    } satisfies Journal;
  };
