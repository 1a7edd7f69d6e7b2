/**
 * S, S50: F2 with people whose connections stand still. The others must not notice, the server must not grow, and who reads again gets everything.
 * With 50 of them, what one costs in memory can be told from what a collector makes of it.
 */
import type { Bench } from "../load/bench.ts";
import type { Client } from "../load/client.ts";
import { Fleet } from "../load/fleet.ts";
import type { Outcome } from "../load/job.ts";
import { Observer } from "../load/observer.ts";
import { Schedule } from "../load/schedule.ts";
import { measuredFanOut } from "./fan-out.ts";
import { statusText } from "./texts.ts";
import type { Workload } from "./workload.ts";

const clients = 200;
const writers = 20;
const perSecond = 20;
/** Long ones: a stalled reader is seen after 1 MiB, which with short ones would take a minute. */
const textBytes = 1_000;
const seenWaitMsMax = 20_000;
const recoveredWaitMsMax = 15_000;

export const stalled = (name: string, stalledClients: number): Workload => ({
  name,
  title: `${clients} clients, ${writers} × ${perSecond}/s with texts of ${textBytes} bytes; ${stalledClients} more stop reading`,
  servers: ["quorate"],
  columns: [
    { key: "plainP99Ms", title: "p99 ms, all read", digits: 1 },
    { key: "p99Ms", title: "p99 ms of the others", digits: 1 },
    { key: "plainUsPerOp", title: "CPU µs/op, all read", digits: 2 },
    { key: "usPerOp", title: "CPU µs/op", digits: 2 },
    { key: "rssKiBPerStalled", title: "RSS KiB per stalled", digits: 0 },
    { key: "rssKiBAllRead", title: "the same, all read", digits: 0 },
    { key: "queueKiBPerStalled", title: "in the kernel", digits: 0 },
    { key: "leftOut", title: "left out", digits: 0 },
    { key: "recovered", title: "recovered", digits: 0 },
    { key: "recoveredMs", title: "after ms", digits: 0 },
    { key: "snapshots", title: "by snapshots", digits: 0 },
    { key: "generatorShare", title: "load core", digits: 2 },
  ],
  limits: { commandsPerSecond: 1_000, commandsBurst: 1_000 },
  run: (bench) => run(bench, stalledClients),
});

interface Reader {
  readonly client: Client;
  readonly observer: Observer;
}

async function run(bench: Bench, stalledClients: number): Promise<Outcome> {
  const fleet = new Fleet(bench);
  try {
    await fleet.join(bench.scaled(clients));
    const readers: Reader[] = [];
    for (let i = 0; i < stalledClients; i++) {
      const client = await fleet.make(0);
      const observer = new Observer({ now: () => performance.now(), maySnapshot: true });
      client.reader = (reading) => observer.read(reading);
      readers.push({ client, observer });
    }
    await Promise.all(readers.map(({ client }) => client.join()));
    await bench.calm();
    const writing = Math.min(writers, bench.scaled(clients) - 1);
    const schedule = new Schedule({
      perSecond: writing * perSecond,
      send: (i, dueMs) => fleet.clients[1 + (i % writing)]?.command(dueMs, statusText(i, textBytes)),
    });
    await Bun.sleep(bench.job.warmUpSeconds * 1_000);
    // What a server grows by though everybody reads.
    const before = bench.rssFloor();
    await Bun.sleep(bench.job.seconds * 1_000);
    const beforeKiB = before.endKiB();
    const calm = bench.rssFloor();
    const plain = await measuredFanOut(bench, fleet);
    const calmKiB = calm.endKiB();

    for (const { client } of readers) client.stopReading();
    const leftOut = await seenAsStalled(bench, stalledClients);
    const held = bench.rssFloor();
    const beside = await measuredFanOut(bench, fleet);
    const heldKiB = held.endKiB();
    const queuesKiB = bench.sendQueuesKiB().slice(0, stalledClients);
    const snapshotsBefore = readers.reduce((sum, { observer }) => sum + observer.snapshots, 0);
    const startMs = performance.now();
    for (const { client } of readers) client.readAgain();
    const recovered = await recovery(fleet, readers);
    const recoveredMs = performance.now() - startMs;
    schedule.stop();
    const missing = await fleet.observed();
    const { behind } = await fleet.level();
    const gaps = readers.flatMap(({ observer: { problem } }) => (problem === undefined ? [] : [problem.message]));
    return {
      metrics: {
        plainP99Ms: plain.p99Ms,
        p99Ms: beside.p99Ms,
        plainUsPerOp: plain.usPerOp,
        usPerOp: beside.usPerOp,
        rssKiBPerStalled: (heldKiB - calmKiB) / stalledClients,
        rssKiBAllRead: (calmKiB - beforeKiB) / stalledClients,
        queueKiBPerStalled: queuesKiB.reduce((sum, kiB) => sum + kiB, 0) / stalledClients,
        leftOut,
        recovered,
        recoveredMs,
        snapshots: readers.reduce((sum, { observer }) => sum + observer.snapshots, 0) - snapshotsBefore,
        generatorShare: beside.generatorShare,
      },
      problems: [
        ...gaps,
        ...(recovered === stalledClients ? [] : [`only ${recovered} of ${stalledClients} are level again`]),
        ...(missing === 0 ? [] : [`the observer has not seen ${missing} commands`]),
        ...(behind === 0 ? [] : [`${behind} clients are behind the others`]),
        ...fleet.troubles(),
      ],
      notes: leftOut < stalledClients ? [`the server has left out ${leftOut} of ${stalledClients}`] : [],
      generatorShare: Math.max(plain.generatorShare, beside.generatorShare),
    };
  } finally {
    fleet.leave();
  }
}

/** How many the server has left out of the broadcast by now, where it tells. */
async function seenAsStalled(bench: Bench, stalledClients: number): Promise<number> {
  const untilMs = performance.now() + seenWaitMsMax;
  const lagging = async () => (await bench.stats())["lagging"] ?? 0;
  while ((await lagging()) < stalledClients && performance.now() < untilMs) await Bun.sleep(200);
  return lagging();
}

/** Level with the observer while the room goes on: how many got there in time. */
async function recovery({ clients: [first] }: Fleet, readers: readonly Reader[]): Promise<number> {
  const goal = first?.reached ?? 0; // what was there when they began to read
  const level = () => readers.filter(({ client }) => !client.isClosed && client.reached >= goal).length;
  const untilMs = performance.now() + recoveredWaitMsMax;
  while (level() < readers.length && performance.now() < untilMs) await Bun.sleep(5);
  return level();
}
