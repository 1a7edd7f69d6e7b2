/**
 * The configuration of `bun run server`: `quorate.config.ts` and the environment, checked before anything starts.
 * From: main.ts. To: gateway/server.ts. Unknown keys are refused, so a misspelt one is never silently ignored.
 */
import * as v from "valibot";
import { type Auth, resumeKeyCharsMin } from "./gateway/auth.ts";
import { type Pages, pathProblem } from "./gateway/page-paths.ts";
import { type AdminListenerOptions, adminTokenCharsMin } from "./inspect/admin.ts";
import { nats } from "./journal/nats.ts";
import type { JournalFactory } from "./journal/port.ts";
import { defaultLimits, type Limits } from "./protocol/limits.ts";
import type { AnyRoomType } from "./room/define-room.ts";
import type { Served } from "./room/serve.ts";

export interface Config {
  readonly rooms: readonly (AnyRoomType | Served)[];
  /** Folder for the journal, the resume key and the recordings. Default `data`; environment: QUORATE_DATA. */
  readonly data?: string;
  /** Default: SQLite at `<data>/rooms.db`; with the environment's QUORATE_NATS, `host:port` of one or more servers with commas between, `nats({servers})`. */
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
  /**
   * The admin listener, where the inspector and the metrics are. In development it is there by itself, on the port after this one, and a token is printed at the start;
   * in production it needs a token: environment QUORATE_ADMIN_TOKEN. Host and port: QUORATE_ADMIN_HOST, QUORATE_ADMIN_PORT. `false`: none.
   */
  readonly admin?: Partial<AdminListenerOptions> | false;
  readonly limits?: Partial<Limits>;
}

/** For a typed `quorate.config.ts`: `export default defineConfig({…})`. */
export const defineConfig = (config: Config): Config => config;

export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

type Env = Readonly<Record<string, string | undefined>>;

type ReadConfig = Config &
  Pick<Required<Config>, "data" | "host" | "port" | "admin"> & {
    /** A secret, from the environment alone. Not there: one is made, and kept in `data`. */
    readonly resumeKey?: string;
  };

/** The configuration with the environment's word last. Throws a `ConfigError` that names every fault. */
export function readConfig(given: unknown, env: Env): ReadConfig {
  const parsed = v.safeParse(configSchema, given);
  if (!parsed.success)
    throw new ConfigError(parsed.issues.map((issue) => `${v.getDotPath(issue) ?? "config"}: ${issue.message}`).join("\n"));
  const config = parsed.output as Config;
  const port = portIn(env, "QUORATE_PORT") ?? config.port ?? 3_000;
  const origins = env["QUORATE_ORIGINS"]?.split(",").map((origin) => origin.trim()) ?? config.origins;
  const journal = config.journal ?? natsIn(env);
  const { QUORATE_RESUME_KEY: resumeKey } = env;
  if (resumeKey !== undefined && resumeKey.length < resumeKeyCharsMin)
    throw new ConfigError(`QUORATE_RESUME_KEY: at least ${resumeKeyCharsMin} characters`);
  return {
    ...config,
    ...(journal === undefined ? {} : { journal }),
    ...(resumeKey === undefined ? {} : { resumeKey }),
    data: env["QUORATE_DATA"] ?? config.data ?? "data",
    host: env["QUORATE_HOST"] ?? config.host ?? "127.0.0.1",
    port,
    ...(origins === undefined ? {} : { origins }),
    admin: config.admin === false ? false : adminIn(config.admin ?? {}, env),
  };
}

function portIn(env: Env, name: string): number | undefined {
  if (env[name] === undefined) return undefined;
  const port = Number(env[name]);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new ConfigError(`${name}: '${env[name]}' is no port`);
  return port;
}

/** `host:port`, perhaps with a scheme and a user in front, as the NATS client takes them. */
const natsAddress = /^(?:(?:nats|tls):\/\/)?(?:[^@/\s]+@)?(?:\[[\da-f:]+\]|[\w.-]+):\d{1,5}$/i;

function natsIn(env: Env): JournalFactory | undefined {
  const servers = env["QUORATE_NATS"]?.split(",").map((server) => server.trim());
  const wrong = servers?.findIndex((server) => !natsAddress.test(server)) ?? -1;
  // By its place, since an address may hold a password.
  if (wrong >= 0) throw new ConfigError(`QUORATE_NATS: host:port, several with commas between; number ${wrong + 1} is none`);
  return servers === undefined ? undefined : nats({ servers });
}

function adminIn(given: Partial<AdminListenerOptions>, env: Env): Partial<AdminListenerOptions> {
  const { QUORATE_ADMIN_HOST: host = given.host, QUORATE_ADMIN_TOKEN: token = given.token } = env;
  const port = portIn(env, "QUORATE_ADMIN_PORT") ?? given.port;
  if (token !== undefined && token.length < adminTokenCharsMin)
    throw new ConfigError(`QUORATE_ADMIN_TOKEN, or admin.token: at least ${adminTokenCharsMin} characters`);
  return { ...(host === undefined ? {} : { host }), ...(port === undefined ? {} : { port }), ...(token === undefined ? {} : { token }) };
}

const callable = <T>(what: string) => v.custom<T>((value) => typeof value === "function", `must be ${what}`);
const Text = v.pipe(v.string(), v.minLength(1));
const Port = v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(65_535));
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
  port: v.exactOptional(Port),
  pages: v.exactOptional(v.record(PagePath, Text)),
  admin: v.exactOptional(
    v.union(
      [v.literal(false), v.strictObject({ host: v.exactOptional(Text), port: v.exactOptional(Port), token: v.exactOptional(Text) })],
      "must be false, or {host, port, token}",
    ),
  ),
  limits: v.exactOptional(v.strictObject(limitEntries)),
});
