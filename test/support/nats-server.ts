/** A real nats-server with JetStream, in a temporary folder: started, killed and started again on the same store and port. */
import { afterAll, beforeAll, describe, test } from "bun:test";
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findNatsServer } from "../../scripts/nats-server.ts";

const startMsMax = 20_000;

export class NatsServer {
  readonly #binary: string;
  readonly #folder: string;
  readonly #config: string;
  #child: Bun.Subprocess<"ignore", "ignore", "pipe"> | undefined;
  #log = "";
  port = 0;

  private constructor(binary: string, folder: string, config: string) {
    this.#binary = binary;
    this.#folder = folder;
    this.#config = config;
  }

  /** `config`: more of it, in the server's own syntax. Without JetStream if it has `jetstream: disabled`. */
  static async start(config = ""): Promise<NatsServer> {
    const server = new NatsServer(await findNatsServer(), await mkdtemp(join(tmpdir(), "quorate-nats-")), config);
    await server.start();
    return server;
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** Resolves when it takes connections; on the same port as before. */
  async start(): Promise<void> {
    const path = join(this.#folder, "nats.conf");
    const jetstream = this.#config.includes("jetstream") ? "" : `jetstream { store_dir: ${JSON.stringify(join(this.#folder, "store"))} }\n`;
    const port = this.port === 0 ? -1 : this.port;
    await writeFile(path, `listen: "127.0.0.1:${port}"\nlogfile: ""\n${jetstream}${this.#config}\n`);
    const child = Bun.spawn([this.#binary, "-c", path], { stdin: "ignore", stdout: "ignore", stderr: "pipe" });
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

export const isNatsOff = process.env["NATS"] === "off";
/** All of them; in the check, as many as take less than half a minute. */
const isNatsLong = process.env["NATS"] === "long";
if (isNatsOff) console.warn("\n!!! NATS=off: the tests of the NATS journal are SKIPPED.\n");

/** One server for a test file; without one the tests fail, unless the environment says NATS=off. */
export function withNats(config = ""): () => NatsServer {
  let server: NatsServer | undefined;
  beforeAll(async () => {
    if (!isNatsOff) server = await NatsServer.start(config);
  }, 120_000);
  afterAll(async () => {
    await server?.[Symbol.asyncDispose]();
  });
  return () => {
    if (server === undefined) throw new Error("there is no nats-server");
    return server;
  };
}

export const natsTest = isNatsOff ? test.skip : test;
/** Only in the long form, `bun run test:nats`. */
export const longNatsTest = (title: string, run: () => Promise<void>, msMax?: number): void => {
  if (isNatsLong) test(title, run, msMax);
};
export const longNatsDescribe = (title: string, define: () => void): void => {
  if (isNatsLong) describe(title, define);
};

let prefixes = 0;
/** Of a deployment of its own on a server that tests share. */
export const freshPrefix = (): string => `t${process.pid}_${++prefixes}`;
