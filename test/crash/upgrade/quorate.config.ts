/** Two room types, in the release that the file `release` in the data names: 1, 2, or `broken`, which is 2 without the way there. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fromPromise } from "xstate";
import { defineConfig, defineRoom, guests, serve } from "../../../src/index.ts";
import { desk, desk2, hall, hall2 } from "../../support/desk.ts";

const file = join(process.env["QUORATE_DATA"] ?? "data", "release");
const release = existsSync(file) ? readFileSync(file, "utf8") : "1";
const services = { job: fromPromise<number, { at: number }>(async () => 1) };
const served = {
  "1": () => [serve(desk, { services }), serve(hall, { services })],
  "2": () => [serve(desk2, { services }), serve(hall2, { services })],
  broken: () => [serve(defineRoom({ ...desk2, migrate: undefined } as never), { services: services as never })],
}[release];
if (served === undefined) throw new Error(`there is no release '${release}'`);

export default defineConfig({
  rooms: served(),
  auth: guests({ role: () => "member" }),
  limits: { commandsBurst: 2_000, commandsPerSecond: 5_000, snapshotEveryOps: 50, graceMs: 30_000, faultBackoffMaxMs: 400 },
});
