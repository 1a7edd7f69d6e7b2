/**
 * `bun run bench:time-travel`: a meeting of 20 with 100,000 ops in a real SQLite file; how long its state at some rev takes, the first time and later.
 * Exit status 1 if a rev that was near one already looked at takes more than it may.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { realClock } from "../../src/clock.ts";
import { History } from "../../src/inspect/history.ts";
import { sqlite } from "../../src/journal/sqlite.ts";
import { meeting } from "../../src/meeting/room.ts";
import { defaultLimits } from "../../src/protocol/limits.ts";
import { HostedDomain } from "../../src/room/hosted.ts";
import { saveRecord } from "../../src/room/load.ts";
import { encodeOpRecord } from "../../src/room/op.ts";

const revs = 100_000;
const people = 20;
const room = "meeting/long";
const input = { id: "long", at: 1_000 };
const allowedMs = 100;

const folder = await mkdtemp(join(tmpdir(), "quorate-bench-"));
const journal = await sqlite({ path: join(folder, "rooms.db") })({ newEpoch: () => "epoch", onAlarm: console.error });
try {
  const epoch = await fill();
  const history = new History({ def: meeting, machine: meeting.machine, journal, limits: defaultLimits, room, epoch });
  const timed = async (rev: number): Promise<number> => {
    const begun = performance.now();
    await history.stateAt(rev);
    return performance.now() - begun;
  };
  console.log(
    `the first look, at the end: ${(await timed(revs)).toFixed(0)} ms; as far from a key frame as can be: ${(await timed(revs / 2 - 1)).toFixed(0)} ms; at rev 10: ${(await timed(10)).toFixed(0)} ms`,
  );
  const near: number[] = [];
  for (let i = 0; i < 200; i++) near.push(await timed(revs / 2 - ((i * 7_919) % 1_000)));
  near.sort((a, b) => a - b);
  const p95 = near[Math.floor(near.length * 0.95)] as number;
  console.log(`200 revs near it: median ${near[100]?.toFixed(1)} ms, 95th percentile ${p95.toFixed(1)} ms (${allowedMs} are allowed)`);
  const begun = performance.now();
  const extent = await history.extent();
  console.log(`extent ${JSON.stringify(extent)} in ${(performance.now() - begun).toFixed(1)} ms`);
  process.exitCode = p95 > allowedMs ? 1 : 0;
} finally {
  await journal.close();
  await rm(folder, { recursive: true });
}

/** Writes the log as a room does, with a snapshot every 1,000 ops. */
async function fill(): Promise<string> {
  const entries: { rev: number; data: string }[] = [];
  let at = input.at;
  const domain = new HostedDomain({
    machine: meeting.machine,
    input,
    clock: { ...realClock, now: () => at++ },
    hooks: {
      onOp: (op) => entries.push({ rev: op.rev, data: encodeOpRecord(op, JSON.stringify(op.event)) }),
      onTrouble: (_, error) => {
        throw error;
      },
    },
    timersMax: 100,
    development: false,
  });
  domain.start();
  let { cursor } = await journal.open(room);
  const save = async (): Promise<void> => {
    const record = saveRecord(meeting, meeting.machine, { input, migratedAt: undefined }, domain.state, [], []);
    await journal.saveSnapshot(room, { rev: domain.state.rev, data: JSON.stringify(record) }, null);
  };
  await save();
  const by = (who: number) => ({ user: `user${who}`, role: who === 1 ? "host" : "member", client: `c${who}` });
  for (let who = 1; who <= people; who++) {
    const { user, role, client } = by(who);
    domain.offer({ type: "participant.joined", user, name: user, role, who, client } as never, { who, by: by(who), seq: 0 });
  }
  domain.offer({ type: "meeting.start" }, { who: 1, by: by(1), seq: 1 });
  for (let i = 0; domain.state.rev < revs; i++) {
    const who = 1 + (i % people);
    const turn = Math.floor(i / people) % 3;
    const event = turn === 0 ? { type: "hand.raise" } : turn === 1 ? { type: "chat.send", text: `message ${i}` } : { type: "hand.lower" };
    domain.offer(event, { who, by: by(who), seq: i + 2 });
    domain.commit(domain.state.rev);
    if (entries.length < 1_000 && domain.state.rev < revs) continue;
    const appended = await journal.append(room, cursor, { entries: entries.splice(0), nextDueAt: null });
    if (!appended.ok) throw new Error("the journal has another writer");
    cursor = appended.cursor;
    await save();
  }
  return cursor.epoch;
}
