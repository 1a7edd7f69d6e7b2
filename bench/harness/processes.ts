/** A server's process and the load's, each on a core of its own where the system lets us say so. From: run.ts, nodes.ts. */

import { join } from "node:path";
import type { Job, Outcome, ServerProcess } from "../load/job.ts";
import type { ServerSpec } from "./servers.ts";

const startMsMax = 20_000;
const stopMsMax = 10_000;

export interface RunningServer extends AsyncDisposable, Pick<Job, "nodes" | "natsPids"> {}

/** On a core of its own, or on any. */
export type Core = "own" | "any";

const taskset = Bun.which("taskset");
/** Both are pinned, or none is. */
export const isPinned = taskset !== null && navigator.hardwareConcurrency >= 2;
const pinned = (number: number, core: Core, command: readonly string[]): string[] =>
  isPinned && core === "own" ? [taskset ?? "", "-c", String(number), ...command] : [...command];

export async function startServer(spec: ServerSpec, core: Core): Promise<RunningServer> {
  const { node, stop } = await startProcess(spec, core);
  return { nodes: [node], natsPids: [], [Symbol.asyncDispose]: stop };
}

/** As `bun run server` sets them (docs/deploy.md, "Memory"). Every server gets them; what is not Bun does not know them. */
export const memory = { MIMALLOC_PURGE_DELAY: "30000", MIMALLOC_PURGE_HOLES_MIN_INTERVAL: "30000" };

/** Resolves when it listens. */
export async function startProcess(
  { name, command, cwd }: ServerSpec,
  core: Core,
): Promise<{ readonly node: ServerProcess; stop(): Promise<void> }> {
  const child = Bun.spawn(pinned(0, core, command), {
    cwd,
    stdin: "ignore",
    stdout: "pipe",
    stderr: "inherit",
    env: { ...memory, ...process.env, NODE_ENV: "production" },
  });
  const stop = async () => {
    child.kill("SIGTERM");
    const force = setTimeout(() => child.kill("SIGKILL"), stopMsMax);
    await child.exited;
    clearTimeout(force);
  };
  const late = setTimeout(() => child.kill("SIGKILL"), startMsMax);
  const line = await firstLine(child.stdout);
  clearTimeout(late);
  const said = line === undefined ? undefined : (JSON.parse(line) as { readonly port: number; readonly stats?: number });
  if (said === undefined) {
    await stop();
    throw new Error(`${name} ended before it said its port`);
  }
  return { node: { pid: child.pid, port: said.port, statsPort: said.stats }, stop };
}

/** Throws with what it printed, if it gave no outcome. */
export async function runLoad(job: Job, core: Core, msMax: number): Promise<Outcome> {
  const child = Bun.spawn(pinned(1, core, [process.execPath, join(import.meta.dir, "../load/main.ts"), JSON.stringify(job)]), {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
    env: { ...process.env, NODE_ENV: "production" },
  });
  const force = setTimeout(() => child.kill("SIGKILL"), msMax);
  const [text, errors] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text(), child.exited]);
  clearTimeout(force);
  const line = text.trimEnd().split("\n").at(-1) ?? "";
  if (line.startsWith("{")) return JSON.parse(line) as Outcome;
  throw new Error(
    child.signalCode === "SIGKILL" ? `it took more than ${msMax / 1_000} s` : errors.trim().split("\n").slice(-12).join("\n"),
  );
}

async function firstLine(stream: ReadableStream<Uint8Array>): Promise<string | undefined> {
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return undefined;
    text += decoder.decode(value, { stream: true });
    const end = text.indexOf("\n");
    if (end < 0) continue;
    void drain(reader); // a full pipe would stop the server
    return text.slice(0, end);
  }
}

async function drain(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
  while (!(await reader.read()).done);
}
