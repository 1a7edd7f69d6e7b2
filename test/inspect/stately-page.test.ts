/** The page with Stately's inspector in a frame, in a real browser; Stately's own receiver stands in for its page, at its address. */
import { expect } from "bun:test";
import { join } from "node:path";
import type { Page, Request } from "playwright-core";
import { createMachine } from "xstate";
import { buildPage, type SiteFile } from "../../src/gateway/page-build.ts";
import { pagePolicy } from "../../src/gateway/site.ts";
import type { ActorMessage, InspectMessage, StatelyMessage } from "../../src/inspect/messages.ts";
import { browserTest, Profile, withChromium } from "../browser/chromium.ts";
import { eventually } from "../support/eventually.ts";
import { actor, carried, ended, event, livingRoom, moved, roomNow, TestSource } from "./messages.ts";
import { answerForStately, statelyIn, statelyPage } from "./stand-in.ts";

withChromium();
const token = "secret-token-1234";
declare const window: {
  got: unknown[];
  posted: unknown[];
  begin(): void;
  postMessage(data: unknown, origin: string): void;
  open(url: string): unknown;
};

/** What the admin listener has of this page: its files and /api/stream. */
class Admin implements AsyncDisposable {
  readonly source: TestSource;
  readonly #server: Bun.Server<Watcher>;
  readonly #sockets: ReadonlySet<Bun.ServerWebSocket<Watcher>>;

  private constructor(source: TestSource, server: Bun.Server<Watcher>, sockets: ReadonlySet<Bun.ServerWebSocket<Watcher>>) {
    this.source = source;
    this.#server = server;
    this.#sockets = sockets;
  }

  static async start(): Promise<Admin> {
    const { html, assets } = await buildPage("/inspect/stately", join(import.meta.dir, "../../src/inspect/page/stately.html"));
    const serve = ({ body, type }: SiteFile) =>
      new Response(body, {
        headers: {
          "content-type": type,
          "content-security-policy": `${pagePolicy}; frame-src https://stately.ai`,
          "referrer-policy": "no-referrer",
        },
      });
    const source = new TestSource();
    const sockets = new Set<Bun.ServerWebSocket<Watcher>>();
    const server = Bun.serve<Watcher>({
      hostname: "127.0.0.1",
      port: 0,
      fetch(request, self) {
        const { pathname } = new URL(request.url);
        if (pathname === "/api/stream") return self.upgrade(request, { data: {} }) ? undefined : new Response(null, { status: 400 });
        const file = pathname === "/inspect/stately" ? html : assets.get(pathname);
        return file === undefined ? new Response(null, { status: 404 }) : serve(file);
      },
      websocket: {
        open: (socket) => void sockets.add(socket),
        message(socket, text) {
          if (String(text) !== JSON.stringify({ token })) return socket.close(4401);
          socket.data.stop = source.watch({ send: (messages) => void socket.send(JSON.stringify(messages)) });
        },
        close(socket) {
          sockets.delete(socket);
          socket.data.stop?.();
        },
      },
    });
    return new Admin(source, server, sockets);
  }

