/** A real server process: `src/main.ts`, started, killed and started again on the same data. It logs in JSON. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const root = join(import.meta.dir, "../..");

export class ChildServer {
  readonly data: string;
  readonly #env: Record<string, string>;
  readonly #keepsErrors: boolean;
  /** In front of its command line, from the next start on: `prlimit`, say. */
  prefix: readonly string[] = [];
  #child: Bun.Subprocess<"ignore", "pipe", "inherit" | "pipe"> | undefined;
  #port = 0;
  #errors = "";

  private constructor(data: string, env: Record<string, string>, keepsErrors: boolean) {
    this.data = data;
    this.#env = env;
    this.#keepsErrors = keepsErrors;
  }

  /** `keepErrors`: what it prints as errors is kept in `errors`, and not shown. */
  static async make(config: string, env: Record<string, string> = {}, { keepErrors = false } = {}): Promise<ChildServer> {
    const data = await mkdtemp(join(tmpdir(), "quorate-"));
    return new ChildServer(data, { QUORATE_CONFIG: config, QUORATE_DATA: data, QUORATE_LOG: "json", ...env }, keepErrors);
  }

  /** Its rooms' address; the same port after a restart. */
  url(room: string): string {
    return `ws://127.0.0.1:${this.#port}/rooms/${room}`;
  }

  /** A page of its own. */
  http(path: string): string {
    return `http://127.0.0.1:${this.#port}${path}`;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  get isRunning(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** The lines of all its lives. */
  get errors(): readonly string[] {
    return this.#errors.split("\n").filter((line) => line !== "");
  }

  /** Resolves when it listens. */
  async start(): Promise<void> {
    const child = Bun.spawn([...this.prefix, process.execPath, "src/main.ts"], {
      cwd: root,
      stdin: "ignore",
      stdout: "pipe",
      stderr: this.#keepsErrors ? "pipe" : "inherit",
      env: { ...process.env, ...this.#env, QUORATE_PORT: String(this.#port) },
    });
    this.#child = child;
    const told = this.#keepErrors(child.stderr);
    let printed = "";
    for await (const chunk of child.stdout) {
      printed += new TextDecoder().decode(chunk);
      const port = /listens on http:\/\/[^:]+:(\d+)/.exec(printed)?.[1];
      if (port === undefined) continue;
      this.#port = Number(port);
      return;
    }
    await told;
    throw new Error(`the server ended before it listened:\n${printed}${this.#errors}`);
  }

  async #keepErrors(stream: ReadableStream<Uint8Array> | undefined): Promise<void> {
    const decoder = new TextDecoder();
    for await (const chunk of stream ?? []) this.#errors += decoder.decode(chunk, { stream: true });
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
    if (this.isRunning) await this.kill();
    await rm(this.data, { recursive: true, force: true });
  }
}
