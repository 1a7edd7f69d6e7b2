/**
 * A real nats-server with JetStream, in a temporary folder: started, killed and started again on the same store and port.
 * From: nats-cluster.ts, test/support/nats-server.ts.
 */
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findNatsServer } from "../nats-server.ts";

const startMsMax = 20_000;

export interface NatsProcessOptions {
  /** In a process group of its own, so that a terminal's Ctrl-C is for its parent alone. Default: in ours, so that nothing is left of a run that was broken off. */
  readonly detached?: boolean;
}

export class NatsServer {
  readonly #binary: string;
  readonly #folder: string;
  readonly #config: string;
  readonly #options: NatsProcessOptions;
  #child: Bun.Subprocess<"ignore", "ignore", "pipe"> | undefined;
  #log = "";
  port = 0;

  private constructor(binary: string, folder: string, config: string, options: NatsProcessOptions) {
    this.#binary = binary;
    this.#folder = folder;
    this.#config = config;
    this.#options = options;
  }

  /** `config`: more of it, in the server's own syntax. Without JetStream if it has `jetstream: disabled`. */
  static async start(config = "", options: NatsProcessOptions = {}): Promise<NatsServer> {
    const server = new NatsServer(await findNatsServer(), await mkdtemp(join(tmpdir(), "quorate-nats-")), config, options);
    try {
      await server.start();
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
    return server;
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Of this life, wanted or not. */
  get end(): Promise<unknown> {
    return this.#child?.exited ?? Promise.resolve();
  }

  /** What it logged last. */
  get lastLines(): readonly string[] {
    return this.#log.trimEnd().split("\n").slice(-10);
  }

  /** Resolves when it takes connections; on the same port as before. */
  async start(): Promise<void> {
    const path = join(this.#folder, "nats.conf");
    const jetstream = this.#config.includes("jetstream") ? "" : `jetstream { store_dir: ${JSON.stringify(join(this.#folder, "store"))} }\n`;
    const port = this.port === 0 ? -1 : this.port;
    await writeFile(path, `listen: "127.0.0.1:${port}"\nlogfile: ""\n${jetstream}${this.#config}\n`);
    const { detached = false } = this.#options;
    const child = Bun.spawn([this.#binary, "-c", path], { stdin: "ignore", stdout: "ignore", stderr: "pipe", detached });
    this.#child = child;
    const ready = Promise.withResolvers<void>();
    const late = setTimeout(() => ready.reject(new Error(`nats-server did not start:\n${this.#log}`)), startMsMax);
    void this.#readLog(child.stderr, ready);
    try {
      await ready.promise;
    } finally {
      clearTimeout(late);
    }
  }

  /** No goodbye, nothing flushed. */
  async kill(): Promise<void> {
    this.#child?.kill("SIGKILL");
    await this.#child?.exited;
  }

  /** Of all that it stores. While it is down. */
  async keepCopy(): Promise<void> {
    await cp(join(this.#folder, "store"), join(this.#folder, "copy"), { recursive: true });
  }

  async putBack(): Promise<void> {
    await rm(join(this.#folder, "store"), { recursive: true });
    await cp(join(this.#folder, "copy"), join(this.#folder, "store"), { recursive: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #readLog(stream: ReadableStream<Uint8Array>, ready: { resolve: () => void; reject: (error: Error) => void }): Promise<void> {
    const decoder = new TextDecoder();
    let log = "";
    for await (const chunk of stream) {
      log = (log + decoder.decode(chunk, { stream: true })).slice(-20_000);
      this.#log = log;
      const port = /Listening for client connections on 127\.0\.0\.1:(\d+)/.exec(log)?.[1];
      if (port !== undefined) this.port = Number(port);
      if (log.includes("Server is ready")) ready.resolve();
    }
    ready.reject(new Error(`nats-server ended:\n${log}`));
  }
}
