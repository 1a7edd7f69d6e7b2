import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer } from "../../src/gateway/server.ts";
import { memory } from "../../src/journal/memory.ts";
import { meeting } from "../../src/meeting/room.ts";
import { rejection } from "../support/rejection.ts";
import { testServer } from "../support/server.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "quorate-pages-"));
  await Promise.all([
    put("board.html", page("Board", "board.ts", '<meta name="description" content="Draw &amp; write"><link rel="icon" href="./icon.svg">')),
    put("board.ts", `document.title = "${"board ".repeat(999)}";`),
    put("cards.html", page("<b>Cards</b> & \"more\" '&lt;'", "cards.ts", `<meta name='description' content='"><img src=x>'>`)),
    put("cards.ts", `document.title = "cards";`),
    put("icon.svg", `<svg xmlns="http://www.w3.org/2000/svg"><title>No title of the page</title><circle r="1"/></svg>`),
    put("broken.html", page("Broken", "nowhere.ts", "")),
    put("plain.ts", "export {};"),
  ]);
});
afterAll(() => rm(folder, { recursive: true }));

describe("several pages in one server", () => {
  test("each has its path and its files; all carry strict headers, and only what is named by its content is kept for ever", async () => {
    await using running = await testServer({ pages: { "/board": at("board.html"), "/team/cards": at("cards.html") }, development: false });
    for (const [path, title] of [
      ["/board", "Board"],
      ["/team/cards", "Cards"],
    ] as const) {
      const html = await fetch(running.http(`${path}?room=weekly`));
      expect([html.status, html.headers.get("content-type"), html.headers.get("cache-control")]).toEqual([
        200,
        "text/html;charset=utf-8",
        "no-cache",
      ]);
      const text = await html.text();
      expect(text).toContain(title);
      const script = await fetch(running.http(/src="(\/assets\/[^"]+\.js)"/.exec(text)?.[1] ?? "/none"));
      expect([script.status, script.headers.get("cache-control")]).toEqual([200, "public, max-age=31536000, immutable"]);
      expect(await script.text()).toContain(title.toLowerCase());
      for (const { headers } of [html, script]) {
        expect(headers.get("content-security-policy")).toStartWith("default-src 'none'; script-src 'self'");
        expect(headers.get("x-content-type-options")).toBe("nosniff");
        expect(headers.get("referrer-policy")).toBe("no-referrer");
      }
    }
    for (const path of ["/boards", "/board/x", "/team", "/assets/none.js", "/Board", "/board.html"])
      expect([path, (await fetch(running.http(path))).status]).toEqual([path, 404]);
    expect((await fetch(running.http("/board"), { method: "POST" })).status).toBe(404);
    expect((await fetch(running.http("/rooms/meeting/a"))).status).toBe(426);
    expect((await fetch(running.http("/livez"))).status).toBe(200);
  });

  test("a slash at the end leads to the page without it, and the query stays", async () => {
    await using running = await testServer({ pages: { "/board": at("board.html") }, development: false });
    const away = await fetch(running.http("/board/?room=a%20b&x=1"), { redirect: "manual" });
    expect([away.status, away.headers.get("location")]).toEqual([308, "/board?room=a%20b&x=1"]);
    expect(await (await fetch(running.http("/board/"))).text()).toContain("<title>Board</title>");
    for (const path of ["/board//", "/none/", "//example.com/"])
      expect([path, (await fetch(running.http(path), { redirect: "manual" })).status]).toEqual([path, 404]);
    // Whoever gives this leads nobody to a host that is called "board".
    const doubled = await fetch(running.http("//board/"), { redirect: "manual" });
    expect(doubled.headers.get("location") ?? "/").not.toStartWith("//");
  });

  test("who takes gzip gets it, and the same bytes", async () => {
    await using running = await testServer({ pages: { "/board": at("board.html") }, development: false });
    const html = await (await fetch(running.http("/board"))).text();
    const script = running.http(/src="(\/assets\/[^"]+\.js)"/.exec(html)?.[1] ?? "/none");
    const [zipped, plain] = await Promise.all(
      ["gzip, br", "identity"].map((encoding) => fetch(script, { headers: { "accept-encoding": encoding }, decompress: false })),
    );
    expect([zipped?.headers.get("content-encoding"), plain?.headers.get("content-encoding")]).toEqual(["gzip", null]);
    expect(plain?.headers.get("vary")).toBe("accept-encoding");
    const unzipped = Bun.gunzipSync(new Uint8Array((await zipped?.arrayBuffer()) ?? []));
    expect(new TextDecoder().decode(unzipped)).toBe((await plain?.text()) ?? "");
  });

  test("a page at / takes the landing page's place", async () => {
    await using running = await testServer({ pages: { "/": at("board.html"), "/cards": at("cards.html") }, development: false });
    const html = await (await fetch(running.http("/?room=x"))).text();
    expect(html).toContain("<title>Board</title>");
    expect(html).not.toContain("This server now");
  });

  test("in development a page is what its files are now; a mistake in one is told, and takes nothing away", async () => {
    await put("draft.html", page("First", "draft.ts", ""));
    await put("draft.ts", `document.title = "one";`);
    await using running = await testServer({ pages: { "/draft": at("draft.html"), "/board": at("board.html") } });
    const get = async (path: string) => (await fetch(running.http(path))).text();
    expect(await get("/draft")).toContain("<title>First</title>");
    await put("draft.html", page("Second", "draft.ts", ""));
    const second = await get("/draft");
    expect(second).toContain("<title>Second</title>");
    await put("draft.ts", "import './missing.ts';");
    expect((await fetch(running.http("/draft"))).status).toBe(500);
    expect(running.alarms).toMatchObject([{ code: "server", message: "failed on request" }]);
    expect(String((running.alarms[0] as { error: unknown }).error)).toContain("missing.ts");
    expect(await get(/src="(\/assets\/[^"]+\.js)"/.exec(second)?.[1] ?? "/none")).toContain("one");
    expect(await get("/board")).toContain("<title>Board</title>");
    await put("draft.ts", `document.title = "two";`);
    expect(await get("/draft")).toContain("<title>Second</title>");
  });
});

