/**
 * The configuration of `bun run server`: `quorate.config.ts` and the environment, checked before anything starts.
 * From: main.ts. To: gateway/server.ts. Unknown keys are refused, so a misspelt one is never silently ignored.
 */
import * as v from "valibot";
import type { Auth } from "./gateway/auth.ts";
import { type Pages, pathProblem } from "./gateway/page-paths.ts";
import type { JournalFactory } from "./journal/port.ts";
import { defaultLimits, type Limits } from "./protocol/limits.ts";
import type { AnyRoomType } from "./room/define-room.ts";
import type { Served } from "./room/serve.ts";

export interface Config {
  readonly rooms: readonly (AnyRoomType | Served)[];
  /** Folder for the journal, the resume key and the recordings. Default `data`; environment: QUORATE_DATA. */
  readonly data?: string;
  /** Default: SQLite at `<data>/rooms.db`. */
  readonly journal?: JournalFactory;
  /** Default: guests, on loopback only. */
  readonly auth?: Auth;
  /** Exact origins of the pages that may connect. Environment: QUORATE_ORIGINS, separated by commas. */
  readonly origins?: readonly string[];
  /** Default 127.0.0.1. Environment: QUORATE_HOST. */
  readonly host?: string;
  /** Default 3000. Environment: QUORATE_PORT. */
  readonly port?: number;
  /**
   * HTML files by their path, served with all they import: `{"/board": "web/board.html"}`.
   * Without one at `/`, that is a page that lists them and says what runs here. `apps(folder)` finds them.
   */
  readonly pages?: Pages;
  readonly limits?: Partial<Limits>;
}

/** For a typed `quorate.config.ts`: `export default defineConfig({…})`. */
export const defineConfig = (config: Config): Config => config;

export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

type Env = Readonly<Record<string, string | undefined>>;

/** The configuration with the environment's word last. Throws a `ConfigError` that names every fault. */
export function readConfig(given: unknown, env: Env): Config & { readonly data: string; readonly host: string; readonly port: number } {
  const parsed = v.safeParse(configSchema, given);
  if (!parsed.success)
    throw new ConfigError(parsed.issues.map((issue) => `${v.getDotPath(issue) ?? "config"}: ${issue.message}`).join("\n"));
  const config = parsed.output as Config;
  const port = env["QUORATE_PORT"] === undefined ? (config.port ?? 3_000) : Number(env["QUORATE_PORT"]);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new ConfigError(`QUORATE_PORT: '${env["QUORATE_PORT"]}' is no port`);
  const origins = env["QUORATE_ORIGINS"]?.split(",").map((origin) => origin.trim()) ?? config.origins;
  return {
    ...config,
    data: env["QUORATE_DATA"] ?? config.data ?? "data",
    host: env["QUORATE_HOST"] ?? config.host ?? "127.0.0.1",
    port,
    ...(origins === undefined ? {} : { origins }),
  };
}

const callable = <T>(what: string) => v.custom<T>((value) => typeof value === "function", `must be ${what}`);
const Text = v.pipe(v.string(), v.minLength(1));
const PagePath = v.pipe(
  v.string(),
  v.rawCheck(({ dataset, addIssue }) => {
    const problem = dataset.typed ? pathProblem(dataset.value) : undefined;
    if (problem !== undefined) addIssue({ message: problem });
  }),
);
const limitEntries = Object.fromEntries(
  Object.keys(defaultLimits).map((name) => [name, v.exactOptional(v.pipe(v.number(), v.finite(), v.minValue(0)))]),
);

const configSchema = v.strictObject({
  rooms: v.pipe(
    v.array(v.custom<AnyRoomType | Served>((room) => typeof room === "object" && room !== null, "must be a room type")),
    v.minLength(1, "serve at least one room type"),
  ),
  data: v.exactOptional(Text),
  journal: v.exactOptional(callable<JournalFactory>("a journal, for example sqlite({path})")),
  auth: v.exactOptional(
    v.strictObject({ authenticate: callable<Auth["authenticate"]>("a function"), authorize: callable<Auth["authorize"]>("a function") }),
  ),
  origins: v.exactOptional(v.array(v.pipe(Text, v.regex(/^https?:\/\/[^/]+$/, "an origin is https://host, without a path")))),
  host: v.exactOptional(Text),
  port: v.exactOptional(v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(65_535))),
  pages: v.exactOptional(v.record(PagePath, Text)),
  limits: v.exactOptional(v.strictObject(limitEntries)),
});
