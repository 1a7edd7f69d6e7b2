/** An app of examples/ on a real server, behind a network that can be cut. For the browser tests of all apps. */
import { join } from "node:path";
import type { Page } from "playwright-core";
import type { ClientRecord } from "../../src/client/storage.ts";
import { guests } from "../../src/gateway/auth.ts";
import { createServer, type QuorateServer } from "../../src/gateway/server.ts";
import { memory } from "../../src/journal/memory.ts";
import type { AnyRoomType } from "../../src/room/define-room.ts";
import type { Profile } from "./chromium.ts";
import { CuttableNetwork } from "./network.ts";

export class App implements AsyncDisposable {
  readonly server: QuorateServer;
  readonly network: CuttableNetwork;
  readonly #path: string;

  private constructor(server: QuorateServer, network: CuttableNetwork, path: string) {
    this.server = server;
    this.network = network;
    this.#path = path;
  }

  /** `name`: its folder's, and so its page's. */
  static async start(name: string, room: AnyRoomType): Promise<App> {
    const network = new CuttableNetwork();
    const origins = [`http://127.0.0.1:${network.port}`];
    const path = `/${name}`;
    // Not in development: a page's request must not wait for another build of it.
    const server = await createServer({
      rooms: [room],
      journal: memory(),
      auth: guests(),
      origins,
      pages: { [path]: join(import.meta.dir, "../../examples", name, "index.html") },
      port: 0,
      development: false,
    }).listen();
    network.target = Number(server.url.port);
    return new App(server, network, path);
  }

  url(room = "weekly"): string {
    return `http://127.0.0.1:${this.network.port}${this.#path}?room=${room}`;
  }

  /** In the room, live. */
  async join(profile: Profile, name: string, room?: string): Promise<Page> {
    const page = await profile.open(this.url(room));
    await page.getByLabel("Your name").fill(name);
    await page.getByRole("button", { name: "Join" }).click();
    await isLive(page);
    return page;
  }

  /** What the server has, of the one room: a copy, since matchers with `expect.…` inside write into what they are given. */
  context<Context>(): Context {
    const [room] = this.server.rooms;
    const context = room?.committed?.domain.snapshot.context;
    if (context === undefined) throw new Error("no room is running");
    return structuredClone(context as Context);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.stop();
    this.network[Symbol.dispose]();
  }
}

export const isLive = (page: Page): Promise<void> => page.locator('[data-testid="connection"][data-status="live"]').waitFor();
export const isSaved = (page: Page): Promise<void> => page.locator('[data-testid="saved"][data-pending="0"]').waitFor();

const storedMsMax = 15_000;

/**
 * That many commands are in this browser's storage, whichever of its tabs gave them; asked of any tab that is live. A command counts as pending at
 * once, and outlives its tab only from here on.
 */
export async function areStored(page: Page, commands: number): Promise<void> {
  const deadlineMs = performance.now() + storedMsMax;
  let stored = Number.NaN;
  while (stored !== commands) {
    if (performance.now() > deadlineMs) throw new Error(`${stored} commands are stored after ${storedMsMax} ms, not ${commands}`);
    stored = await page.evaluate(storedHere);
  }
}

/** Runs in the page. */
async function storedHere(): Promise<number> {
  const answer = <T>(request: IDBRequest<T>): Promise<T> =>
    new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  const database = await answer(indexedDB.open("quorate"));
  const all: readonly { readonly record: ClientRecord }[] = await answer(database.transaction("clients").objectStore("clients").getAll());
  database.close();
  return all.reduce((sum, { record }) => sum + record.pending.length, 0);
}
