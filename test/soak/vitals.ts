/** How a server process is, from outside: Linux's own figures, its landing page, and its heap as its configuration tells it. From: main.ts. */
import { readdir, readFile } from "node:fs/promises";
import type { ChildServer } from "../support/child-server.ts";
import { eventually } from "../support/eventually.ts";

export interface Vitals {
  readonly connections: number;
  readonly rooms: number;
  readonly residentMiB: number;
  readonly files: number;
  /** CPU seconds so far. */
  readonly cpuSeconds: number;
}

export interface Heap {
  readonly mebibytes: number;
  readonly objects: number;
  readonly timers: number;
}

const ticksPerSecond = 100; // USER_HZ, the same on every Linux

export async function vitals(server: ChildServer): Promise<Vitals> {
  const of = `/proc/${server.pid}`;
  const [status, stat, files, page] = await Promise.all([
    readFile(`${of}/status`, "utf8"),
    readFile(`${of}/stat`, "utf8"),
    readdir(`${of}/fd`),
    fetch(server.http("/"), { headers: { connection: "close" }, keepalive: false }).then((response) => response.text()),
  ]);
  const now = (label: string) => Number(new RegExp(`<dt>${label}</dt><dd>(\\d+)</dd>`).exec(page)?.[1]);
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return {
    connections: now("Connections"),
    rooms: now("Rooms"),
    residentMiB: Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1_024,
    files: files.length,
    cpuSeconds: (Number(fields[11]) + Number(fields[12])) / ticksPerSecond,
  };
}

export async function heap(server: ChildServer): Promise<Heap> {
  const lines = () => server.errors.filter((line) => line.startsWith('{"level":"heap"'));
  const before = lines().length;
  process.kill(server.pid ?? 0, "SIGUSR2");
  await eventually(() => lines().length > before, "the heap's figures");
  const { bytes, objects, timers } = JSON.parse(lines().at(-1) ?? "") as { bytes: number; objects: number; timers: number };
  return { mebibytes: bytes / 1_024 ** 2, objects, timers };
}
