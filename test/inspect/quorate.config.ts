/** For tests that replay what a real server wrote: a meeting, and a counter whose fuse is short. Snapshots are taken often. */
import { join } from "node:path";
import { defineConfig, defineRoom, guests, meeting, recorder, serve } from "../../src/index.ts";
import { counter } from "../support/counter.ts";

export const quick = defineRoom({ ...counter, type: "quick", machine: counter.machine.provide({ delays: { fuse: 20 } }) } as never);

export default defineConfig({
  rooms: [
    serve(meeting, { services: { recorder: recorder({ folder: join(process.env["QUORATE_DATA"] ?? "data", "recordings") }) } }),
    quick,
  ],
  auth: guests({ role: (name) => (name.startsWith("Host") ? "host" : "member") }),
  limits: { snapshotEveryOps: 8, graceMs: 100 },
});
