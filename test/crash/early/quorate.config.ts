/** For canaries: a server that breaks L3 and L4. Its journal says that an append is durable, and makes it so a little later, or never. */
import { join } from "node:path";
import { defineConfig, type JournalFactory, sqlite } from "../../../src/index.ts";
import { chainHash } from "../../../src/journal/chain.ts";
import honest from "../quorate.config.ts";

const lateMs = 40;

const early = (honestly: JournalFactory): JournalFactory => {
  return async (deps) => {
    const journal = await honestly(deps);
    let written: Promise<unknown> = Promise.resolve();
    /** In order, and no failure is ever told. */
    const behind = (write: () => Promise<unknown>): void => {
      written = written.then(write).catch(() => undefined);
    };
    return {
      name: journal.name,
      open: (room) => journal.open(room),
      append: async (room, cursor, batch) => {
        behind(() => Bun.sleep(lateMs).then(() => journal.append(room, cursor, batch)));
        let { rev, fence } = cursor;
        for (const entry of batch.entries) {
          fence = chainHash(fence, entry.rev, entry.data);
          rev = entry.rev;
        }
        return { ok: true, cursor: { ...cursor, rev, fence } };
      },
      read: (...query) => written.then(() => journal.read(...query)),
      saveSnapshot: (...snapshot) => written.then(() => journal.saveSnapshot(...snapshot)),
      list: (...query) => written.then(() => journal.list(...query)),
      head: (room) => written.then(() => journal.head(room)),
      snapshotAt: (...query) => written.then(() => journal.snapshotAt(...query)),
      nextDue: (limit) => journal.nextDue(limit),
      probe: () => journal.probe(),
      close: () => written.then(() => journal.close()),
    };
  };
};

export default defineConfig({
  ...honest,
  journal: early(sqlite({ path: join(process.env["QUORATE_DATA"] ?? "data", "rooms.db") })),
});