  url(fragment: string): string {
    return new URL(`/inspect/stately${fragment}`, this.#server.url).href;
  }

  /** All connections are lost. */
  cut(): void {
    for (const socket of this.#sockets) socket.terminate();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.stop(true);
  }
}
interface Watcher {
  stop?: () => void;
}

/** A page that has Stately's address answered here. `waits`: it does not connect by itself. */
async function blankPage(
  profile: Profile,
  options?: { readonly waits: boolean },
): Promise<{ readonly page: Page; readonly asked: readonly Request[] }> {
  const page = await profile.open("about:blank");
  return { page, asked: await answerForStately(page, options) };
}

const begin = (page: Page) => statelyIn(page).evaluate(() => window.begin());
async function got(page: Page, count: number): Promise<readonly StatelyMessage[]> {
  await statelyIn(page).waitForFunction((least) => window.got.length >= least, count);
  return statelyIn(page).evaluate(() => window.got as StatelyMessage[]);
}
const statusIs = (page: Page, text: string) => page.getByRole("status").filter({ hasText: text }).waitFor();
const isForStately = (message: InspectMessage): message is StatelyMessage => message.type.startsWith("@xstate.");

browserTest("[stately] Stately's page is told who lives, what was last and what happens, and never the token", async () => {
  await using admin = await Admin.start();
  await using profile = await Profile.make();
  const { source } = admin;
  source.recent = [roomNow("meeting/weekly"), moved("domain:meeting/weekly", "meeting.start", { phase: "live" })];
  const { page, asked } = await blankPage(profile);
  await page.goto(admin.url(`#token=${token}`));
  expect(page.url()).toBe(admin.url(""));
  const first = [...source.living, ...source.recent].filter(isForStately);
  expect(await got(page, first.length)).toEqual(carried(first));
  await statusIs(page, "Connected");

  const live = [event("domain:meeting/weekly", "hand.raise"), moved("session:meeting/weekly-1", "lost", "stale")];
  source.tell(roomNow("meeting/weekly"), ...live);
  const all = await got(page, first.length + live.length);
  expect(all).toEqual(carried([...first, ...live]));
  const actors = all.filter((message): message is ActorMessage => message.type === "@xstate.actor");
  expect(actors.map(({ sessionId, parentId }) => [sessionId, parentId ?? null])).toEqual([
    ["server", null],
    ["room:meeting/weekly", "server"],
    ["domain:meeting/weekly", "room:meeting/weekly"],
    ["session:meeting/weekly-1", "room:meeting/weekly"],
  ]);
  expect(actors.map(({ definition }) => createMachine(JSON.parse(definition)).id)).toEqual(["server", "roomLife", "meeting", "clientSync"]);

  expect(JSON.stringify(all)).not.toContain(token);
  expect(statelyIn(page).url()).toBe(statelyPage);
  expect(asked.map((request) => request.url())).toEqual([statelyPage, "https://stately.ai/receiver.js"]);
  expect([asked[0]?.headers()["referer"], JSON.stringify(asked.map((request) => request.headers())).includes(token)]).toEqual([
    undefined,
    false,
  ]);

  // A reload has the token still, without it being in the address.
  await page.reload();
  expect(await got(page, first.length)).toEqual(carried(first));
  profile.expectQuiet();
});

browserTest("[stately] of one room alone: the server, the room and what is below it", async () => {
  await using admin = await Admin.start();
  await using profile = await Profile.make();
  const { source } = admin;
  const server = actor("server", undefined);
  source.living = [server, ...livingRoom("meeting/weekly"), ...livingRoom("meeting/daily")];
  const { page } = await blankPage(profile);
  await page.goto(admin.url(`#token=${token}&room=${encodeURIComponent("meeting/weekly")}`));
  expect(new URLSearchParams(new URL(page.url()).hash.slice(1)).get("room")).toBe("meeting/weekly");
  await page.getByText("meeting/weekly").waitFor();
  await statusIs(page, "Connected");
  const joined = actor("session:new", "room:meeting/weekly");
  const mine = [joined, event("session:new", "join"), ended("session:new")];
  source.tell(event("domain:meeting/daily", "x"), ...mine, actor("session:other", "room:meeting/daily"), event("session:other", "join"));
  const last = event("server", "last");
  source.tell(last);
  const expected = [server, ...livingRoom("meeting/weekly"), ...mine, last];
  expect(await got(page, expected.length)).toEqual(carried(expected));
  profile.expectQuiet();
});

browserTest("[stately] only Stately's own page is listened to; each time that it connects it is told all", async () => {
  await using admin = await Admin.start();
  await using profile = await Profile.make();
  const { source } = admin;
  const { page } = await blankPage(profile, { waits: true });
  await page.goto(admin.url(`#token=${token}`));
  await eventually(() => source.sinks.size === 1, "the stream");
  const elsewhere = ["https://elsewhere.example/", "https://stately.ai/elsewhere"];
  for (const url of elsewhere)
    await page.context().route(url, (route) =>
      route.fulfill({
        contentType: "text/html",
        body: '<script>opener.postMessage({ type: "@statelyai.connected" }, "*");</script>',
      }),
    );
  // Its own message, the frame's under another origin, another origin's, and one of Stately's origin that is not from the frame: the page has seen all of
  // them before the frame connects.
  await page.evaluate(async (urls) => {
    const data = { type: "@statelyai.connected" };
    const own = () => window.postMessage(data, "*");
    const source = document.querySelector("iframe")?.contentWindow ?? null;
    const moved = () => dispatchEvent(new MessageEvent("message", { data, source, origin: "https://elsewhere.example" }));
    for (const send of [own, moved, ...urls.map((url) => () => window.open(url))]) {
      const heard = new Promise((resolve) => addEventListener("message", resolve, { once: true }));
      send();
      await heard;
    }
  }, elsewhere);
  expect(await page.getByRole("status").textContent()).toBe("Connecting …");
  await begin(page);
  expect(await got(page, source.living.length)).toEqual(carried(source.living));
  expect(await statelyIn(page).evaluate(() => window.posted)).toEqual(carried([...source.living]));

  const events = Array.from({ length: 1_500 }, (_, n) => event("domain:meeting/weekly", `event ${n}`));
  source.tell(...events);
  const before = source.living.length + events.length;
  await got(page, before);
  await statelyIn(page).evaluate(() => {
    window.got = [];
  });
  await begin(page);
  // Now two receivers listen there, so each message comes twice.
  const kept = [...source.living, ...events.slice(-1_000)];
  const again = await got(page, 2 * kept.length);
  expect(again.filter((_, i) => i % 2 === 0)).toEqual(carried(kept));
  expect(again).toHaveLength(2 * kept.length);
  profile.expectQuiet();
});

browserTest("[stately] when Stately's page says nothing, that is said until it does", async () => {
  await using admin = await Admin.start();
  await using profile = await Profile.make();
  const { page } = await blankPage(profile, { waits: true });
  await page.clock.install();
  await page.goto(admin.url(`#token=${token}`));
  await statusIs(page, "Connecting …");
  // Its clock goes on by itself, too, so there has to be room for a slow machine.
  await page.clock.fastForward(5_000);
  expect(await page.getByRole("status").textContent()).toBe("Connecting …");
  await page.clock.fastForward(5_000);
  await statusIs(page, "Stately's page did not answer; it needs the internet.");
  await begin(page);
  await statusIs(page, "Connected");
  expect(await got(page, admin.source.living.length)).toEqual(carried(admin.source.living));
  profile.expectQuiet();
});

browserTest("[stately] after an outage Stately's page begins anew, with who lives now", async () => {
  await using admin = await Admin.start();
  await using profile = await Profile.make();
  const { source } = admin;
  const { page, asked } = await blankPage(profile);
  await page.clock.install();
  await page.goto(admin.url(`#token=${token}`));
  await got(page, source.living.length);
  source.living = [actor("server", undefined), ...livingRoom("meeting/daily")];
  admin.cut();
  await statusIs(page, "The server cannot be reached; trying again in 1 s.");
  await page.clock.fastForward(1_000);
  await statusIs(page, "Connected");
  expect(asked.filter((request) => request.url() === statelyPage)).toHaveLength(2);
  expect(await got(page, source.living.length)).toEqual(carried(source.living));

  source.tell({ type: "quorate.dropped", count: 12 }, ...source.living);
  await statusIs(page, "This page was too slow: 12 messages were left out.");
  profile.expectQuiet();
});

browserTest("[stately] without a token, or with a wrong one, the page says where to get one", async () => {
  await using admin = await Admin.start();
  await using profile = await Profile.make();
  const { page } = await blankPage(profile);
  await page.goto(admin.url(""));
  await statusIs(page, "There is no token: open this page from the inspector.");
  const { page: other } = await blankPage(profile);
  await other.goto(admin.url("#token=wrong"));
  await statusIs(other, "The server did not take the token: open this page from the inspector again.");
  await other.reload();
  await statusIs(other, "There is no token: open this page from the inspector.");
  expect(admin.source.watches).toBe(0);
  profile.expectQuiet();
});
