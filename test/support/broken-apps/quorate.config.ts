/** A config that has no apps to find: test/main.test.ts. */
import { join } from "node:path";
import { apps, defineConfig } from "../../../src/index.ts";

export default defineConfig(await apps(join(import.meta.dir, "apps")));
