/** The meeting app on a real server, behind a network that can be cut. */
import { join } from "node:path";
import type { Page } from "playwright-core";
import type { MeetingContext } from "../../machines/meeting.ts";
import { guests } from "../../src/gateway/auth.ts";
import { createServer, type QuorateServer } from "../../src/gateway/server.ts";
import { memory } from "../../src/journal/memory.ts";
import { meeting } from "../../src/meeting/room.ts";
import type { Profile } from "./chromium.ts";
import { CuttableNetwork } from "./network.ts";

export class App implements AsyncDisposable {
  readonly server: QuorateServer;
  readonly network: CuttableNetwork;

  private constructor(server: QuorateServer, network: CuttableNetwork) {
    this.server = server;
    this.network = network;
  }

  static async start(): Promise<App> {
    const network = new CuttableNetwork();
    const origins = [`http://127.0.0.1:${network.port}`];
    const page = join(import.meta.dir, "../../examples/meeting/index.html");
    // Not in development: a page's request must not wait for another build of it.
    const server = await createServer({
      rooms: [meeting],
      journal: memory(),
      auth: guests(),
      origins,
      page,
      port: 0,
      development: false,
    }).listen();
    network.target = Number(server.url.port);
    return new App(server, network);
  }

  url(room = "weekly"): string {
    return `http://127.0.0.1:${this.network.port}/?room=${room}`;
  }

  /** In the meeting, live. The first one hosts it. */
  async join(profile: Profile, name: string, room?: string): Promise<Page> {
    const page = await profile.open(this.url(room));
    await page.getByLabel("Your name").fill(name);
    await page.getByRole("button", { name: "Join" }).click();
    await isLive(page);
    return page;
  }

  /** What the server has: a copy, since matchers with `expect.…` inside write into what they are given. */
  get meeting(): MeetingContext["meeting"] {
    const [room] = this.server.rooms;
    const context = room?.committed?.domain.snapshot.context as MeetingContext | undefined;
    if (context === undefined) throw new Error("no room is running");
    return structuredClone(context.meeting);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.stop();
    this.network[Symbol.dispose]();
  }
}

export const isLive = (page: Page): Promise<void> => page.locator('[data-testid="connection"][data-status="live"]').waitFor();
export const isSaved = (page: Page): Promise<void> => page.locator('[data-testid="saved"][data-pending="0"]').waitFor();

export async function say(page: Page, text: string): Promise<void> {
  await page.getByLabel("Message", { exact: true }).fill(text);
  await page.getByLabel("Message", { exact: true }).press("Enter");
}
