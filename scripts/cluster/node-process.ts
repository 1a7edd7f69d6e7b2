/** One node: `bun src/main.ts`, started once, with its last lines in case it dies. From: scripts/cluster.ts. */
import { join } from "node:path";

const root = join(import.meta.dir, "../..");
const linesMax = 20;

export class NodeProcess {
  readonly #child: Bun.Subprocess<"ignore", "pipe", "pipe">;
  readonly #lines: string[] = [];
  url = "";
  /** With its token. */
  inspector: string | undefined;

  /** Resolves when it listens and has said its last line; rejects if it ends before. */
  readonly ready: Promise<void>;

  /** `onTrouble` gets each line about what is wrong. */
  constructor(env: Readonly<Record<string, string>>, onTrouble: (line: string) => void) {
    this.#child = Bun.spawn([process.execPath, "src/main.ts"], {
      cwd: root,
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
      env: { ...process.env, ...env },
      // A terminal's Ctrl-C is for the parent alone, which ends all in their order.
      detached: true,
    });
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.ready = promise;
    const out = this.#read(this.#child.stdout, (line) => {
      this.url = /^Quorate listens on (.+)$/.exec(line)?.[1] ?? this.url;
      const inspector = /^ {2}inspect (.+)$/.exec(line)?.[1];
      if (inspector === undefined) return;
      this.inspector = inspector;
      resolve();
    });
    void Promise.all([out, this.#read(this.#child.stderr, onTrouble)]).then(() => reject(new Error("it ended before it listened")));
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** Its exit code, or the signal that ended it. */
  get end(): Promise<string> {
    return this.#child.exited.then((code) => String(this.#child.signalCode ?? `exit code ${code}`));
  }

  get lastLines(): readonly string[] {
    return this.#lines.slice(-linesMax);
  }

  /** Drains. */
  async stop(): Promise<void> {
    this.#child.kill("SIGTERM");
    await this.#child.exited;
  }

  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#child.exited;
  }

  async #read(stream: ReadableStream<Uint8Array>, onLine: (line: string) => void): Promise<void> {
    let text = "";
    const decoder = new TextDecoder();
    for await (const chunk of stream) {
      const lines = (text + decoder.decode(chunk, { stream: true })).split("\n");
      text = lines.pop() ?? "";
      for (const line of lines) {
        this.#lines.push(line);
        if (this.#lines.length > linesMax * 2) this.#lines.splice(0, linesMax);
        onLine(line);
      }
    }
  }
}
