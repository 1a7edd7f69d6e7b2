/** Nodes, nats-servers and clients as real processes and sockets, with faults. CLUSTER=long: every fault, several times. SEED repeats what people write. */
import { expect, test } from "bun:test";
import { random } from "../../../src/testing/random.ts";
import { isNatsOff } from "../../support/nats-server.ts";
import { type FaultKind, faults } from "./faults.ts";
import { Run, type Struck } from "./run.ts";
import { summary } from "./summary.ts";
import { usual } from "./usual.ts";

const isLong = process.env["CLUSTER"] === "long";
const seed = Number(process.env["SEED"] ?? Date.now() % 1_000_000);
const all = Object.keys(faults) as FaultKind[];
const kinds: readonly FaultKind[] = isLong ? [...all, ...all, ...all] : ["killOwner", "pauseOwner", "rolling"];

test.skipIf(isNatsOff)(
  `[L1] [L2] [L4] [L6] [L7] [L14] ${kinds.length} faults under load: nothing is lost, nothing twice, all are in step at the end (SEED=${seed})`,
  async () => {
    await using run = await Run.start({ ...usual, plants: [], next: random(seed) });
    const { places } = run.world;
    const struck: Struck[] = [];
    for (const [i, kind] of kinds.entries()) {
      const place = places[i % places.length];
      if (place !== undefined) struck.push(...(await run.strike(kind, place)));
      if (run.problems.length > 0) break;
    }
    await run.meet();
    const { totals } = run;
    if (isLong) console.log(summary(struck, run.problems, totals).join("\n"));
    expect(run.problems).toEqual([]);
    // Not vacuous: people got through to the rooms, some were refused, and rooms changed hands.
    expect(struck.length).toBeGreaterThanOrEqual(kinds.length);
    expect(totals.accepted).toBeGreaterThan(kinds.length * 50);
    expect(totals.refused).toBeGreaterThan(kinds.length * 10);
    expect(totals.told).toBeGreaterThan(totals.ops);
    expect(totals.writers).toBeGreaterThan(places.length);
  },
  isLong ? 900_000 : 120_000,
);
