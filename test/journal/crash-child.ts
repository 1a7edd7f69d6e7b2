/** `crash-child.ts PATH SEED`: appends batches to the rooms that are there until it is killed, with snapshots between, and says each acknowledged `room rev epoch`. */
import { sqlite } from "../../src/journal/sqlite.ts";
import { random } from "../../src/testing/random.ts";

const [path = "", seed] = process.argv.slice(2);
const chance = random(Number(seed));
const journal = await sqlite({ path, keepOps: 500 })({
  newEpoch: () => "unexpected",
  onAlarm: ({ code, message }) => console.error("alarm", code, message),
});
await Promise.all(
  ["crash/0", "crash/1", "crash/2", "crash/3"].map(async (room) => {
    let { cursor } = await journal.open(room);
    for (;;) {
      const count = 1 + Math.floor(chance() * 20);
      const entries = Array.from({ length: count }, (_, i) => ({ rev: cursor.rev + 1 + i, data: `"${room} ${cursor.rev + 1 + i}"` }));
      const appended = await journal.append(room, cursor, { entries, nextDueAt: null });
      if (!appended.ok) throw new Error(`${room}: conflict`);
      ({ cursor } = appended);
      process.stdout.write(`${room} ${cursor.rev} ${cursor.epoch}\n`);
      if (chance() < 0.05) await journal.saveSnapshot(room, { rev: cursor.rev, data: `"at ${cursor.rev}"` }, null);
    }
  }),
);
