import { expect, test } from "bun:test";
import { random } from "../../src/testing/random.ts";
import { ChildServer } from "../support/child-server.ts";
import { killRun } from "./kill-run.ts";

const isLong = process.env["CRASH"] === "long";
/** A room gets so many kills, then what it has is compared and the next room begins: so a cycle costs the same at the end of a long run. */
const roundsPerRoom = isLong ? 20 : 6;
const rooms = isLong ? 10 : 1;
const seed = Number(process.env["SEED"] ?? Date.now() % 1_000_000);

test(
  `[L2] [L4] [L7] a server killed ${rooms * roundsPerRoom} times under load loses nothing acknowledged and applies nothing twice (SEED=${seed})`,
  async () => {
    const next = random(seed);
    await using server = await ChildServer.make("test/crash/quorate.config.ts", {}, { keepErrors: true });
    for (let n = 1; n <= rooms; n++) {
      const startedMs = performance.now();
      await server.start();
      const { problems, accepted, refused, told, open, untold } = await killRun(server, `meeting/crash-${n}`, roundsPerRoom, next);
      const seconds = ((performance.now() - startedMs) / 1_000).toFixed(1);
      if (isLong)
        console.log(
          `  room ${n} of ${rooms}: ${accepted} accepted, ${refused} refused; at the kills ${told} told, ${open} open, ${untold} of them decided; ${seconds} s`,
        );
      expect(problems).toEqual([]);
      expect(server.errors, "alarms").toEqual([]);
      // Not vacuous: kills fell behind acknowledgements, among commands without a fate, and, where there are many, between a commit and its telling.
      expect(told).toBeGreaterThan(roundsPerRoom * 10);
      expect(open).toBeGreaterThan(roundsPerRoom * 20);
      if (isLong) expect(untold).toBeGreaterThan(0);
      expect(accepted).toBeGreaterThan(roundsPerRoom * 100);
      expect(refused).toBeGreaterThan(roundsPerRoom * 20);
    }
  },
  240_000 * rooms,
);

test("[L3] [L4] canary: a server that tells before it is durable is caught", async () => {
  await using server = await ChildServer.make("test/crash/early/quorate.config.ts", {}, { keepErrors: true });
  await server.start();
  const { problems } = await killRun(server, "meeting/early", 10, random(seed));
  expect(problems.join("\n")).toMatch(/is told: ahead/);
  expect(problems.join("\n")).toMatch(/was told accepted, the journal has 0/);
}, 60_000);
