/**
 * What the process itself takes, under the names that Prometheus knows. From: metrics.ts.
 * prom-client's own set is not used: on Bun 1.4.5 its loop lag, handles, heap spaces and version are wrong, and it reads the list of open files synchronously.
 */
import { readdir, readFile, stat } from "node:fs/promises";
import { Counter, Gauge, type Registry } from "prom-client";

export function processMetrics(registry: Registry): void {
  const registers = [registry];
  const startedAt = Date.now() - process.uptime() * 1_000;
  new Counter({
    name: "process_cpu_seconds_total",
    help: "User and system CPU time, in seconds.",
    registers,
    collect() {
      const { user, system } = process.cpuUsage();
      this.reset();
      this.inc((user + system) / 1e6);
    },
  });
  new Gauge({ name: "process_start_time_seconds", help: "Start of the process, in seconds since the Unix epoch.", registers }).set(
    startedAt / 1_000,
  );
  new Gauge({
    name: "process_resident_memory_bytes",
    help: "Resident memory, in bytes.",
    registers,
    collect() {
      this.set(process.memoryUsage.rss());
    },
  });
  if (process.platform !== "linux") return;
  new Gauge({
    name: "process_open_fds",
    help: "Open file descriptors; each connection is one.",
    registers,
    async collect() {
      this.set(await openFiles());
    },
  });
  new Gauge({
    name: "process_max_fds",
    help: "File descriptors that this process may open.",
    registers,
    async collect() {
      const [, max] = /^Max open files\s+(\d+|unlimited)/m.exec(await readFile("/proc/self/limits", "utf8")) ?? [];
      this.set(max === "unlimited" ? Infinity : Number(max));
    },
  });
}

/** Since 6.2, Linux gives their number as the folder's size; before, they have to be listed, which takes 16 ms of another thread for 10,000. */
async function openFiles(): Promise<number> {
  const { size } = await stat("/proc/self/fd");
  return size > 0 ? size : (await readdir("/proc/self/fd")).length;
}
