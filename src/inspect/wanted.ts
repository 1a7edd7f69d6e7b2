/** What of the inspector `bun run server` starts, and what it says of it. From: main.ts, with its arguments and the configuration. */
import { isLoopback } from "../gateway/loopback.ts";
import type { AdminListenerOptions } from "./admin.ts";
import type { InspectorOptions } from "./inspector.ts";

export class UsageError extends Error {
  override readonly name = "UsageError";
}

type AdminConfig = Partial<AdminListenerOptions> | false;

export interface Wanted {
  readonly options: InspectorOptions;
  /** The token was made here: the one place where it can be read is what the server prints. */
  readonly prints: boolean;
  /** Asked for by `--inspect`. */
  readonly stately: boolean;
  readonly why: string | undefined;
}

/** `true`: record from the start; an address: send it there, too. Throws a `UsageError` for what is no option. */
export function inspectAsked(args: readonly string[]): true | string | undefined {
  const unknown = args.find((arg) => arg !== "--inspect" && !arg.startsWith("--inspect="));
  if (unknown !== undefined) throw new UsageError(`there is no option ${unknown}; there are --inspect and --inspect=ws://host:port`);
  const last = args.at(-1);
  return last === undefined ? undefined : last.slice("--inspect=".length) || true;
}

/** In development a token of its own makes do; in production, or where others can reach it, somebody has to have chosen one. */
export function inspectorWanted(
  admin: AdminConfig,
  asked: true | string | undefined,
  isProduction: boolean,
  newToken: () => string,
): Wanted {
  const recording: InspectorOptions = {
    ...(asked === undefined ? {} : { always: true }),
    ...(typeof asked === "string" ? { sendTo: asked } : {}),
  };
  const none = (why: string): Wanted => ({ options: recording, prints: false, stately: false, why });
  if (admin === false) return none("nobody: it is off in quorate.config.ts");
  const mayMake = !isProduction && isLoopback(admin.host ?? "127.0.0.1");
  const token = admin.token ?? (mayMake ? newToken() : undefined);
  if (token === undefined) return none("nobody: set QUORATE_ADMIN_TOKEN to look at what runs here");
  return {
    options: { ...recording, admin: { ...admin, token } },
    prints: admin.token === undefined,
    stately: asked !== undefined,
    why: undefined,
  };
}

/** Lines for the start. A token that somebody chose is not printed. */
export function inspectLines({ options, prints, stately, why }: Wanted, url: URL | undefined): readonly string[] {
  if (url === undefined) return [`  inspect ${why ?? "nobody"}`];
  const address = (path: string): string => `${new URL(path, url).href}${prints ? `#token=${options.admin?.token}` : ""}`;
  return [`  inspect ${address("/inspect")}`, ...(stately ? [`  stately ${address("/inspect/stately")}`] : [])];
}
