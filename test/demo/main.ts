/**
 * `bun run demo [--seed N] [--people N] [--seconds N]`: a meeting of fifty with real sockets, the product's own client and a real server process, which is killed in the middle.
 * At the end every client's state, the server's and the journal's replay are compared. Exit code 1 if anything differs, or if the run put too little to the test.
 * The seed repeats what people do, not how the two processes happen to run. `--break` spoils one client's state, to show that the comparison can fail.
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { meeting } from "../../src/meeting/room.ts";
import { random } from "../../src/testing/random.ts";
import { ChildServer } from "../support/child-server.ts";
import { stateText } from "../support/client.ts";
import { eventually } from "../support/eventually.ts";
import { RawClient } from "../support/raw-client.ts";
import { readJournal } from "../support/read-journal.ts";
import { begin, chatter, everybody, moveCursor, openPoll, turn } from "./meeting.ts";
import { Person } from "./person.ts";
import { checks, table } from "./table.ts";
import { verdicts } from "./verdicts.ts";
import type { SnapshotPayload, Wire } from "./wire.ts";

const { values } = parseArgs({
  options: {
    seed: { type: "string" },
    people: { type: "string", default: "50" },
    seconds: { type: "string", default: "20" },
    break: { type: "boolean", default: false },
  },
});
const seed = numeral(values.seed ?? String(Date.now() % 1_000_000));
const people = Math.max(12, numeral(values.people));
const halfMs = (numeral(values.seconds) * 1_000) / 2;
const chance = random(seed);
const startedMs = performance.now();
const say = (text: string) => console.log(`  ${((performance.now() - startedMs) / 1_000).toFixed(1).padStart(5)} s  ${text}`);

console.log(`A meeting of ${people} (--seed ${seed})\n`);
await using server = await ChildServer.make("test/demo/quorate.config.ts", { NODE_ENV: "production" });
await server.start();
const url = server.url("meeting/demo");
const all = everybody(people).map(({ client, name }) => new Person(new URL(url).origin, client, name));
const [host = fail("no host"), , ...others] = all;
const [five = fail(), many = fail(), forever = fail(), ...steady] = others;
/** Those who may chat, so that a burst of theirs is a burst of ops. */
const talkers = steady.filter(({ name }) => name.startsWith("Member")).slice(0, 8);
/** Of each sender: what is open is predicted again with each new one, by all of these clients on one thread. */
const burstEach = 150;
const again = { accepted: 0, refused: 0 };
const toldOtherwise: string[] = [];
let fiveRecovered: string | undefined;

for (const person of all) await person.allSettled();
say(`${people} joined`);
begin(host, chance);
await host.allSettled();
const mute = await RawClient.hello(url, { client: "mute", token: "Never reads" });
await mute.until(() => mute.frames.some(({ type }) => type === "snapshot"), "its snapshot");
mute.pause();
say("one has stopped reading");

await meet(halfMs, async () => {
  five.vanish();
  const before = host.room.rev;
  for (let i = 0; i < 5; i++) host.send({ type: "chat.send", text: `missed ${i}` });
  await eventually(() => host.room.rev >= before + 5, "five ops");
  await five.comeBack();
  fiveRecovered = five.wire.welcome?.recovered;
  say(`${five.name} vanished and resumed after ${missed(five)} ops: ${fiveRecovered}`);
  many.vanish();
  forever.vanish();
  say(`${many.name} and ${forever.name} vanished`);
});

