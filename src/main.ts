/** `bun run server [--inspect[=ws://…]]`: reads quorate.config.ts, starts, says where it listens and where it stores, drains on Ctrl-C. A composition root. */
import { link, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { ConfigError, readConfig } from "./config.ts";
import { resumeKeyCharsMin } from "./gateway/auth.ts";
import { createServer } from "./gateway/server.ts";
import { inspectAsked, inspectLines, inspectorWanted, UsageError } from "./inspect/wanted.ts";
import { sqlite } from "./journal/sqlite.ts";

const secondWishMs = 1_000;
const configFile = resolve(process.env["QUORATE_CONFIG"] ?? "quorate.config.ts");

async function main(): Promise<void> {
  const asked = inspectAsked(process.argv.slice(2));
  const { default: given } = (await import(pathToFileURL(configFile).href)) as { default?: unknown };
  const { data, journal, admin, ...config } = readConfig(given, process.env);
  const wanted = inspectorWanted(admin, asked, process.env["NODE_ENV"] === "production", () => secretOf(24));
  await mkdir(data, { recursive: true });
  const path = join(data, "rooms.db");
  const server = await createServer({
    ...config,
    journal: journal ?? sqlite({ path }),
    resumeKey: await keyIn(data),
    inspector: wanted.options,
  }).listen();
  let askedMs: number | undefined;
  const stop = (signal: string) => {
    if (askedMs !== undefined) {
      // A terminal's Ctrl-C reaches this process twice: from the terminal, and passed on by `bun run`. A second wish comes later.
      if (performance.now() - askedMs > secondWishMs) process.exit(1);
      return;
    }
    askedMs = performance.now();
    console.log(`\n${signal}: draining …`);
    server.stop().then(
      () => process.exit(0),
      (error: unknown) => fail(error),
    );
  };
  process.on("SIGINT", () => stop("SIGINT"));
  process.on("SIGTERM", () => stop("SIGTERM"));

  // Whoever reads this may stop it at once.
  const pages = Object.keys(config.pages ?? {});
  const types = config.rooms.map((room) => ("def" in room ? room.def.type : room.type));
  console.log(`Quorate listens on ${server.url}`);
  if (pages.length > 0) console.log(`  pages   ${pages.map((path) => new URL(path, server.url).href).join("  ")}`);
  console.log(`  rooms   ${types.map((type) => `${server.url.href.replace("http", "ws")}rooms/${type}/:id`).join("  ")}`);
  console.log(`  stores  ${journal === undefined ? resolve(path) : "in the journal of quorate.config.ts"}`);
  console.log(`  guests  ${config.auth === undefined ? "anyone on this machine, under any name" : "none: sign-in is configured"}`);
  for (const line of inspectLines(wanted, server.adminUrl)) console.log(line);
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
  if (error instanceof UsageError) console.error(error.message);
  else if (error instanceof ConfigError || error instanceof TypeError) console.error(`${configFile} is wrong:\n${error.message}`);
  else console.error(error);
  process.exit(1);
}

main().catch(fail);
