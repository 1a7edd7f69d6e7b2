/** A journal whose appends can be held, fail, fail though they landed, or meet another writer. */
import { type Journal, JournalError, type JournalFactory } from "../../src/journal/port.ts";

export type AppendFault = "lost" | "landed" | "conflict" | "held";

export class FaultyJournal {
  /** What the next appends and probes meet, one each; then all is well again. */
  readonly faults: AppendFault[] = [];
  /** Probes fail while this is set: the disk is full. */
  full = false;
  readonly held: (() => void)[] = [];
  appends = 0;

  factory(inner: JournalFactory): JournalFactory {
    return async (deps) => {
      const journal = await inner(deps);
      const probe = async () => {
        if (this.full) throw new JournalError("full", "the disk is full");
        await journal.probe();
      };
      return {
        name: `faulty ${journal.name}`,
        open: (room) => journal.open(room),
        read: (room, from, limit) => journal.read(room, from, limit),
        saveSnapshot: (room, snapshot, due) => journal.saveSnapshot(room, snapshot, due),
        list: (after, limit) => journal.list(after, limit),
        head: (room) => journal.head(room),
        snapshotAt: (room, rev) => journal.snapshotAt(room, rev),
        nextDue: (limit) => journal.nextDue(limit),
        close: () => journal.close(),
        probe,
        append: async (room, cursor, batch) => {
          this.appends++;
          if (this.full) throw new JournalError("full", "the disk is full");
          const fault = this.faults.shift();
          if (fault === "lost") throw new JournalError("io", "the append failed");
          if (fault === "conflict") return { ok: false, code: "conflict" };
          if (fault === "held") await new Promise<void>((resolve) => this.held.push(resolve));
          const appended = await journal.append(room, cursor, batch);
          if (fault === "landed") throw new JournalError("io", "no answer, though it landed");
          return appended;
        },
      } satisfies Journal;
    };
  }
}