describe("the landing page", () => {
  test("has a card for each page: its title, what it says of itself, its icon; markup in them is text", async () => {
    await using running = await testServer({ pages: { "/board": at("board.html"), "/cards": at("cards.html") }, development: false });
    const html = await (await fetch(running.http("/"))).text();
    expect(html).toContain('<a href="/board">Board</a>');
    expect(html).toContain("<p>Draw &amp; write</p>");
    expect(html).toContain('<a href="/cards">&lt;b&gt;Cards&lt;/b&gt; & &quot;more&quot; &#39;&lt;&#39;</a>');
    expect(html).toContain("<p>&quot;&gt;&lt;img src=x&gt;</p>");
    expect(html).not.toMatch(/<script|style=|<img src=x|<b>/);
    const icon = /<img class="icon" src="([^"]+)"/.exec(html)?.[1] ?? "/none";
    const image = icon.startsWith("data:") ? await fetch(icon) : await fetch(running.http(icon));
    expect([image.status, await image.text()]).toEqual([200, expect.stringContaining("<circle")]);
  });

  test("an icon from elsewhere is not asked for, and a page without a title is called by its path", async () => {
    await put("bare.html", `<link rel="icon" href="https://example.com/icon.svg"><p>Bare</p>`);
    await using running = await testServer({ pages: { "/bare": at("bare.html") }, development: false });
    const html = await (await fetch(running.http("/"))).text();
    expect(html).toContain('<a href="/bare">/bare</a>');
    expect(html).not.toContain("example.com");
  });
});

describe("what is wrong with a page is told at the start", () => {
  for (const [what, pages, told] of [
    ["a file that is not there", () => ({ "/x": at("none.html") }), "the page /x cannot be served: there is no file"],
    ["a folder", () => ({ "/x": folder }), "the page /x cannot be served: there is no file"],
    ["a file that is no HTML", () => ({ "/x": at("plain.ts") }), "is no HTML"],
    ["an import that leads nowhere", () => ({ "/x": at("broken.html") }), "nowhere.ts"],
    ["a path of the server's own", () => ({ "/rooms/x": at("board.html") }), "'/rooms/x' is taken: the server answers /rooms itself"],
    ["a path that is none", () => ({ board: at("board.html") }), "'board' is no path for a page"],
  ] as const)
    test(what, async () => {
      const listening = createServer({ rooms: [meeting], journal: memory(), port: 0, pages: pages() }).listen();
      const error = await rejection(listening);
      expect(error).toBeInstanceOf(TypeError);
      expect(String(error)).toContain(told);
    });
});

const at = (name: string): string => join(folder, name);
const put = (name: string, text: string): Promise<void> => writeFile(at(name), text);
const page = (title: string, script: string, head: string): string =>
  `<!doctype html><html><head><title>${title}</title>${head}<script type="module" src="./${script}"></script></head><body></body></html>`;
