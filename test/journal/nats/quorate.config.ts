/** For served.test.ts: rooms that are in NATS, at NATS_ADDRESS. */
import { defineConfig, guests, meeting, nats, recorder, serve } from "../../../src/index.ts";

export default defineConfig({
  rooms: [serve(meeting, { services: { recorder: recorder({ folder: process.env["QUORATE_DATA"] ?? "data" }) } })],
  journal: nats({ servers: process.env["NATS_ADDRESS"] ?? "127.0.0.1:4222", timeoutMs: 1_000 }),
  auth: guests({ role: (name) => (name.startsWith("Host") ? "host" : "member") }),
  limits: { commandsBurst: 2_000, commandsPerSecond: 5_000, snapshotEveryOps: 50, faultBackoffMaxMs: 400 },
});
