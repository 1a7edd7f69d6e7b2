/** Which servers there are: how each is started, and which dialect it speaks. Peers say so themselves, in bench/peers/<name>/manifest.json. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Limits } from "../../src/index.ts";
import type { Given } from "../load/job.ts";

export interface ServerSpec {
  readonly name: string;
  readonly command: readonly string[];
  readonly cwd: string;
  /** From bench/. */
  readonly dialect: string;
  /** So many processes of it serve the same rooms, on three nats-servers. Undefined: it is one alone. */
  readonly nodes?: number;
  /** Has dependencies of its own, which are installed when they are first needed. */
  readonly installs: boolean;
}

/** Beside a peer's dialect.ts. `command` runs in its folder; "bun" is the running one. */
export interface Manifest {
  readonly command: readonly string[];
  readonly installs?: boolean;
}

const bench = join(import.meta.dir, "..");

export interface Wanted {
  readonly limits: Partial<Limits>;
  readonly given: Given | undefined;
}

/** What follows a colon in a server's name is for its workload alone. Throws if there is no such server. */
export function serverSpec(named: string, { limits, given }: Wanted): ServerSpec {
  const [name = ""] = named.split(":");
  const own = (file: string, dialect: string, ...args: string[]): ServerSpec => ({
    name,
    command: [process.execPath, `servers/${file}`, ...args],
    cwd: bench,
    dialect: `dialects/${dialect}`,
    installs: false,
  });
  const quorate = (journal: string) => own("quorate.ts", "quorate.ts", "--journal", journal, "--limits", JSON.stringify(limits));
  switch (name) {
    case "quorate":
      return quorate("sqlite");
    case "quorate-memory":
      return quorate("memory");
    case "quorate-nats-1":
    case "quorate-nats-3":
      return { ...quorate("nats"), nodes: Number(name.slice("quorate-nats-".length)) };
    case "bare":
      return own("bare.ts", "plain.ts", "--frame-bytes", String(Math.round(given?.frameBytes ?? 0)));
    case "bare-commit":
      return own("bare.ts", "plain.ts", "--frame-bytes", String(Math.round(given?.frameBytes ?? 0)), "--commit", "true");
    case "durable-10":
    case "durable-50":
      return own("durable.ts", "plain.ts", "--window", name.slice("durable-".length));
    default:
      return peer(name);
  }
}

function peer(name: string): ServerSpec {
  const cwd = join(bench, "peers", name);
  const path = join(cwd, "manifest.json");
  if (!/^[\w.-]+$/.test(name) || !existsSync(path))
    throw new Error(`there is no server '${name}': bench/peers/${name}/manifest.json is missing`);
  const { command, installs = false } = JSON.parse(readFileSync(path, "utf8")) as Manifest;
  return {
    name,
    command: command.map((word) => (word === "bun" ? process.execPath : word)),
    cwd,
    dialect: `peers/${name}/dialect.ts`,
    installs,
  };
}

export async function install({ name, cwd, installs }: ServerSpec): Promise<void> {
  if (!installs || existsSync(join(cwd, "node_modules"))) return;
  console.error(`installing what ${name} needs`);
  const child = Bun.spawn([process.execPath, "install", "--frozen-lockfile"], {
    cwd,
    stdin: "ignore",
    stdout: "ignore",
    stderr: "inherit",
  });
  if ((await child.exited) !== 0) throw new Error(`what ${name} needs could not be installed`);
}
