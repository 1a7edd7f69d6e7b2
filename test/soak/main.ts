/**
 * `bun test/soak/main.ts [--minutes 10] [--seed N] [--leak]`: a real server process under a bounded load, then nobody: is it again what it was?
 * A tenth of the time is warm-up, after which all leave once: that rest is compared with the one at the end. Exit code 1 if anything differs.
 * `--leak` is the canary, and has to fail: two people stay at the end, and a room type hoards 64 MiB.
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { meeting } from "../../src/meeting/room.ts";
import { random } from "../../src/testing/random.ts";
import { ChildServer } from "../support/child-server.ts";
import { stateText, TestClient } from "../support/client.ts";
import { eventually } from "../support/eventually.ts";
import { readJournal, wrongFates } from "../support/read-journal.ts";
import { sabotage } from "../wire/hostile/sabotage.ts";
import { House, halls } from "./house.ts";
import { type Rest, verdicts } from "./verdicts.ts";
import { heap, vitals } from "./vitals.ts";

const tickMs = 100;
const restMsMax = 60_000;
const idleMs = 5_000;

const { values } = parseArgs({
  options: { minutes: { type: "string", default: "10" }, seed: { type: "string" }, leak: { type: "boolean", default: false } },
});
const minutes = Number(values.minutes);
const seed = Number(values.seed ?? Date.now() % 1_000_000);
if (!(minutes > 0) || Number.isNaN(seed)) throw new Error("--minutes and --seed are numbers");
const chance = random(seed);
const startedMs = performance.now();

console.log(`A soak of ${minutes} minutes (--seed ${seed})\n`);
console.log("  minute  connections  rooms  RSS MiB  heap MiB  objects  timers  files  CPU %  commands  joins  reloads  cuts  pop-ups");
await using server = await ChildServer.make("test/soak/quorate.config.ts", { NODE_ENV: "production" }, { keepErrors: true });
await server.start();
const house = new House(new URL(server.url("meeting/x")).origin.replace("ws", "http"), chance);
let last = await vitals(server);
let lastMs = performance.now();

await load(minutes * 0.1);
await house.close();
const before = await rest("warm");
await load(minutes * 0.9);
const ends = await compared();
if (values.leak) await hoard();
await house.close(values.leak ? 2 : 0);
const after = await rest("end");

const exitCode = await server.stop();
const wrong: string[] = [];
for (const end of ends) wrong.push(...(await journaled(end)));
const results = verdicts({
  ...{ before, after, wrong, exitCode },
  states: ends.map(({ states }) => states.size),
  troubles: house.troubles,
  alarms: server.errors.filter((line) => !line.startsWith('{"level":"heap"')),
  done: house.done,
});
console.log("\nAfter the warm-up → at the end");
for (const [what, figure, problem] of results)
  console.log(`  ${problem === undefined ? "✓" : "✗"} ${what.padEnd(72)} ${figure}${problem === undefined ? "" : `: ${problem}`}`);
console.log(
  `\n  ${Object.entries(house.done)
    .map(([what, n]) => `${what} ${n}`)
    .join(", ")}`,
);
await server[Symbol.asyncDispose](); // exit() does not, and clients of a canary would keep this process alive
process.exit(results.some(([, , problem]) => problem !== undefined) ? 1 : 0);

/** The people come, and do things for so long. */
async function load(forMinutes: number): Promise<void> {
  house.open();
  await house.settled();
  const endMs = performance.now() + forMinutes * 60_000;
  let reportMs = performance.now() + 60_000;
  for (let nextMs = performance.now(); performance.now() < endMs; nextMs += tickMs) {
    house.tick();
    if (performance.now() >= reportMs) {
      reportMs += 60_000;
      await report(((performance.now() - startedMs) / 60_000).toFixed(1));
    }
    await Bun.sleep(Math.max(0, nextMs + tickMs - performance.now())); // the pace of the load
  }
}

/** Nobody is there: until the server has let go of all rooms, or the time is over. */
async function rest(name: string): Promise<Rest> {
  const deadlineMs = performance.now() + restMsMax;
  let now = await vitals(server);
  while ((now.rooms > 0 || now.connections > 0) && performance.now() < deadlineMs) {
    await Bun.sleep(500);
    now = await vitals(server);
  }
  await heap(server); // what the collector frees goes back to the system a little later
  const from = await vitals(server);
  await Bun.sleep(idleMs);
  const to = await vitals(server);
  await report(name);
  return { vitals: to, heap: await heap(server), idleCpu: ((to.cpuSeconds - from.cpuSeconds) / (idleMs / 1_000)) * 100 };
}

interface Compared {
  readonly hall: string;
  readonly rev: number;
  readonly states: ReadonlySet<string>;
}

/** The states that people have in each hall, once all are at its newest rev. */
async function compared(): Promise<Compared[]> {
  await house.settled();
  const rooms = (hall: string) => (house.present.get(hall) ?? []).map(({ room }) => room);
  const revs = (hall: string) => new Set(rooms(hall).map(({ rev }) => rev));
  for (const hall of halls) await eventually(() => revs(hall).size === 1, `all of ${hall} to be at one rev`, 30_000);
  return halls.map((hall) => ({ hall, rev: [...revs(hall)][0] ?? 0, states: new Set(rooms(hall).map(({ state }) => stateText(state))) }));
}

async function journaled({ hall, rev, states }: Compared): Promise<string[]> {
  const { ops, state, alarms } = await readJournal(meeting, `meeting/${hall}`, join(server.data, "rooms.db"), rev);
  const told = (house.everyone.get(hall) ?? []).flatMap((person) => person.told);
  const jump = ops.find((op, i) => op.rev !== i + 1);
  return [
    ...(jump === undefined ? [] : [`${hall}: rev ${jump.rev} is out of place`]),
    ...(states.has(state) ? [] : [`${hall}: the replayed journal gives another state`]),
    ...alarms.map((alarm) => JSON.stringify(alarm)),
    ...wrongFates(ops, told),
  ];
}

async function hoard(): Promise<void> {
  const hoarder = await TestClient.join(sabotage, server.url("sabotage/hoard"), { client: "hoarder", token: "Hoarder" });
  await hoarder.do({ type: "hoard", mebibytes: 64 });
  hoarder.raw({ type: "bye", payload: {} });
  await hoarder.end();
}

async function report(name: string): Promise<void> {
  const now = await vitals(server);
  const { mebibytes, objects, timers } = await heap(server);
  const cpu = ((now.cpuSeconds - last.cpuSeconds) / ((performance.now() - lastMs) / 1_000)) * 100;
  [last, lastMs] = [now, performance.now()];
  const { commands, joins, reloads, cuts, popUps } = house.done;
  const columns = [name, now.connections, now.rooms, now.residentMiB.toFixed(0), mebibytes.toFixed(1), objects, timers, now.files];
  const widths = [8, 13, 7, 9, 10, 9, 8, 7, 7, 10, 7, 9, 6, 9];
  console.log(
    [...columns, cpu.toFixed(0), commands, joins, reloads, cuts, popUps].map((value, i) => String(value).padStart(widths[i] ?? 0)).join(""),
  );
}
