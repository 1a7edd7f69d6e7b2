/**
 * `bun run demo [--seed N] [--people N] [--seconds N]`: a meeting of fifty with real sockets and a real server process, which is killed in the middle.
 * At the end every client's state, the server's and the journal's replay are compared. Exit code 1 if anything differs.
 * `--break` makes one client forget an op, to show that the comparison can fail.
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { meeting } from "../../src/meeting/room.ts";
import { ChildServer } from "../support/child-server.ts";
import { type TestClient, together } from "../support/client.ts";
import { random } from "../support/random.ts";
import { RawClient } from "../support/raw-client.ts";
import { readJournal, wrongFates } from "../support/read-journal.ts";
import { Sender } from "../support/sender.ts";
import { begin, everybody, moveCursor, openPoll, turn } from "./meeting.ts";
import { checks, table } from "./table.ts";

const { values } = parseArgs({
  options: {
    seed: { type: "string" },
    people: { type: "string", default: "50" },
    seconds: { type: "string", default: "20" },
    break: { type: "boolean", default: false },
  },
});
const seed = Number(values.seed ?? Date.now() % 1_000_000);
const people = Math.max(12, Number(values.people));
const halfMs = (Number(values.seconds) * 1_000) / 2;
const chance = random(seed);
const startedMs = performance.now();
const say = (text: string) => console.log(`  ${((performance.now() - startedMs) / 1_000).toFixed(1).padStart(5)} s  ${text}`);

console.log(`A meeting of ${people} (--seed ${seed})\n`);
await using server = await ChildServer.make("test/demo/quorate.config.ts", { NODE_ENV: "production" });
await server.start();
const url = () => server.url("meeting/demo");
const all = everybody(people).map(({ client, name }) => new Sender(meeting, url, client, name));
const [host = fail("no host"), , ...others] = all;
const [five = fail(), many = fail(), forever = fail(), ...steady] = others;
/** Every connection there ever was, for the figures. */
const connections = new Set<TestClient>();
const connect = async (sender: Sender) => {
  await sender.connect();
  if (sender.connection !== undefined) connections.add(sender.connection);
};
let duplicates = 0;

await Promise.all(all.map(connect));
say(`${people} joined`);
begin(host, chance);
await host.allSettled();
const mute = await RawClient.ask(url());
mute.send({ type: "hello", payload: { protocol: 1, client: "mute", machine: 1, nextSeq: 1, token: "Never reads" } });
await mute.until(() => mute.frames.some(({ type }) => type === "snapshot"), "its snapshot");
mute.pause();
say("one has stopped reading");

await meet(halfMs, async () => {
  await five.vanish();
  const before = host.connection?.rev ?? 0;
  for (let i = 0; i < 5; i++) host.send({ type: "chat.send", text: `missed ${i}` });
  await host.connection?.until(() => (host.connection?.rev ?? 0) >= before + 5, "five ops");
  await connect(five);
  say(`${five.token} vanished and resumed after a few ops: ${five.connection?.welcome?.recovered}`);
  await many.vanish();
  await forever.vanish();
  say(`${many.token} and ${forever.token} vanished`);
});

// Many ops at once, and the kill among them.
for (const person of [host, ...steady.slice(0, 8)]) for (let i = 0; i < 260; i++) person.send({ type: "chat.send", text: `${i}` });
await Bun.sleep(10 + chance() * 30); // the moment is the fault; nothing waits for it
const open = () => all.reduce((sum, sender) => sum + sender.pending, 0);
await server.kill();
const here = all.filter((sender) => sender !== many && sender !== forever);
for (const sender of here) await sender.connection?.end();
for (const sender of all) sender.lost();
say(`SIGKILL; ${open()} commands have no fate yet`);
await server.start();
await Promise.all(here.map(connect));
for (const sender of here) await sender.allSettled();
say("started again on the same data; every open command has its fate");

await meet(halfMs, async () => {
  // Far more than the ring holds.
  for (const person of steady.slice(0, 8)) for (let i = 0; i < 250; i++) person.send({ type: "chat.send", text: `${i}` });
  for (const person of steady.slice(0, 8)) await person.allSettled();
  await connect(many);
  say(`${many.token} resumed after 2,000 ops: ${many.connection?.welcome?.recovered}`);
  for (const person of steady.slice(0, 5)) duplicates += person.repeat(10);
  openPoll(host, chance);
});

