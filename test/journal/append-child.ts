/** `append-child.ts PATH ROOMS REVS`: appends entry by entry, says each acknowledged `room rev`, and ends by SIGKILL, so that nothing is tidied up. */
import type { Journal } from "../../src/journal/port.ts";
import { sqlite } from "../../src/journal/sqlite.ts";

const [path = "", rooms, revs] = process.argv.slice(2);
const alarm = (code: unknown) => console.error("alarm", code);
let journal: Journal;
try {
  journal = await sqlite({ path })({ newEpoch: () => crypto.randomUUID(), onAlarm: alarm });
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
await Promise.all(
  Array.from({ length: Number(rooms) }, async (_, i) => {
    const room = `crash/${i}`;
    let { cursor } = await journal.open(room);
    await journal.saveSnapshot(room, { rev: 0, data: "0" }, null);
    while (cursor.rev < Number(revs)) {
      const appended = await journal.append(room, cursor, {
        entries: [{ rev: cursor.rev + 1, data: JSON.stringify("x".repeat(200)) }],
        nextDueAt: null,
      });
      if (!appended.ok) throw new Error("conflict");
      ({ cursor } = appended);
      process.stdout.write(`${room} ${cursor.rev}\n`);
    }
  }),
);
process.kill(process.pid, "SIGKILL");
