/** examples/terminal.ts as a process of its own: lines are typed, its output is awaited. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const root = join(import.meta.dir, "../..");

export class Program {
  output = "";
  readonly #child: Bun.Subprocess<"pipe", "pipe", "inherit">;
  /** Where it keeps what is pending. */
  readonly folder: string;
  readonly #ended: Promise<void>;
  #waiting: (() => void)[] = [];

  private constructor(child: Bun.Subprocess<"pipe", "pipe", "inherit">, folder: string) {
    this.#child = child;
    this.folder = folder;
    this.#ended = this.#read();
  }

  static async run(...args: string[]): Promise<Program> {
    return Program.again(await mkdtemp(join(tmpdir(), "quorate-terminal-")), ...args);
  }

  /** On what another one left. */
  static again(folder: string, ...args: string[]): Program {
    const child = Bun.spawn([process.execPath, "examples/terminal.ts", ...args], {
      cwd: root,
      stdin: "pipe",
      stdout: "pipe",
      stderr: "inherit",
      env: { ...process.env, XDG_STATE_HOME: folder },
    });
    return new Program(child, folder);
  }

  /** In the room. */
  static async join(room: string, name: string, url: string): Promise<Program> {
    const program = await Program.run(room, "--name", name, "--url", url);
    await program.until(`In ${room} as ${name}`);
    return program;
  }

  get lines(): string[] {
    return this.output.split("\n").slice(0, -1);
  }

  type(...lines: string[]): void {
    this.#child.stdin.write(lines.map((line) => `${line}\n`).join(""));
    this.#child.stdin.flush();
  }

  /** Resolves when the output has `text`. Rejects if it ends, or stays silent for 20 s. */
  async until(text: string): Promise<void> {
    while (!this.output.includes(text)) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#waiting.push(resolve);
      const timer = setTimeout(resolve, 20_000);
      const length = this.output.length;
      await promise;
      clearTimeout(timer);
      if (this.output.length === length) throw new Error(`no '${text}' in:\n${this.output}`);
    }
  }

  interrupt(): void {
    this.#child.kill("SIGINT");
  }

  /** Of its input; its exit code. */
  async end(): Promise<number> {
    await this.#child.stdin.end();
    return this.exited;
  }

  /** Its exit code, once all of its output is here. */
  get exited(): Promise<number> {
    return this.#ended.then(() => this.#child.exited);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.exited;
    await rm(this.folder, { recursive: true, force: true });
  }

  async #read(): Promise<void> {
    const decoder = new TextDecoder();
    for await (const chunk of this.#child.stdout) {
      this.output += decoder.decode(chunk, { stream: true });
      this.#wake();
    }
    this.#wake();
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}
