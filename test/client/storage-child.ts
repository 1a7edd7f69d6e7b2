/**
 * A process that is clients of one room: `storage-child.ts <folder> <name>`. Each line that it reads is a room in which it claims eight clients at
 * once; it answers with their ids. They stay its own until the next line, then they are forgotten. A third argument `naive` makes it take over a
 * dead process's lock the way that looks right and is not, so that a test can show that it would notice.
 */
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileStorage } from "../../src/client/file.ts";
import type { ClientRecord, ClientStorage, Slot } from "../../src/client/storage.ts";
import { recordOf } from "../contract/client-storage.contract.ts";

const [folder = "", name = "", kind] = process.argv.slice(2);
const storage = kind === "naive" ? naive() : fileStorage(folder);
const claims = 8;
let slots: Slot[] = [];
let round = 0;

for await (const room of console) {
  await Promise.all(slots.map((slot) => slot.release(true)));
  const fresh = Array.from({ length: claims }, (_, i) => recordOf(`${name}-${round}-${i}`));
  slots = await Promise.all(fresh.map((record) => storage.claim(room, record)));
  round++;
  for (const slot of slots) if (slot.record.client.startsWith(name)) await slot.save(recordOf(slot.record.client, slot.record.usedAt, 2));
  console.log(JSON.stringify(slots.map(({ record }) => record.client)));
}

/** Knows one client, `left`: if the owner of its lock is dead, it removes the lock and makes its own. Between the two, somebody else may have. */
function naive(): Pick<ClientStorage, "claim"> {
  const slotOf = (record: ClientRecord): Slot => ({ record, save: async () => undefined, release: async () => undefined });
  return {
    async claim(_, fresh) {
      try {
        const lock = join(folder, (await readdir(folder)).find((file) => file.endsWith(".lock")) ?? "none");
        const [pid] = (await readFile(lock, "utf8")).split("-");
        if (isAlive(Number(pid))) return slotOf(fresh);
        await rm(lock, { force: true });
        await writeFile(lock, `${process.pid}-0`, { flag: "wx" });
      } catch {
        return slotOf(fresh); // somebody was faster
      }
      return slotOf(recordOf("left"));
    },
  };
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