// Many ops at once, and the kill among them. Half of the senders hear nothing any more, and the host hears more than the other half has sent:
// so some commands are durable without their senders knowing. The last ones are given when the server is dead and nobody knows it yet.
const burst = [host, ...talkers];
const [hearing, deaf] = [burst.slice(0, burst.length / 2), burst.slice(burst.length / 2)];
for (const person of deaf) person.isDeaf = true;
const beforeRev = host.room.rev;
await chatter(burst, burstEach);
const heardOps = Math.floor(burst.length * burstEach * (0.6 + chance() * 0.3)); // the moment is the fault
await eventually(() => host.room.rev >= beforeRev + heardOps, `${heardOps} ops of the burst`, 30_000);
const killed = server.kill();
for (const person of hearing) for (let i = 0; i < 100; i++) person.send({ type: "chat.send", text: `last ${i}` });
await killed;
const here = all.filter((person) => person !== many && person !== forever);
await eventually(() => here.every(({ room }) => ["backoff", "connecting"].includes(room.connection.status)), "everyone to notice");
for (const person of deaf) person.isDeaf = false;
const openSeqs = here.map((person) => ({ person, seqs: person.room.pending.map(({ seq }) => seq) }));
const open = openSeqs.reduce((sum, { seqs }) => sum + seqs.length, 0);
say(`SIGKILL; ${open} commands have no fate yet`);
await server.start();
for (const person of here) await person.allSettled();
const untold = openSeqs.reduce((sum, { person, seqs }) => sum + seqs.filter((seq) => seq <= (person.wire.welcome?.acked ?? 0)).length, 0);
say(`started again on the same data; ${untold} of them had been decided, the rest is now`);

await meet(halfMs, async () => {
  for (const person of steady.slice(0, 5)) await sendAgain(person, 20);
  await chatter(talkers, 250); // far more than the ring holds
  for (const person of talkers) await person.allSettled();
  await many.comeBack();
  say(`${many.name} resumed after ${missed(many).toLocaleString("en")} ops: ${many.wire.welcome?.recovered}`);
  openPoll(host, chance);
});

const present = all.filter((person) => person !== forever);
for (const person of present) await person.allSettled();
for (const gone of [forever.client, "mute"])
  await eventually(() => !Object.hasOwn(host.room.confirmed.context.meeting.participants, `guest-${gone}`), `${gone} to leave`, 30_000);
await eventually(() => new Set(present.map(({ room }) => room.rev)).size === 1, "everyone to be at the same rev", 30_000);
const head = host.room.rev;
// At the same rev, so that neither the rev nor a gap gives it away.
if (values.break)
  host.wire.hear(
    `{"type":"delta","payload":{"from":${head},"to":${head},"at":0,"patches":[{"op":"add","path":"/context/forgotten","value":true}]}}`,
  );
// What people see, with nothing pending: the confirmed state, and no trace of what was predicted.
const states = present.map(({ room }) => stateText(room.state));
host.wire.raw({ type: "resync", payload: { reason: "asked" } });
const asked = () =>
  host.wire.frames.find(({ type, payload }) => type === "snapshot" && payload.reason === "asked" && payload.state !== undefined);
await eventually(() => asked() !== undefined, "the server's state");
const served = asked()?.payload as SnapshotPayload | undefined;
const exitCode = await server.stop();
for (const { room } of all) await room.close();
const { ops, state, alarms } = await readJournal(meeting, "meeting/demo", join(server.data, "rooms.db"), head);

// --- figures -------------------------------------------------------------------------------------------------------

const wires = all.flatMap((person) => person.wires);
const frames = wires.flatMap((wire) => wire.frames);
const settled = all.flatMap((person) => person.settled);
const sum = (by: (wire: Wire) => number) => wires.reduce((total, wire) => total + by(wire), 0);
const count = <T>(list: readonly T[], by: (item: T) => string | undefined) => {
  const counts = new Map<string, number>();
  for (const item of list) {
    const key = by(item);
    if (key !== undefined) counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return [...counts]
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([key, n]) => `${key} ${n.toLocaleString("en")}`)
    .join(", ");
};
const deltaOps = sum((wire) => wire.deltaOps);
console.log(
  table("What happened", [
    ["ops", ops.length, "journal"],
    ["commands accepted", settled.filter(({ ok }) => ok).length, "told to clients"],
    [
      "commands refused",
      settled.filter(({ ok }) => !ok).length,
      `told to clients; frames by code: ${count(frames, ({ type, payload }) => (type === "refused" ? payload.code : undefined))}`,
    ],
    [
      "guards that refused",
      new Set(frames.flatMap(({ type, payload }) => (type === "refused" ? (payload.guard ?? []) : []))).size,
      count(frames, ({ type, payload }) => (type === "refused" ? payload.guard : undefined)),
    ],
    ["delta frames", sum((wire) => wire.deltas), "received by clients"],
    ["ops in them", deltaOps, "received by clients"],
    ["bytes per op", (sum((wire) => wire.deltaBytes) / deltaOps).toFixed(1), "delta frames over the ops in them"],
    [
      "snapshots",
      frames.filter(({ type }) => type === "snapshot").length,
      `received by clients: ${count(frames, ({ type, payload }) => (type === "snapshot" ? payload.reason : undefined))}`,
    ],
    [
      "resumes",
      frames.filter(({ type, payload }) => type === "welcome" && payload.recovered !== "first").length,
      `told in welcomes: ${count(frames, ({ type, payload }) => (type === "welcome" && payload.recovered !== "first" ? payload.recovered : undefined))}`,
    ],
    [
      "stale sessions",
      ops.slice(0, head).filter(({ event }) => event.type === "participant.away").length,
      `participant.away in the journal; the kill made all stale, the drain ${ops.length - head} more`,
    ],
    ["left after their grace", ops.filter(({ event }) => event.type === "participant.left").length, "participant.left in the journal"],
    ["open at the kill", open, "commands whose clients had heard no fate"],
    ["decided before it", untold, "of these; told in the welcomes after it, and not decided again"],
    ["sent again", again.accepted + again.refused, "commands that were decided already, each answered with its old fate"],
    ["seconds", ((performance.now() - startedMs) / 1_000).toFixed(1), "from the first join to here"],
  ]),
);

