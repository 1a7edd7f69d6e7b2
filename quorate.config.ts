/** What `bun run server` serves: every app in examples/. Change it for yours; src/config.ts has every key. */
import { join } from "node:path";
import { apps, defineConfig } from "./src/index.ts";

export default defineConfig({ ...(await apps(join(import.meta.dir, "examples"))) });
