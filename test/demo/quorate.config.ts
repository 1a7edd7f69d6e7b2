/** The demo's server: guests by name, and short times, so that 20 seconds show what takes minutes elsewhere. */
import { join } from "node:path";
import { defineConfig, guests, meeting, recorder, serve } from "../../src/index.ts";

export default defineConfig({
  rooms: [serve(meeting, { services: { recorder: recorder({ folder: join(process.env["QUORATE_DATA"] ?? "data", "recordings") }) } })],
  auth: guests({
    role: (name) => (name === "Host" ? "host" : name === "Cohost" ? "cohost" : name.startsWith("Observer") ? "observer" : "member"),
  }),
  limits: {
    graceMs: 4_000,
    pingEveryMs: 2_000,
    pongTimeoutMs: 4_000, // a busy machine may starve fifty clients in one process for a while
    snapshotEveryOps: 4_000, // rarer than the kill: the server has to find the fates of the last commands in the ops
    commandsBurst: 1_000,
    commandsPerSecond: 2_000,
    refusalsPerClientMax: 1_000, // and so many commands of one client may be open
  },
});
