/** A place where apps are tried: `examples/` as a clone has it, inside of this repository, so that `quorate` is found, and ignored by git. */
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

const root = join(import.meta.dir, "../..");

export interface Ran {
  readonly status: number;
  /** What it printed, errors among it. */
  readonly out: string;
}

export class TryFolder implements AsyncDisposable {
  readonly path: string;
  /** Of the apps. */
  readonly examples: string;

  private constructor(path: string) {
    this.path = path;
    this.examples = join(path, "examples");
  }

  static async make(): Promise<TryFolder> {
    const all = join(root, ".try");
    await mkdir(all, { recursive: true });
    const folder = new TryFolder(await mkdtemp(join(all, "apps-")));
    await mkdir(folder.examples);
    await symlink(join(root, "examples/shared"), join(folder.examples, "shared"));
    return folder;
  }

  async put(file: string, text: string): Promise<void> {
    const path = join(this.path, file);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }

  /** `bun run new <name>` and the like: a script of this repository, as if this were where it lies. */
  script(file: string, ...args: readonly string[]): Promise<Ran> {
    return this.#run([join(root, file), ...args]);
  }

  new(name: string): Promise<Ran> {
    return this.script("scripts/new.ts", name);
  }

  /** `bun run machines check`, of all apps here. */
  checkMachines(): Promise<Ran> {
    return this.script("src/check/main.ts", "check");
  }

  async typeCheck(): Promise<Ran> {
    // The compiler does not follow the link to where the shared parts really are.
    const compilerOptions = { rootDirs: [".", "../.."] };
    const config = { extends: "../../tsconfig.json", compilerOptions, include: ["examples"], exclude: ["examples/shared"] };
    await this.put("tsconfig.json", JSON.stringify(config));
    return this.#run([join(root, "node_modules/.bin/tsc"), "--noEmit", "-p", "tsconfig.json"]);
  }

  lint(...names: readonly string[]): Promise<Ran> {
    const folders = names.map((name) => join("examples", name));
    return this.#run([join(root, "node_modules/.bin/biome"), "check", "--vcs-enabled=false", "--error-on-warnings", ...folders]);
  }

  test(): Promise<Ran> {
    return this.#run(["test", "./examples"]);
  }

  async #run(args: readonly string[]): Promise<Ran> {
    const child = Bun.spawn([process.execPath, ...args], { cwd: this.path, stdin: "ignore", stdout: "pipe", stderr: "pipe" });
    const [out, errors, status] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text(), child.exited]);
    return { status, out: `${out}${errors}` };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return rm(this.path, { recursive: true });
  }
}
