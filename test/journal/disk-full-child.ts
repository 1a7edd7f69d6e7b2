/** `disk-full-child.ts PATH`: appends until the disk takes no more (the parent limits the file size), then says what it got, and what it can still read. */
import { sqlite } from "../../src/journal/sqlite.ts";

const [path = ""] = process.argv.slice(2);
const alarms: string[] = [];
const journal = await sqlite({ path })({ newEpoch: () => crypto.randomUUID(), onAlarm: ({ code }) => alarms.push(code) });
let { cursor } = await journal.open("a/b");
await journal.saveSnapshot("a/b", { rev: 0, data: "0" }, null);
const codeOf = (error: unknown) => (error as { code?: string }).code;
let failed: string | undefined;
while (failed === undefined) {
  try {
    const appended = await journal.append("a/b", cursor, {
      entries: [{ rev: cursor.rev + 1, data: JSON.stringify("x".repeat(2_000)) }],
      nextDueAt: null,
    });
    if (appended.ok) ({ cursor } = appended);
  } catch (error) {
    failed = codeOf(error);
  }
}
const read = (await journal.read("a/b", 1)).length;
console.log(JSON.stringify({ failed, alarms: [...new Set(alarms)], acked: cursor.rev, read }));
process.kill(process.pid, "SIGKILL");
