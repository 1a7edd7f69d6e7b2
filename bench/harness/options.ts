/** The command line of `bun bench/main.ts`. */
import { parseArgs } from "node:util";
import { workloads } from "../workloads/index.ts";
import type { Workload } from "../workloads/workload.ts";
import type { RunSettings } from "./run.ts";

export interface Options extends RunSettings {
  readonly workloads: readonly Workload[];
  readonly rounds: number;
  /** Peers, beside the servers that a workload names itself. */
  readonly against: readonly string[];
  /** Only these; empty: all. */
  readonly servers: readonly string[];
  readonly json: string | undefined;
  readonly markdown: string | undefined;
  readonly svg: string | undefined;
}

export class UsageError extends Error {
  override readonly name = "UsageError";
}

export const usage = `usage: bun bench/main.ts [workload…] [--rounds N] [--seconds S] [--warm-up S] [--against peer,…] [--servers name,…]
                        [--json FILE] [--markdown FILE] [--svg FILE] [--shrink N]
workloads, all without a name: ${workloads.map(({ name }) => name).join(" ")}; N is all that begin with N-`;

/** Throws a UsageError. */
export function readOptions(args: readonly string[]): Options {
  const { values, positionals } = parsed(args);
  const unknown = positionals.find((asked) => !workloads.some((one) => isAsked(one, asked)));
  if (unknown !== undefined) throw new UsageError(`there is no workload '${unknown}'`);
  return {
    workloads: positionals.length === 0 ? workloads : workloads.filter((one) => positionals.some((asked) => isAsked(one, asked))),
    rounds: positive("rounds", values.rounds),
    seconds: positive("seconds", values.seconds),
    warmUpSeconds: positive("warm-up", values["warm-up"]),
    shrink: positive("shrink", values.shrink),
    against: list(values.against),
    servers: list(values.servers),
    json: values.json,
    markdown: values.markdown,
    svg: values.svg,
  };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        rounds: { type: "string", default: "3" },
        seconds: { type: "string", default: "10" },
        "warm-up": { type: "string", default: "20" },
        shrink: { type: "string", default: "1" },
        against: { type: "string", default: "" },
        servers: { type: "string", default: "" },
        json: { type: "string" },
        markdown: { type: "string" },
        svg: { type: "string" },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (!(value > 0 && value < Number.POSITIVE_INFINITY)) throw new UsageError(`--${name} needs a number above 0, not '${text}'`);
  return value;
}

const isAsked = ({ name }: Workload, asked: string): boolean => name === asked || name.startsWith(`${asked}-`);
const list = (text: string): string[] => text.split(",").filter((name) => name !== "");
