import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { memory } from "../../src/journal/memory.ts";
import { sqlite } from "../../src/journal/sqlite.ts";
import { journalContract } from "../contract/journal.contract.ts";

journalContract("memory", async (retention) => ({ make: memory({ store: new Map(), ...retention }), dispose: async () => undefined }));

journalContract("sqlite", async (retention) => {
  const folder = await mkdtemp(join(tmpdir(), "quorate-journal-"));
  return { make: sqlite({ path: join(folder, "sub", "rooms.db"), ...retention }), dispose: () => rm(folder, { recursive: true }) };
});
