/** The process under attack: `src/main.ts` as an operator starts it, with all that it prints, and how much memory it has. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Limits } from "../../../src/protocol/limits.ts";

const root = join(import.meta.dir, "../../..");

export class Victim {
  readonly port: number;
  readonly #child: Bun.Subprocess<"ignore", "pipe", "pipe">;
  readonly #data: string;
  readonly #printed: { out: string; err: string };

  private constructor(child: Bun.Subprocess<"ignore", "pipe", "pipe">, data: string, printed: { out: string; err: string }, port: number) {
    this.#child = child;
    this.#data = data;
    this.#printed = printed;
    this.port = port;
  }

  static async start(limits: Partial<Limits> = {}): Promise<Victim> {
    const data = await mkdtemp(join(tmpdir(), "quorate-hostile-"));
    const child = Bun.spawn([process.execPath, "src/main.ts"], {
      cwd: root,
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
      env: {
        ...process.env,
        NODE_ENV: "production",
        QUORATE_CONFIG: join(import.meta.dir, "quorate.config.ts"),
        QUORATE_DATA: data,
        QUORATE_PORT: "0",
        HOSTILE_LIMITS: JSON.stringify(limits),
      },
    });
    const printed = { out: "", err: "" };
    const listens = Promise.withResolvers<number>();
    const ended = (why: string) => listens.reject(new Error(`${why}\n${printed.out}${printed.err}`));
    gather(child.stderr, (text) => {
      printed.err += text;
    }).catch(ended);
    gather(child.stdout, (text) => {
      printed.out += text;
      const port = /listens on http:\/\/[^:]+:(\d+)/.exec(printed.out)?.[1];
      if (port !== undefined) listens.resolve(Number(port));
    }).then(() => ended("the server ended before it listened"), ended);
    return new Victim(child, data, printed, await listens.promise);
  }

  url(room: string): string {
    return `ws://127.0.0.1:${this.port}/rooms/${room}`;
  }

  http(path: string): string {
    return `http://127.0.0.1:${this.port}${path}`;
  }

  get isAlive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** All lines of both streams until now. */
  get printed(): { readonly out: readonly string[]; readonly err: readonly string[] } {
    return { out: linesOf(this.#printed.out), err: linesOf(this.#printed.err) };
  }

  /** Resident memory in MiB, as Linux tells it. */
  async residentMiB(): Promise<number> {
    const kibibytes = /VmRSS:\s+(\d+) kB/.exec(await readFile(`/proc/${this.#child.pid}/status`, "utf8"))?.[1];
    if (kibibytes === undefined) throw new Error("no VmRSS: the process has ended");
    return Number(kibibytes) / 1024;
  }

  /** What the landing page says: how many connections and rooms there are. */
  async counts(): Promise<{ readonly connections: number; readonly rooms: number }> {
    const page = await (await fetch(this.http("/"))).text();
    const number = (label: string) => Number(new RegExp(`<dt>${label}</dt><dd>(\\d+)</dd>`).exec(page)?.[1]);
    return { connections: number("Connections"), rooms: number("Rooms") };
  }

  /** Drains, if it still runs, and is cleared away; its exit code. */
  async stop(): Promise<number> {
    this.#child.kill("SIGTERM");
    const code = await this.#child.exited;
    await rm(this.#data, { recursive: true, force: true });
    return code;
  }
}

async function gather(stream: ReadableStream<Uint8Array>, take: (text: string) => void): Promise<void> {
  const decoder = new TextDecoder();
  for await (const chunk of stream) take(decoder.decode(chunk, { stream: true }));
}

const linesOf = (text: string): string[] => text.split("\n").filter((line) => line !== "");
