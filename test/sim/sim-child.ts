/** A child process that runs what its parent (child.ts) sends, one after the other. Its one argument: the bug to plant first. */
import type { Task } from "./outcome.ts";
import { load } from "./plant.ts";

const outcomeOf = await load(process.argv[2]);

// Ctrl-C goes to all processes at a terminal. The parent decides what ends when, so that no run leaves its disk behind.
process.on("SIGINT", () => undefined);
process.on("disconnect", () => process.exit(0));
let queue = Promise.resolve();
process.on("message", (task: Task) => {
  queue = queue.then(async () => {
    process.send?.(await outcomeOf(task));
  });
});
process.send?.("ready");
