/** A node of the cluster, seen from outside: started, stopped, killed, paused, cut off from NATS. From: world.ts. To: node-child.ts. */
import { join } from "node:path";
import { TcpProxy } from "../../support/tcp-proxy.ts";

export interface NodeSettings {
  readonly servers: readonly string[];
  readonly prefix: string;
  /** 0 at its first start: any. */
  readonly port: number;
  readonly statusPort: number;
  /** Names of bugs (plants.ts). */
  readonly plants: readonly string[];
  readonly natsTimeoutMs: number;
}

export interface NodeStatus {
  readonly rooms: readonly RoomStatus[];
  readonly stats: Readonly<Record<string, number>>;
}
interface RoomStatus {
  readonly name: string;
  readonly state: string;
  /** It decides there, or thinks so. */
  readonly isOwner: boolean;
  readonly epoch: string;
  readonly rev: number;
  /** What it has at `rev`. */
  readonly text: string;
}

export interface NodeAlarm {
  readonly code: string;
  readonly message: string;
}

const startMsMax = 20_000;
const statusMsMax = 1_000;

export class Node {
  readonly name: string;
  /** To each nats-server, one of its own, so that it alone can be cut off. */
  readonly proxies: readonly TcpProxy[];
  readonly alarms: NodeAlarm[] = [];
  /** What it printed as errors and was no alarm. */
  readonly errors: string[] = [];
  #settings: NodeSettings;
  #child: Bun.Subprocess<"pipe", "pipe", "pipe"> | undefined;
  #isPaused = false;

  private constructor(name: string, proxies: readonly TcpProxy[], settings: NodeSettings) {
    this.name = name;
    this.proxies = proxies;
    this.#settings = settings;
  }

  static async make(
    name: string,
    natsPorts: readonly number[],
    settings: Pick<NodeSettings, "prefix" | "plants" | "natsTimeoutMs">,
  ): Promise<Node> {
    const proxies = await Promise.all(natsPorts.map((port) => TcpProxy.to(port)));
    return new Node(name, proxies, { ...settings, servers: proxies.map(({ address }) => address), port: 0, statusPort: 0 });
  }

  /** The same after a restart. */
  get url(): string {
    return `http://127.0.0.1:${this.#settings.port}`;
  }

  /** It answers, as far as that is up to us. */
  get isUp(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null && !this.#isPaused;
  }

  /** Resolves when it listens. */
  async start(): Promise<void> {
    const command = [process.execPath, join(import.meta.dir, "node-child.ts"), JSON.stringify(this.#settings)];
    const child = Bun.spawn(command, { stdin: "pipe", stdout: "pipe", stderr: "pipe" });
    this.#child = child;
    this.#isPaused = false;
    const ended = linesOf(child.stderr, (line) => this.#heard(line));
    const late = setTimeout(() => child.kill("SIGKILL"), startMsMax);
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    void linesOf(child.stdout, resolve)
      .then(() => ended)
      .then(() => reject(new Error(`${this.name} did not start:\n${this.#lastErrors}`)));
    this.#settings = { ...this.#settings, ...(JSON.parse(await promise.finally(() => clearTimeout(late))) as object) };
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

  pause(): void {
    this.#isPaused = true;
    this.#child?.kill("SIGSTOP");
  }

  resume(): void {
    this.#isPaused = false;
    this.#child?.kill("SIGCONT");
  }

  /** `undefined`: it does not answer. */
  async status(): Promise<NodeStatus | undefined> {
    if (!this.isUp) return undefined;
    const url = `http://127.0.0.1:${this.#settings.statusPort}`;
    return fetch(url, { signal: AbortSignal.timeout(statusMsMax) }).then(
      (response) => response.json() as Promise<NodeStatus>,
      () => undefined,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    for (const proxy of this.proxies) await proxy[Symbol.asyncDispose]();
  }

  get #lastErrors(): string {
    return [...this.errors, ...this.alarms.map((alarm) => JSON.stringify(alarm))].slice(-20).join("\n");
  }

  #heard(line: string): void {
    if (line.startsWith("alarm ")) this.alarms.push(JSON.parse(line.slice("alarm ".length)) as NodeAlarm);
    else this.errors.push(line);
  }
}

async function linesOf(stream: ReadableStream<Uint8Array>, onLine: (line: string) => void): Promise<void> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of stream) {
    const lines = (text + decoder.decode(chunk, { stream: true })).split("\n");
    text = lines.pop() ?? "";
    for (const line of lines) onLine(line);
  }
}
