import type { Entry, Journal, JournalFactory, SnapshotRecord } from "../../src/journal/port.ts";
export const mem =
  (store = new Map<string, { epoch: string; entries: Entry[]; snap?: SnapshotRecord; due: number | null }>()): JournalFactory =>
  ({ newEpoch }) => {
    const of = (r: string) => {
      let x = store.get(r);
      if (!x) store.set(r, (x = { epoch: newEpoch(), entries: [], due: null }));
      return x;
    };
    const j: Journal = {
      name: "mem",
      async open(room) {
        const x = of(room);
        return { cursor: { epoch: x.epoch, rev: x.entries.length, fence: "" }, snapshot: x.snap };
      },
      async append(room, cursor, { entries, nextDueAt }) {
        const x = of(room);
        if (x.entries.length !== cursor.rev) return { ok: false, code: "conflict" };
        x.entries.push(...entries);
        x.due = nextDueAt;
        return { ok: true, cursor: { ...cursor, rev: x.entries.length } };
      },
      async read(room, from) {
        return of(room).entries.slice(from - 1, from + 999);
      },
      async saveSnapshot(room, s) {
        of(room).snap = s;
      },
      async nextDue() {
        return [];
      },
      async probe() {},
      async close() {},
    };
    return j;
  };
