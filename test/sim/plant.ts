/** Plants one of the bugs of bugs.ts in this process: before anything of the real code is loaded. */
import { join } from "node:path";
import { bugs } from "./bugs.ts";
import type { Outcome, Task } from "./outcome.ts";

/** What runs plans, loaded after the planting, so that it has the bug. */
export async function load(bug: string | undefined): Promise<(task: Task) => Promise<Outcome>> {
  const isPlanted = bug === undefined ? () => true : plant(bug);
  const { outcomeOf } = await import("./outcome.ts");
  if (!isPlanted()) throw new Error(`'${bug}' was not planted: its file was loaded before`);
  return outcomeOf;
}

function plant(name: string): () => boolean {
  const bug = bugs.find((one) => one.name === name);
  if (bug === undefined) throw new Error(`no bug is called '${name}'`);
  const path = join(import.meta.dir, "../..", bug.file);
  let isPlanted = false;
  Bun.plugin({
    name: "planted",
    setup(build) {
      build.onLoad({ filter: new RegExp(`${bug.file.replaceAll("/", "[/\\\\]").replaceAll(".", "\\.")}$`) }, async () => {
        const text = await Bun.file(path).text();
        if (text.split(bug.find).length !== 2) throw new Error(`${bug.file} does not have exactly once: ${bug.find}`);
        isPlanted = true;
        return { contents: text.replace(bug.find, () => bug.replace), loader: "ts" };
      });
    },
  });
  return () => isPlanted;
}
