/**
 * `bun src/inspect/replay.ts <room or export.json> [--to rev] [--data folder] [--json]`: a room as it was right after a rev, from the files that a
 * server left, from a copy of them, or from an exported log. Nothing there is written. A composition root.
 * On stdout the op at that rev and the state after it as JSON (`--json`: on one line), everything else on stderr. Exit status: 0, or 1 with a sentence.
 */
import { readFile, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { ConfigError, readConfig } from "../config.ts";
import { JournalError } from "../journal/port.ts";
import { SqliteCopy } from "../journal/sqlite-copy.ts";
import { defaultLimits } from "../protocol/limits.ts";
import { decodeOpRecord } from "../room/op.ts";
import { servedTypes } from "../room/serve.ts";
import { LogError, readLog } from "./log.ts";
import { type LogReader, RebuildError } from "./rebuild.ts";
import { verified } from "./verified.ts";

const usage = "usage: bun run replay <room or export.json> [--to rev] [--data folder] [--json]";

/** What the person who called this can mend. */
class ReplayFailure extends Error {
  override readonly name = "ReplayFailure";
}

interface Source extends AsyncDisposable {
  readonly room: string;
  readonly head: number;
  readonly reader: LogReader;
}

async function main(args: readonly string[]): Promise<void> {
  const { what, to, data, isOneLine } = readArgs(args);
  const config = await loadConfig();
  await using source = (await isFile(what)) ? await exported(what) : await stored(what, join(data ?? config.data, "rooms.db"));
  const { room, head, reader } = source;
  const rev = to ?? head;
  if (rev > head) throw new ReplayFailure(`${room} has no rev ${rev}: its log ends at rev ${head}`);
  const [type = ""] = room.split("/");
  const found = servedTypes(config.rooms).find(({ def }) => def.type === type);
  if (found === undefined) throw new ReplayFailure(`${configFile()} serves no rooms of type '${type}'`);
  const limits = { ...defaultLimits, ...config.limits };
  const { at, snapshots } = await verified({ ...found, room, limits, reader }, rev);
  const [entry] = rev === 0 ? [] : await reader.read(room, rev, 1);
  const { snapshot, timers } = at.domain;
  const op = entry?.rev === rev ? decodeOpRecord(rev, entry.data) : null;
  const state = { value: snapshot.value, status: snapshot.status, context: snapshot.context, timers: timers.list(), roster: at.roster };
  console.error(`${room} at rev ${rev} of ${head}, ${toldOf(snapshots, rev)}`);
  await Bun.write(Bun.stdout, `${JSON.stringify({ room, rev, at: at.domain.at, op, ...state }, null, isOneLine ? 0 : 2)}\n`);
}

function readArgs(args: readonly string[]) {
  const options = { to: { type: "string" }, data: { type: "string" }, json: { type: "boolean", default: false } } as const;
  let parsed: ReturnType<typeof parseArgs<{ options: typeof options; allowPositionals: true }>>;
  try {
    parsed = parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (cause) {
    throw new ReplayFailure(`${cause instanceof Error ? cause.message : String(cause)}\n${usage}`, { cause });
  }
  const { values, positionals } = parsed;
  const [what] = positionals;
  if (what === undefined || positionals.length > 1) throw new ReplayFailure(usage);
  if (values.to !== undefined && !/^\d{1,15}$/.test(values.to)) throw new ReplayFailure(`'${values.to}' is no rev\n${usage}`);
  return { what, to: values.to === undefined ? undefined : Number(values.to), data: values.data, isOneLine: values.json };
}

async function loadConfig() {
  const file = configFile();
  if (!(await isFile(file))) throw new ReplayFailure(`there is no ${file}`);
  try {
    const { default: given } = (await import(pathToFileURL(file).href)) as { default?: unknown };
    return readConfig(given, process.env);
  } catch (error) {
    if (!(error instanceof ConfigError || error instanceof TypeError)) throw error;
    throw new ReplayFailure(`${file} is wrong:\n${error.message}`, { cause: error });
  }
}

async function exported(file: string): Promise<Source> {
  try {
    const { log, reader } = readLog(await readFile(file, "utf8"));
    return { room: log.room, head: log.head, reader, [Symbol.asyncDispose]: async () => undefined };
  } catch (error) {
    if (error instanceof LogError) throw new ReplayFailure(`${file} cannot be replayed: ${error.message}`, { cause: error });
    throw error;
  }
}

async function stored(room: string, path: string): Promise<Source> {
  if (room.endsWith(".json") && !room.includes("/")) throw new ReplayFailure(`there is no file ${room}`);
  const copy = await SqliteCopy.of(path);
  try {
    const head = await copy.head(room);
    if (head === undefined) throw new ReplayFailure(`there is no room ${room} in ${path}, and no file of that name`);
    return { room, head: head.rev, reader: copy, [Symbol.asyncDispose]: () => copy[Symbol.asyncDispose]() };
  } catch (error) {
    await copy[Symbol.asyncDispose]();
    throw error;
  }
}

function toldOf([first, ...later]: readonly number[], rev: number): string {
  if (first === undefined) return "replayed from its first state";
  const same =
    later.length === 0 ? "" : `; the same as ${later.length === 1 ? "the snapshot" : "all snapshots"} on the way (${later.join(", ")})`;
  return first === rev ? "as its snapshot has it" : `replayed from the snapshot at rev ${first}${same}`;
}

const configFile = (): string => resolve(process.env["QUORATE_CONFIG"] ?? "quorate.config.ts");
const isFile = async (path: string): Promise<boolean> => (await stat(path).catch(unlessMissing))?.isFile() === true;
function unlessMissing(error: unknown): undefined {
  if (!(error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR"))) throw error;
}

/** Each has a sentence for people; anything else is a bug, and its stack is wanted. */
const told = [ReplayFailure, RebuildError, JournalError];

// What the configuration still has going must not keep this from ending.
main(process.argv.slice(2)).then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(told.some((known) => error instanceof known) ? (error as Error).message : error);
    process.exit(1);
  },
);
