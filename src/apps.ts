/**
 * `apps(folder)`: each sub-folder with a `room.ts` is an app, so nothing has to be listed when one is added. From: quorate.config.ts. To: config.ts.
 * `room.ts` exports one room type, and `services` where its machine invokes some; `index.html` beside it is the app's page.
 */
import { readdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { type Config, ConfigError } from "./config.ts";
import { pathProblem } from "./gateway/page-paths.ts";
import { type AnyRoomType, isRoomType } from "./room/define-room.ts";
import { type Served, serve } from "./room/serve.ts";

interface App {
  readonly name: string;
  readonly type: AnyRoomType;
  readonly served: AnyRoomType | Served;
  /** An HTML file. */
  readonly page: string | undefined;
}

/**
 * Rooms and pages for `defineConfig({...(await apps("examples")), …})`: `examples/board/` has its page at `/board`.
 * `services` may use node's and Bun's modules, so a page imports its room type from a module without them.
 * Rejects with a `ConfigError` that names the file: the folder or a module cannot be read, a module exports no room type or several,
 * two are of one type, a folder's name is no path.
 */
export async function apps(folder: string): Promise<Required<Pick<Config, "rooms" | "pages">>> {
  const names = await readdir(folder).catch((error: unknown) => {
    throw new ConfigError(`apps: the folder ${resolve(folder)} cannot be read: ${said(error)}`, { cause: error });
  });
  const found: App[] = [];
  // One after the other, so that the first fault is always the same one.
  for (const name of names.toSorted()) {
    const app = await readApp(folder, name);
    if (app === undefined) continue;
    const twin = found.find(({ type }) => type.type === app.type.type);
    if (twin !== undefined)
      throw new ConfigError(`apps: ${join(folder, twin.name)} and ${join(folder, name)} have the same room type, '${app.type.type}'`);
    found.push(app);
  }
  return {
    rooms: found.map(({ served }) => served),
    pages: Object.fromEntries(found.flatMap(({ name, page }) => (page === undefined ? [] : [[`/${name}`, page] as const]))),
  };
}

async function readApp(folder: string, name: string): Promise<App | undefined> {
  const file = resolve(folder, name, "room.ts");
  if (!(await Bun.file(file).exists())) return undefined;
  const exported = await load(file);
  const types = [...new Set(Object.values(exported).filter(isRoomType))];
  const [type] = types;
  if (type === undefined) throw new ConfigError(`${file} exports no room type: one that defineRoom returns`);
  if (types.length > 1)
    throw new ConfigError(`${file} exports ${types.length} room types (${types.map((one) => one.type).join(", ")}): an app has one`);
  const { services } = exported;
  if (services !== undefined && !isObject(services)) throw new ConfigError(`${file}: services must be an object, as serve() takes it`);
  const page = resolve(folder, name, "index.html");
  const hasPage = await Bun.file(page).exists();
  const problem = hasPage ? pathProblem(`/${name}`) : undefined;
  if (problem !== undefined) throw new ConfigError(`${resolve(folder, name)} cannot have a page: ${problem}`);
  return { name, type, served: services === undefined ? type : serve(type, { services }), page: hasPage ? page : undefined };
}

async function load(file: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    return (await import(pathToFileURL(file).href)) as Record<string, unknown>;
  } catch (error) {
    throw new ConfigError(`${file} cannot be loaded: ${said(error)}`, { cause: error });
  }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === "object" && value !== null;

/** A module that does not parse is told as several errors; what Bun says of an import that leads nowhere is no `Error`. */
const said = (error: unknown): string => {
  if (error instanceof AggregateError) return error.errors.map(said).join("\n");
  return isObject(error) ? String(error["message"]) : String(error);
};