const results = verdicts({
  states,
  served: stateOf(served?.state),
  replayed: state,
  ops,
  senders: all,
  gaps: sum((wire) => wire.gaps),
  troubles: all.flatMap((person) => person.troubles),
  toldOtherwise,
  alarms,
  exitCode,
  scenes: {
    "the kill left commands that were decided and not told": untold > 0,
    "it left others that were not decided": untold < open,
    "commands were refused": settled.some(({ ok }) => !ok),
    "accepted and refused ones were sent again": again.accepted > 0 && again.refused > 0,
    "one resumed from the ring": fiveRecovered === "resumed",
    "one resumed from beyond it": many.wire.welcome?.recovered === "beyondRing",
    "who never reads was put out": ops.some(({ event, by }) => event.type === "participant.left" && by.client === "mute"),
  },
});
console.log(checks(results));
mute.drop();
process.exitCode = results.some(([, problem]) => problem !== undefined) ? 1 : 0;

/** A load for that time: a few turns and many cursors per tick; half-way something special. */
async function meet(ms: number, special: () => Promise<void>): Promise<void> {
  const endMs = performance.now() + ms;
  const specialMs = performance.now() + ms / 2;
  let done: Promise<void> | undefined;
  while (performance.now() < endMs) {
    for (let i = 0; i < 8; i++) turn(steady[Math.floor(chance() * steady.length)] ?? host, chance);
    for (const person of steady.slice(0, 20)) moveCursor(person, chance);
    if (done === undefined && performance.now() >= specialMs) done = special();
    await Bun.sleep(50); // the pace of the load
  }
  await (done ?? special());
}

function stateOf(state: SnapshotPayload["state"]): string {
  return JSON.stringify([state?.value, state?.context, state?.status, state?.history]);
}

/** Ops between where it was and the head that its welcome told. */
function missed({ wire }: Person): number {
  return (wire.welcome?.rev ?? 0) - wire.sinceRev;
}

/**
 * Commands that have their fate go out once more, as from a client that heard no answer.
 * A refusal is told behind the delta of the batch that it came in. So when a command of a later batch is settled, all answers are there.
 */
async function sendAgain(person: Person, count: number): Promise<void> {
  await person.allSettled();
  const repeated = person.settled.slice(-count);
  const from = person.wire.frames.length;
  person.repeat(count);
  for (const text of ["in the same batch as the last of them", "in a later batch"]) {
    person.send({ type: "chat.send", text });
    await person.allSettled();
  }
  const refused = new Set(person.wire.frames.slice(from).flatMap(({ type, payload }) => (type === "refused" ? payload.seq : [])));
  for (const { seq, ok } of repeated) {
    again[ok ? "accepted" : "refused"]++;
    if (refused.has(seq) === ok) toldOtherwise.push(`${person.client} ${seq} was ${ok ? "accepted" : "refused"} at first`);
  }
}

function numeral(text: string): number {
  const number = Number(text);
  return Number.isFinite(number) ? number : fail(`'${text}' is no number`);
}

function fail(what = "too few people"): never {
  throw new Error(what);
}
