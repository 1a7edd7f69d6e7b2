/** The soak's server: short times, so that rooms empty and are let go many times over. On SIGUSR2 it says what its heap holds once all garbage is gone. */
import { heapStats } from "bun:jsc";
import { join } from "node:path";
import { defineConfig, guests, meeting, recorder, serve } from "../../src/index.ts";
import { sabotage } from "../wire/hostile/sabotage.ts";

process.on("SIGUSR2", () => {
  Bun.gc(true);
  const { heapSize, objectCount, objectTypeCounts } = heapStats();
  console.error(JSON.stringify({ level: "heap", bytes: heapSize, objects: objectCount, timers: objectTypeCounts["Timeout"] ?? 0 }));
});

export default defineConfig({
  rooms: [
    serve(meeting, { services: { recorder: recorder({ folder: join(process.env["QUORATE_DATA"] ?? "data", "recordings") }) } }),
    sabotage,
  ],
  auth: guests({ role: (name) => (name.startsWith("Host") ? "host" : "member") }),
  limits: { graceMs: 3_000, idleRoomMs: 2_000, pingEveryMs: 5_000, snapshotEveryOps: 500, joinsBurst: 1_000, joinsPerSecond: 100 },
});
