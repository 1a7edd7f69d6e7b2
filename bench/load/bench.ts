/** What a workload works with: the server's process from outside, the clock, and spans in which everything is counted. */
import type { Client } from "./client.ts";
import type { Dialect } from "./dialect.ts";
import type { Job } from "./job.ts";
import { cpuMs, rssKiB } from "./process-use.ts";

const calmShare = 0.03;
const calmProbeMs = 300;
const calmWaitMsMax = 15_000;

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
    return rssKiB(this.job.serverPid);
  }

  /** The server's own counters; nothing if it tells none. */
  async stats(): Promise<Readonly<Record<string, number>>> {
    if (this.job.statsPort === undefined) return {};
    const answer = await fetch(`http://127.0.0.1:${this.job.statsPort}/`);
    return (await answer.json()) as Record<string, number>;
  }

  /** Until the server has next to nothing to do. Throws if it does not get there. */
  async calm(): Promise<void> {
    const untilMs = performance.now() + calmWaitMsMax;
    while (performance.now() < untilMs) {
      const span = this.span([]);
      await Bun.sleep(calmProbeMs);
      if (span.end().serverShare <= calmShare) return;
    }
    throw new Error("the server did not calm down");
  }

  span(clients: readonly Client[]): Span {
    return new Span(this.job.serverPid, clients);
  }
}

export interface Measured {
  readonly seconds: number;
  readonly startMs: number;
  readonly endMs: number;
  readonly serverCpuMs: number;
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
  readonly #pid: number;
  readonly #clients: readonly Client[];
  readonly #startMs = performance.now();
  readonly #serverMs: number;
  readonly #ownUs = ownCpuUs();
  readonly #before: Counts;

  constructor(pid: number, clients: readonly Client[]) {
    this.#pid = pid;
    this.#clients = clients;
    this.#before = counts(clients);
    this.#serverMs = cpuMs(pid);
  }

  end(): Measured {
    const endMs = performance.now();
    const wallMs = endMs - this.#startMs;
    const serverCpuMs = cpuMs(this.#pid) - this.#serverMs;
    const generatorShare = (ownCpuUs() - this.#ownUs) / 1_000 / wallMs;
    const after = counts(this.#clients);
    return {
      seconds: wallMs / 1_000,
      startMs: this.#startMs,
      endMs,
      serverCpuMs,
      serverShare: serverCpuMs / wallMs,
      generatorShare,
      opsMessages: after.opsMessages - this.#before.opsMessages,
      opsBytes: after.opsBytes - this.#before.opsBytes,
      messages: after.messages - this.#before.messages,
      bytes: after.bytes - this.#before.bytes,
    };
  }
}

interface Counts {
  opsMessages: number;
  opsBytes: number;
  messages: number;
  bytes: number;
}

function counts(clients: readonly Client[]): Counts {
  const sum = { opsMessages: 0, opsBytes: 0, messages: 0, bytes: 0 };
  for (const client of clients) {
    sum.opsMessages += client.opsMessages;
    sum.opsBytes += client.opsBytes;
    sum.messages += client.messages;
    sum.bytes += client.bytes;
  }
  return sum;
}

function ownCpuUs(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}
