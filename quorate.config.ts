/** What `bun run server` serves. Change it for your app; src/config.ts has every key. */
import { join } from "node:path";
import { defineConfig, meeting, recorder, serve } from "./src/index.ts";

const recordings = join(process.env["QUORATE_DATA"] ?? "data", "recordings");

export default defineConfig({
  rooms: [serve(meeting, { services: { recorder: recorder({ folder: recordings }) } })],
  page: join(import.meta.dir, "examples/meeting/index.html"),
});
