/** For tests that start a real server: guests whose name says what they are. CRASH_LIMITS, as JSON, changes limits. */
import { join } from "node:path";
import { defineConfig, guests, type Limits, meeting, recorder, serve } from "../../src/index.ts";

export default defineConfig({
  rooms: [serve(meeting, { services: { recorder: recorder({ folder: join(process.env["QUORATE_DATA"] ?? "data", "recordings") }) } })],
  auth: guests({ role: (name) => (name.startsWith("Host") ? "host" : "member") }),
  limits: {
    commandsBurst: 2_000,
    commandsPerSecond: 5_000,
    snapshotEveryOps: 50,
    graceMs: 30_000,
    faultBackoffMaxMs: 400,
    ...(JSON.parse(process.env["CRASH_LIMITS"] ?? "{}") as Partial<Limits>),
  },
});
