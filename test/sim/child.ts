/** Who runs plans: this process, or a child process. From: jobs.ts, shrink.ts. To: sim-child.ts. */
import { join } from "node:path";
import type { Outcome, Task } from "./outcome.ts";
import { load } from "./plant.ts";

export interface Runner {
  /** Tasks given at once are done in order. */
  run(task: Task): Promise<Outcome>;
  /** After the run at hand. */
  stop(): Promise<void>;
}

/** A run takes a second at most; who needs longer than this to end one is stuck. */
const stopMsMax = 20_000;

/** This process. `bug` is planted for good, so nothing of the real code may be loaded yet. */
export async function here(bug?: string): Promise<Runner> {
  const outcomeOf = await load(bug);
  let queue: Promise<unknown> = Promise.resolve();
  return {
    run(task) {
      const outcome = queue.then(() => outcomeOf(task));
      queue = outcome.catch(() => undefined);
      return outcome;
    },
    stop: async () => void (await queue),
  };
}

export function child(bug?: string): Runner {
  const waiting: PromiseWithResolvers<Outcome>[] = [];
  let isStopping = false;
  const process_ = Bun.spawn([process.execPath, join(import.meta.dir, "sim-child.ts"), ...(bug === undefined ? [] : [bug])], {
    stdout: "inherit",
    stderr: "inherit",
    serialization: "json",
    ipc(message: Outcome | "ready") {
      if (message !== "ready") waiting.shift()?.resolve(message);
    },
  });
  const gone = process_.exited.then((status) => {
    if (!isStopping) for (const { reject } of waiting.splice(0)) reject(new Error(`a process of the simulator ended with ${status}`));
  });
  return {
    run(task) {
      const outcome = Promise.withResolvers<Outcome>();
      waiting.push(outcome);
      process_.send(task);
      return outcome.promise;
    },
    async stop() {
      isStopping = true;
      process_.disconnect();
      const stuck = setTimeout(() => process_.kill("SIGKILL"), stopMsMax);
      await gone;
      clearTimeout(stuck);
    },
  };
}
