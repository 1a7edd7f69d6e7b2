/** What a workload works with: the server's processes from outside, the clock, and spans in which everything is counted. */
import type { Client } from "./client.ts";
import type { Dialect } from "./dialect.ts";
import type { Job, ServerProcess } from "./job.ts";
import { cpuMs, rssKiB, sendQueues } from "./process-use.ts";

const calmShare = 0.03;
const calmProbeMs = 300;
const calmWaitMsMax = 15_000;
const rssEveryMs = 100;

export class Bench {
  readonly job: Job;
  readonly dialect: Dialect;

  constructor(job: Job, dialect: Dialect) {
    this.job = job;
    this.dialect = dialect;
  }

  /** As many clients as the workload has, or fewer in a smoke run. */
  scaled(count: number): number {
    return Math.max(1, Math.round(count / this.job.shrink));
  }

  rssKiB(): number {
    return sum(this.job.nodes.map(({ pid }) => rssKiB(pid)));
  }

  /** The least that is in memory at any time until it is asked for: a collector makes it rise and fall by megabytes. */
  rssFloor(): { endKiB(): number } {
    let leastKiB = this.rssKiB();
    const timer = setInterval(() => {
      leastKiB = Math.min(leastKiB, this.rssKiB());
    }, rssEveryMs);
    return {
      endKiB: () => {
        clearInterval(timer);
        return leastKiB;
      },
    };
  }

  /** KiB that the kernel keeps for clients that do not take them, the most first. */
  sendQueuesKiB(): number[] {
    return this.job.nodes
      .flatMap(({ port }) => sendQueues(port))
      .map((bytes) => bytes / 1_024)
      .sort((a, b) => b - a);
  }

  /** The server's own counters; nothing if it tells none. */
  async stats({ statsPort }: ServerProcess = this.job.nodes[0]): Promise<Readonly<Record<string, number>>> {
    if (statsPort === undefined) return {};
    const answer = await fetch(`http://127.0.0.1:${statsPort}/`);
    return (await answer.json()) as Record<string, number>;
  }

  /** Until each server has next to nothing to do. Throws if it does not get there. */
  async calm(): Promise<void> {
    const untilMs = performance.now() + calmWaitMsMax;
    while (performance.now() < untilMs) {
      const span = this.span([]);
      await Bun.sleep(calmProbeMs);
      const { nodeCpuMs, seconds } = span.end();
      if (nodeCpuMs.every((ms) => ms / 1_000 / seconds <= calmShare)) return;
    }
    throw new Error("the server did not calm down");
  }

  span(clients: readonly Client[]): Span {
    return new Span(this.job, clients);
  }
}

export interface Measured {
  readonly seconds: number;
  readonly startMs: number;
  readonly endMs: number;
  /** All nodes together, where there are several. */
  readonly serverCpuMs: number;
  /** Of each. */
  readonly nodeCpuMs: readonly number[];
  /** All nats-servers together. */
  readonly natsCpuMs: number;
  /** Of one core. */
  readonly serverShare: number;
  readonly generatorShare: number;
  /** All clients together. */
  readonly opsMessages: number;
  readonly opsBytes: number;
  readonly messages: number;
  readonly bytes: number;
}

class Span {
  readonly #job: Job;
  readonly #clients: readonly Client[];
  readonly #startMs = performance.now();
  readonly #nodesMs: readonly number[];
  readonly #natsMs: number;
  readonly #ownUs = ownCpuUs();
  readonly #before: Counts;

  constructor(job: Job, clients: readonly Client[]) {
    this.#job = job;
    this.#clients = clients;
    this.#before = counts(clients);
    this.#nodesMs = this.#nodes();
    this.#natsMs = sum(job.natsPids.map(cpuMs));
  }

  end(): Measured {
    const endMs = performance.now();
    const wallMs = endMs - this.#startMs;
    const nodeCpuMs = this.#nodes().map((ms, i) => ms - (this.#nodesMs[i] ?? 0));
    const serverCpuMs = sum(nodeCpuMs);
    const generatorShare = (ownCpuUs() - this.#ownUs) / 1_000 / wallMs;
    const after = counts(this.#clients);
    return {
      seconds: wallMs / 1_000,
      startMs: this.#startMs,
      endMs,
      serverCpuMs,
      nodeCpuMs,
      natsCpuMs: sum(this.#job.natsPids.map(cpuMs)) - this.#natsMs,
      serverShare: serverCpuMs / wallMs,
      generatorShare,
      opsMessages: after.opsMessages - this.#before.opsMessages,
      opsBytes: after.opsBytes - this.#before.opsBytes,
      messages: after.messages - this.#before.messages,
      bytes: after.bytes - this.#before.bytes,
    };
  }

  #nodes(): number[] {
    return this.#job.nodes.map(({ pid }) => cpuMs(pid));
  }
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

interface Counts {
  opsMessages: number;
  opsBytes: number;
  messages: number;
  bytes: number;
}

function counts(clients: readonly Client[]): Counts {
  const total = { opsMessages: 0, opsBytes: 0, messages: 0, bytes: 0 };
  for (const client of clients) {
    total.opsMessages += client.opsMessages;
    total.opsBytes += client.opsBytes;
    total.messages += client.messages;
    total.bytes += client.bytes;
  }
  return total;
}

function ownCpuUs(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}
