/** A real server process: `src/main.ts`, started, killed and started again on the same data. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const root = join(import.meta.dir, "../..");

export class ChildServer {
  readonly data: string;
  readonly #env: Record<string, string>;
  #child: Bun.Subprocess<"ignore", "pipe", "inherit"> | undefined;
  #port = 0;

  private constructor(data: string, env: Record<string, string>) {
    this.data = data;
    this.#env = env;
  }

  static async make(config: string, env: Record<string, string> = {}): Promise<ChildServer> {
    const data = await mkdtemp(join(tmpdir(), "quorate-"));
    return new ChildServer(data, { QUORATE_CONFIG: config, QUORATE_DATA: data, ...env });
  }

  /** Its rooms' address; the same port after a restart. */
  url(room: string): string {
    return `ws://127.0.0.1:${this.#port}/rooms/${room}`;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Resolves when it listens. */
  async start(): Promise<void> {
    const child = Bun.spawn([process.execPath, "src/main.ts"], {
      cwd: root,
      stdin: "ignore",
      stdout: "pipe",
      stderr: "inherit",
      env: { ...process.env, ...this.#env, QUORATE_PORT: String(this.#port) },
    });
    this.#child = child;
    let printed = "";
    for await (const chunk of child.stdout) {
      printed += new TextDecoder().decode(chunk);
      const port = /listens on http:\/\/[^:]+:(\d+)/.exec(printed)?.[1];
      if (port === undefined) continue;
      this.#port = Number(port);
      return;
    }
    throw new Error(`the server ended before it listened:\n${printed}`);
  }

  /** No goodbye, nothing flushed. */
  async kill(): Promise<void> {
    this.#child?.kill("SIGKILL");
    await this.#child?.exited;
  }

  /** Drains; its exit code. */
  async stop(): Promise<number> {
    this.#child?.kill("SIGTERM");
    return (await this.#child?.exited) ?? -1;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child?.exitCode === null) await this.kill();
    await rm(this.data, { recursive: true, force: true });
  }
}
