/** Makes an app's folder from `my-app/`, which is an app that is checked and tested as it stands. From: ../new.ts. */
import { cp, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathProblem } from "../../src/gateway/page-paths.ts";

const template = join(import.meta.dir, "my-app");
const namePattern = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
const nameCharsMax = 32;

/** It cannot be made; the message says why, for whoever asked. */
export class ScaffoldError extends Error {
  override readonly name = "ScaffoldError";
}

/**
 * Makes `<folder>/<name>/`, whole or not at all, and returns its files. `folder` holds the apps, and `shared/` beside them.
 * Throws a `ScaffoldError`: the name cannot be one, or is taken.
 */
export async function scaffold(name: string, folder: string): Promise<readonly string[]> {
  if (!namePattern.test(name) || name.length > nameCharsMax)
    throw new ScaffoldError(
      `'${name}' cannot be an app's name: that is a letter, then letters, digits and single dashes, all lower-case, ${nameCharsMax} at most`,
    );
  const problem = pathProblem(`/${name}`);
  if (problem !== undefined) throw new ScaffoldError(problem);
  const target = join(folder, name);
  // Beside its place, so that it gets there in one step.
  const draft = await mkdtemp(join(folder, ".new-"));
  try {
    const app = join(draft, name);
    await cp(template, app, { recursive: true });
    for (const file of await filesIn(app)) await fill(join(app, file), name);
    await rename(join(app, "my-app.test.ts"), join(app, `${name}.test.ts`));
    await rename(app, target);
  } catch (error) {
    throw isTaken(error) ? new ScaffoldError(`${target} is there already`, { cause: error }) : error;
  } finally {
    await rm(draft, { recursive: true });
  }
  return filesIn(target);
}

/** The names, and where the shared parts are from an app in its place. */
async function fill(file: string, name: string): Promise<void> {
  const text = await readFile(file, "utf8");
  const filled = text
    .replaceAll("../../../../examples/shared/", "../../shared/")
    .replaceAll("my-app", name)
    .replaceAll("My app", titleOf(name));
  await writeFile(file, filled);
}

/** `pub-quiz` → `Pub quiz`. */
const titleOf = (name: string): string => `${name.charAt(0).toUpperCase()}${name.slice(1)}`.replaceAll("-", " ");

async function filesIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1));
  return files.sort();
}

const isTaken = (error: unknown): boolean =>
  error instanceof Error && "code" in error && ["EEXIST", "ENOTEMPTY", "ENOTDIR"].includes(String(error.code));
