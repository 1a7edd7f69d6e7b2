/**
 * `bun run server [--inspect[=ws://…]]`: reads quorate.config.ts, starts, says where it listens and where it stores, drains on Ctrl-C. A composition root.
 * It says so in lines for people, in production in JSON (operate/log.ts).
 */
import { link, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import manifest from "../package.json";
import { ConfigError, readConfig } from "./config.ts";
import { resumeKeyCharsMin } from "./gateway/auth.ts";
import { createServer, type QuorateServer } from "./gateway/server.ts";
import { inspectAsked, inspectLines, inspectorWanted, UsageError, type Wanted } from "./inspect/wanted.ts";
import type { JournalFactory } from "./journal/port.ts";
import { sqlite } from "./journal/sqlite.ts";
import { Log, logFormat } from "./operate/log.ts";

const secondWishMs = 1_000;
const configFile = resolve(process.env["QUORATE_CONFIG"] ?? "quorate.config.ts");
const isProduction = process.env["NODE_ENV"] === "production";
const log = new Log({ format: logFormat(process.env) ?? "text", showMessages: !isProduction, now: () => performance.now() });

async function main(): Promise<void> {
  const asked = inspectAsked(process.argv.slice(2));
  if (logFormat(process.env) === undefined) throw new UsageError("QUORATE_LOG is json or text");
  const { default: given } = (await import(pathToFileURL(configFile).href)) as { default?: unknown };
  const { data, journal, admin, resumeKey, ...config } = readConfig(given, process.env);
  // A token that is made here has to be printed; into a log goes none.
  const wanted = inspectorWanted(admin, asked, isProduction || log.format === "json", () => secretOf(24));
  await mkdir(data, { recursive: true });
  const path = join(data, "rooms.db");
  let journalName = "";
  const named: JournalFactory = async (deps) => {
    const opened = await (journal ?? sqlite({ path }))(deps);
    journalName = opened.name;
    return opened;
  };
  const server = await createServer({
    ...config,
    journal: named,
    resumeKey: resumeKey ?? (() => keyIn(data)),
    inspector: wanted.options,
    onAlarm: (alarm) => log.alarm(alarm),
  }).listen();
  let askedMs: number | undefined;
  const stop = (signal: string) => {
    if (askedMs !== undefined) {
      // A terminal's Ctrl-C reaches this process twice: from the terminal, and passed on by `bun run`. A second wish comes later.
      if (performance.now() - askedMs > secondWishMs) process.exit(1);
      return;
    }
    const sinceMs = performance.now();
    askedMs = sinceMs;
    if (log.format === "json") log.draining(signal);
    else console.log(`\n${signal}: draining …`);
    server.stop().then(
      () => {
        const ms = performance.now() - sinceMs;
        if (log.format === "json") log.drained(ms);
        else console.log(`drained in ${Math.round(ms)} ms`);
        process.exit(0);
      },
      (error: unknown) => fail(error),
    );
  };
  process.on("SIGINT", () => stop("SIGINT"));
  process.on("SIGTERM", () => stop("SIGTERM"));

  // Whoever reads this may stop it at once.
  const roomTypes = config.rooms.map((room) => ("def" in room ? room.def.type : room.type));
  const signIn = config.auth !== undefined;
  if (log.format === "json")
    log.started({
      ...{ version: manifest.version, url: server.url.href, journal: journalName },
      ...{ adminUrl: server.adminUrl?.href, roomTypes, signIn },
    });
  else {
    const stores = journal === undefined ? resolve(path) : journalName;
    for (const line of startLines(server, { pages: Object.keys(config.pages ?? {}), roomTypes, stores, signIn, wanted })) console.log(line);
  }
}

interface Told {
  readonly pages: readonly string[];
  readonly roomTypes: readonly string[];
  readonly stores: string;
  readonly signIn: boolean;
  readonly wanted: Wanted;
}

function startLines({ url, adminUrl }: QuorateServer, { pages, roomTypes, stores, signIn, wanted }: Told): readonly string[] {
  return [
    `Quorate listens on ${url}`,
    ...(pages.length > 0 ? [`  pages   ${pages.map((path) => new URL(path, url).href).join("  ")}`] : []),
    `  rooms   ${roomTypes.map((type) => `${url.href.replace("http", "ws")}rooms/${type}/:id`).join("  ")}`,
    `  stores  ${stores}`,
    `  guests  ${signIn ? "none: sign-in is configured" : "anyone on this machine, under any name"}`,
    ...inspectLines(wanted, adminUrl),
  ];
}

/** The key of the resume secrets, made once and kept with the data, so that clients can resume across a restart. Several nodes may share it. */
async function keyIn(data: string): Promise<string> {
  const file = join(data, "resume.key");
  const kept = await readFile(file, "utf8").catch(unlessIts("ENOENT"));
  // Left by a start that did not get far: no server ever listened with that.
  if (kept === "") await rm(file);
  if (!kept) await keep(secretOf(32), file);
  const key = await readFile(file, "utf8");
  if (key.length < resumeKeyCharsMin)
    throw new Error(
      `${file} is no key: it has ${key.length} characters. Put the right one back, or remove it: clients then lose their places`,
    );
  return key;
}

const secretOf = (bytes: number): string => Buffer.from(crypto.getRandomValues(new Uint8Array(bytes))).toString("base64url");

/** All of it, on disk, or nothing: a half would be in the way of every later start. Whoever comes first has made it. */
async function keep(key: string, file: string): Promise<void> {
  const draft = `${file}.${process.pid}`;
  try {
    await writeFile(draft, key, { mode: 0o600, flush: true });
    await link(draft, file).catch(unlessIts("EEXIST"));
  } finally {
    await rm(draft, { force: true });
  }
}

const unlessIts = (code: string) => (error: unknown) => {
  if (!(error instanceof Error && "code" in error && error.code === code)) throw error;
};

function fail(error: unknown): never {
  const isConfig = error instanceof ConfigError || error instanceof TypeError;
  const told = error instanceof UsageError ? error.message : isConfig ? `${configFile} is wrong:\n${error.message}` : undefined;
  if (log.format === "text") console.error(told ?? error);
  else if (told === undefined) log.failed("Quorate failed", error);
  else log.failed(told);
  process.exit(1);
}

main().catch(fail);
