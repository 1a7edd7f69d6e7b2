/** What a process and its children use, from /proc (Linux). */
import { readdirSync, readFileSync } from "node:fs";

/** USER_HZ, which is 100 on the systems that this runs on. */
const tickMs = 10;

/** utime + stime of all threads of it and of its children that run, in ms. */
export function cpuMs(pid: number): number {
  let ticks = 0;
  for (const one of family(pid)) {
    // The second field, a name in parentheses, may hold spaces.
    const fields = read(`/proc/${one}/stat`).split(") ").at(-1)?.split(" ") ?? [];
    ticks += Number(fields[11] ?? 0) + Number(fields[12] ?? 0);
  }
  return ticks * tickMs;
}

/** In memory now, of it and its children, in KiB. */
export const rssKiB = (pid: number): number =>
  family(pid).reduce((sum, one) => sum + Number(/^VmRSS:\s+(\d+)/m.exec(read(`/proc/${one}/status`))?.[1] ?? 0), 0);

/** Bytes that the kernel keeps for each peer of this port that has not taken them yet. */
export const sendQueues = (port: number): number[] =>
  ["tcp", "tcp6"]
    .flatMap((protocol) => read(`/proc/net/${protocol}`).split("\n").slice(1))
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local]) => Number.parseInt(local?.split(":")[1] ?? "", 16) === port)
    .map(([, , , , queues]) => Number.parseInt(queues ?? "", 16) || 0);

/** How many files it may have open; sockets are some. */
export const filesMax = (pid: number): number =>
  Number(/^Max open files\s+(\d+)/m.exec(read(`/proc/${pid}/limits`))?.[1] ?? Number.POSITIVE_INFINITY);

function family(pid: number): number[] {
  const found = [pid];
  for (const one of found) {
    for (const task of tasks(one)) found.push(...read(`/proc/${one}/task/${task}/children`).split(" ").filter(Boolean).map(Number));
  }
  return found;
}

function tasks(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return []; // it has ended
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return ""; // it has ended, or this system does not tell
  }
}