const present = all.filter((sender) => sender !== forever);
for (const sender of present) await sender.allSettled();
await host.connection?.until(() => !host.connection?.state.includes(`"guest-${forever.client}":`), "who never came back has left", 30_000);
await together(...present.flatMap(({ connection }) => connection ?? []));
if (values.break) host.connection?.forgetOneOp();
const head = host.connection?.rev ?? 0;
const states = new Set(present.map(({ connection }) => connection?.state ?? ""));
host.connection?.raw({ type: "resync", payload: { reason: "asked" } });
const served = await host.connection?.next("snapshot");
const exitCode = await server.stop();
const { ops, state, alarms } = await readJournal(meeting, "meeting/demo", join(server.data, "rooms.db"), head);

// --- figures -------------------------------------------------------------------------------------------------------

const frames = [...connections].flatMap((connection) => connection.frames);
const settled = all.flatMap((sender) => sender.settled);
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
const deltaBytes = [...connections].reduce((sum, { deltaBytes }) => sum + deltaBytes, 0);
const deltaOps = [...connections].reduce((sum, { deltaOps }) => sum + deltaOps, 0);
console.log(
  table("What happened", [
    ["ops", ops.length, "journal"],
    ["commands accepted", settled.filter(({ ok }) => ok).length, "told to clients"],
    [
      "commands refused",
      settled.filter(({ ok }) => !ok).length,
      count(frames, ({ type, payload }) => (type === "refused" ? (payload.guard ?? payload.code) : undefined)),
    ],
    ["delta frames", frames.filter(({ type, payload }) => type === "delta" && payload.ops.length > 0).length, "received by clients"],
    ["ops in them", deltaOps, "received by clients"],
    ["bytes per op", (deltaBytes / deltaOps).toFixed(1), "delta frames over the ops in them"],
    [
      "snapshots",
      frames.filter(({ type }) => type === "snapshot").length,
      count(frames, ({ type, payload }) => (type === "snapshot" ? payload.reason : undefined)),
    ],
    [
      "resumes",
      frames.filter(({ type, payload }) => type === "welcome" && payload.recovered !== "first").length,
      count(frames, ({ type, payload }) => (type === "welcome" && payload.recovered !== "first" ? payload.recovered : undefined)),
    ],
    [
      "stale sessions",
      ops.filter(({ event }) => event.type === "participant.away").length,
      "participant.away in the journal; the kill makes all stale",
    ],
    ["left after their grace", ops.filter(({ event }) => event.type === "participant.left").length, "participant.left in the journal"],
    ["sent again", duplicates, "commands that were decided already; none took effect twice, see below"],
    ["seconds", ((performance.now() - startedMs) / 1_000).toFixed(1), "from the first join to here"],
  ]),
);

const wrong = wrongFates(ops, all);
const results = [
  ["all clients have the same state", states.size === 1 ? undefined : `${states.size} different ones`],
  ["it is the server's state", states.has(stateOf(served?.payload.state)) ? undefined : "the server serves another"],
  ["it is what the journal's replay gives (L7)", states.has(state) ? undefined : "the replay gives another"],
  ["revs are gapless (L1)", ops.every(({ rev }, i) => rev === i + 1) ? undefined : "they are not"],
  [
    "every command is in the journal as its client was told, and once (L2, L4)",
    wrong.length === 0 ? undefined : wrong.slice(0, 3).join("; "),
  ],
  ["no client saw a gap (L6)", [...connections].every(({ gaps }) => gaps === 0) ? undefined : "some did"],
  [
    "the journal is undamaged, the server drained",
    alarms.length === 0 && exitCode === 0 ? undefined : `${JSON.stringify(alarms)}, exit code ${exitCode}`,
  ],
] as const;
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

function stateOf(state: { value: unknown; context: unknown; status: string; history: unknown } | undefined): string {
  return JSON.stringify([state?.value, state?.context, state?.status, state?.history]);
}

function fail(what = "too few people"): never {
  throw new Error(what);
}
