/** Proof that the checks can fail: nodes that are wrong on purpose (plants.ts), under the faults that bring it out. CLUSTER=long: all of them. */
import { expect, test } from "bun:test";
import { random } from "../../../src/testing/random.ts";
import { isNatsOff } from "../../support/nats-server.ts";
import { type Control, controls } from "./plants.ts";
import { Run } from "./run.ts";
import { usual } from "./usual.ts";

const isLong = process.env["CLUSTER"] === "long";
/** What brings a bug out need not do so each time. */
const roundsMax = 3;
const writeMs = 1_500;

for (const control of isLong ? controls : controls.slice(0, 1))
  test.skipIf(isNatsOff)(
    `canary: ${control.name}`,
    async () => {
      expect((await problemsWith(control)).join("\n")).toMatch(control.caught);
    },
    180_000,
  );

async function problemsWith({ name, faults, nodes = 1 }: Control): Promise<readonly string[]> {
  await using run = await Run.start({ ...usual, nodes, rooms: 1, isSpread: nodes > 1, plants: [name], next: random(1) });
  const [place] = run.world.places;
  if (place === undefined) throw new Error("there is no room");
  await Bun.sleep(writeMs); // people write
  for (let round = 0; round < roundsMax && run.problems.length === 0; round++) {
    for (const kind of faults) if (run.problems.length === 0) await run.strike(kind, place);
    await run.meet();
    run.world.write();
  }
  return run.problems;
}
