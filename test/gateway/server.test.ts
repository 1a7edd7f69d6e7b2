import { describe, expect, test } from "bun:test";
import { createServer } from "../../src/gateway/server.ts";
import { memory } from "../../src/journal/memory.ts";
import { meeting } from "../../src/meeting/room.ts";
import { TestClient } from "../support/client.ts";
import { FaultyJournal } from "../support/faulty-journal.ts";
import { rejection } from "../support/rejection.ts";
import { testServer } from "../support/server.ts";

describe("pages and health", () => {
  test("the landing page needs no script, says what is served, and carries strict headers", async () => {
    await using running = await testServer();
    const page = await fetch(running.http("/"));
    expect(page.status).toBe(200);
    expect(page.headers.get("content-security-policy")).toContain("default-src 'none'");
    expect(page.headers.get("x-content-type-options")).toBe("nosniff");
    const html = await page.text();
    expect(html).toContain("/rooms/meeting/");
    expect(html).not.toMatch(/<script|style=/);
    const css = await fetch(running.http("/landing.css"));
    expect([css.status, css.headers.get("content-type")]).toEqual([200, "text/css; charset=utf-8"]);
    expect((await fetch(running.http("/nothing"))).status).toBe(404);
    expect((await fetch(running.http("/rooms/meeting/a"))).status).toBe(426);
  });

  test("[L12] livez is about the process, readyz about the journal", async () => {
    const faulty = new FaultyJournal();
    await using running = await testServer({ journal: faulty.factory(memory()) });
    const live = await fetch(running.http("/livez"));
    expect([live.status, await live.json()]).toEqual([
      200,
      { live: true, loopLagMs: expect.any(Number), loopLagMsMax: expect.any(Number) },
    ]);
    const fine = await fetch(running.http("/readyz"));
    expect([fine.status, await fine.json()]).toEqual([200, { ready: true, journal: "ok", draining: false }]);
    await using broken = await testServer({ journal: Object.assign(new FaultyJournal(), { full: true }).factory(memory()) });
    expect((await fetch(broken.http("/livez"))).status).toBe(200);
    const ready = await fetch(broken.http("/readyz"));
    expect([ready.status, await ready.json()]).toEqual([503, { ready: false, journal: "failing: full", draining: false }]);
  });
});

describe("stop drains", () => {
  test("[CLOSE-2] what was accepted is told, then everyone is asked to come again; the next server has it all", async () => {
    const store = new Map();
    const running = await testServer({ journal: memory({ store }) });
    const clients = await Promise.all(["a", "b", "c"].map((client) => TestClient.join(meeting, running.url(), { client, token: client })));
    const [ada] = clients;
    const seqs = Array.from({ length: 30 }, (_, i) => ada?.send({ type: "chat.send", text: `${i}` }));
    await ada?.fate(1);
    await running.server.stop();
    for (const client of clients) {
      expect(await client.end()).toMatchObject({ code: 1012 });
      expect(client.of("closing")).toMatchObject([{ payload: { code: "UNAVAILABLE", retryAfterMs: 1_000 } }]);
    }
    expect(seqs.filter((seq) => seq !== undefined && ada?.fates.get(seq)?.ok).length).toBeGreaterThan(0);
    const lastTold = Math.max(...(ada?.fates.keys() ?? [0]));
    await using again = await testServer({ journal: memory({ store }) });
    const ben = await TestClient.join(meeting, again.url(), { client: "z", token: "Zoe" });
    for (let i = 0; i < lastTold; i++) expect(ben.state).toContain(`"text":"${i}"`);
    expect(running.alarms).toEqual([]);
  });

  test("stopping twice is stopping once", async () => {
    const running = await testServer();
    await Promise.all([running.server.stop(), running.server.stop()]);
    expect(await rejection(fetch(running.http("/livez")))).toBeInstanceOf(Error);
  });
});

describe("what is refused before anything runs", () => {
  const base = { rooms: [meeting], journal: memory() };
  const auth = { authenticate: () => undefined, authorize: () => undefined };

  test("a public address without sign-in, or without the pages that may connect", () => {
    expect(() => createServer({ ...base, host: "0.0.0.0" })).toThrow("Guests are for loopback only");
    expect(() => createServer({ ...base, host: "0.0.0.0", auth })).toThrow("Give `origins`");
    createServer({ ...base, host: "0.0.0.0", auth, origins: ["https://example.com"] });
    for (const host of ["127.0.0.1", "localhost", "::1"]) createServer({ ...base, host });
  });

  test("two room types of one name", async () => {
    const twice = await createServer({ ...base, port: 0, rooms: [meeting, meeting] })
      .listen()
      .then(
        () => "listens",
        (error: Error) => error.message,
      );
    expect(twice).toContain("two room types are called 'meeting'");
  });
});

describe("sign-in", () => {
  test("[HELLO-7] authenticate and authorize decide; who they are and what they may is the server's word", async () => {
    await using running = await testServer({
      auth: {
        authenticate: async ({ request, token }) => {
          const name = token ?? request.headers.get("x-user") ?? undefined;
          return name === undefined || name === "nobody" ? undefined : { user: `u-${name}`, name };
        },
        authorize: (principal, room) =>
          room.id === "secret" && principal.name !== "ada" ? undefined : principal.name === "ada" ? "host" : "member",
      },
    });
    const ada = await TestClient.join(meeting, running.url(), { client: "a", token: "ada" });
    expect(ada.welcome).toMatchObject({ user: "u-ada", role: "host" });
    const byHeader = await TestClient.join(meeting, running.url(), { client: "h", headers: { "x-user": "hal" } });
    expect(byHeader.welcome).toMatchObject({ user: "u-hal", role: "member" });
    const none = new TestClient(meeting, running.url(), { client: "n" });
    expect((await none.end()).code).toBe(4401);
    const kept = new TestClient(meeting, running.url("meeting/secret"), { client: "k", token: "hal" });
    expect((await kept.end()).code).toBe(4403);
    // A room is made only for someone who may enter it.
    expect([...running.server.rooms].map(({ name }) => name)).toEqual(["meeting/weekly"]);
  });

  test("a hook that throws closes with 1011, and nothing else happens", async () => {
    await using running = await testServer({
      auth: {
        authenticate: () => {
          throw new Error("the directory is down, password hunter2");
        },
        authorize: () => "member",
      },
    });
    const ada = new TestClient(meeting, running.url(), { client: "a", token: "x" });
    expect((await ada.end()).code).toBe(1011);
    expect(JSON.stringify(ada.frames)).not.toContain("hunter2");
    expect(running.alarms).toMatchObject([{ code: "server", message: "failed on hello" }]);
    expect((await fetch(running.http("/livez"))).status).toBe(200);
  });
});
