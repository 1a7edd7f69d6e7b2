/** R: a network comes back. Everybody was away while the room went on, and all return in the same moment. */
import type { Bench } from "../load/bench.ts";
import type { Client } from "../load/client.ts";
import { Fleet } from "../load/fleet.ts";
import type { Outcome } from "../load/job.ts";
import { Observer } from "../load/observer.ts";
import { percentile } from "../load/statistics.ts";
import { Pipeline } from "./pipeline.ts";
import { statusText } from "./texts.ts";
import type { Workload } from "./workload.ts";

const clients = 500;
/** Quorate's grace is 15 s: after that they would have left, and joined anew. */
const awayMsMax = 13_000;

const resume = (name: string, ops: number): Workload => ({
  name,
  title: `${clients} clients were away for ${ops.toLocaleString("en")} ops, and come back at once`,
  servers: ["quorate"],
  columns: [
    { key: "bytesPerClient", title: "bytes per client", digits: 0 },
    { key: "resumed", title: "resumed", digits: 0 },
    { key: "bySnapshot", title: "by snapshot", digits: 0 },
    { key: "allLevelMs", title: "all level after ms", digits: 0 },
    { key: "p50Ms", title: "p50 ms", digits: 0 },
    { key: "serverCpuMs", title: "server CPU ms", digits: 0 },
    { key: "awayMs", title: "away ms", digits: 0 },
    { key: "generatorShare", title: "load core", digits: 2 },
  ],
  limits: { commandsPerSecond: 100_000, commandsBurst: 100_000 },
  run: (bench) => run(bench, ops),
});

export const resumes: readonly Workload[] = [resume("R100", 100), resume("R10000", 10_000)];

async function run(bench: Bench, ops: number): Promise<Outcome> {
  const fleet = new Fleet(bench);
  try {
    // The observer, and one who goes on writing.
    const [, writer] = await fleet.join(2);
    const travellers: Client[] = [];
    const observers: Observer[] = [];
    for (let i = 0; i < bench.scaled(clients); i++) {
      const traveller = await fleet.make(0);
      const observer = new Observer({ now: () => performance.now(), maySnapshot: true });
      traveller.reader = (reading) => observer.read(reading);
      travellers.push(traveller);
      observers.push(observer);
    }
    for (let i = 0; i < travellers.length; i += 50) await Promise.all(travellers.slice(i, i + 50).map((one) => one.join()));
    await bench.calm();
    const awayAtMs = performance.now();
    for (const traveller of travellers) traveller.cut();
    await new Pipeline(fleet, ops, (i) => writer?.command(Math.round(performance.now()), statusText(i))).done();
    const awayMs = performance.now() - awayAtMs;
    const span = bench.span(travellers);
    const startMs = performance.now();
    await Promise.all(travellers.map((traveller) => traveller.comeBack()));
    const took = travellers.map(({ joinedAtMs }) => (joinedAtMs ?? Number.NaN) - startMs);
    const { bytes, serverCpuMs, generatorShare } = span.end();
    const modes = travellers.map(({ speaker }) => speaker.recovered);
    const resumed = modes.filter((mode) => mode === "resumed").length;
    const { behind } = await fleet.level();
    const gaps = observers.flatMap(({ problem }) => (problem === undefined ? [] : [problem.message]));
    return {
      metrics: {
        bytesPerClient: bytes / travellers.length,
        resumed,
        bySnapshot: modes.length - resumed,
        allLevelMs: Math.max(...took),
        p50Ms: percentile(took, 0.5),
        serverCpuMs,
        awayMs,
        generatorShare,
      },
      problems: [
        ...gaps.slice(0, 3),
        ...(behind === 0 ? [] : [`${behind} clients are behind the others`]),
        ...(awayMs > awayMsMax ? [`they were away for ${Math.round(awayMs)} ms, so some had left`] : []),
        ...fleet.troubles(),
      ],
      notes: [`recovered: ${[...new Set(modes)].join(", ")}`],
      generatorShare,
    };
  } finally {
    fleet.leave();
  }
}
