/** Plants a bug, one of bugs.ts say, in this process: before anything of the real code is loaded. */
import { join } from "node:path";
import { type Bug, bugs } from "./bugs.ts";
import type { Outcome, Task } from "./outcome.ts";

/** What runs plans, loaded after the planting, so that it has the bug. */
export async function load(bug: string | undefined): Promise<(task: Task) => Promise<Outcome>> {
  const isPlanted = bug === undefined ? () => true : plantNamed(bug);
  const { outcomeOf } = await import("./outcome.ts");
  if (!isPlanted()) throw new Error(`'${bug}' was not planted: its file was loaded before`);
  return outcomeOf;
}

function plantNamed(name: string): () => boolean {
  const bug = bugs.find((one) => one.name === name);
  if (bug === undefined) throw new Error(`no bug is called '${name}'`);
  return plant(bug.file, [bug]);
}

/** Changes a file once it is loaded; gives whether it was. */
export function plant(file: string, changes: readonly Pick<Bug, "find" | "replace">[]): () => boolean {
  const path = join(import.meta.dir, "../..", file);
  let isPlanted = false;
  Bun.plugin({
    name: "planted",
    setup(build) {
      build.onLoad({ filter: new RegExp(`${file.replaceAll("/", "[/\\\\]").replaceAll(".", "\\.")}$`) }, async () => {
        let contents = await Bun.file(path).text();
        for (const { find, replace } of changes) {
          if (contents.split(find).length !== 2) throw new Error(`${file} does not have exactly once: ${find}`);
          contents = contents.replace(find, () => replace);
        }
        isPlanted = true;
        return { contents, loader: "ts" };
      });
    },
  });
  return () => isPlanted;
}
