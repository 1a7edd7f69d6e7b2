/** How big the cluster of the tests is. From: real.test.ts, ../chaos.ts. */
import type { WorldOptions } from "./world.ts";

export const usual: Omit<WorldOptions, "next" | "plants"> = {
  nodes: 3,
  rooms: 3,
  clerksPerRoom: 4,
  isSpread: true,
};
