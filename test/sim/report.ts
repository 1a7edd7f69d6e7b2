/** What came of a simulated run, also of one that fails. From: run.ts, test/cluster/sim/run.ts. */
import type { Crowd } from "./crowd.ts";

export interface Report {
  readonly violations: readonly string[];
  readonly fired: ReadonlyMap<string, number>;
  readonly hash: number;
  readonly ops: number;
  readonly frames: number;
}

/** `end`: nothing of the world runs any more. */
export async function reported(crowd: Crowd, run: () => Promise<void>, end: () => void): Promise<Report> {
  const { oracle } = crowd;
  // L13: the process lives.
  const died = (error: unknown) => oracle.violate("L13", `the process would have ended: ${String(error)}`);
  process.on("unhandledRejection", died);
  process.on("uncaughtException", died);
  try {
    await run();
  } catch (error) {
    oracle.violate("run", error instanceof Error ? `${error.message}\n${error.stack ?? ""}` : String(error));
  } finally {
    await new Promise((resolve) => setImmediate(resolve)); // rejections are told in a turn of the event loop
    process.off("unhandledRejection", died);
    process.off("uncaughtException", died);
    for (const person of [...crowd.people, ...crowd.visitors]) person.die();
    end();
  }
  return { violations: oracle.violations, fired: crowd.fired, hash: oracle.hash >>> 0, ops: oracle.told.size, frames: oracle.frames };
}
