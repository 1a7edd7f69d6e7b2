/** Who may look: nobody without the token, nobody by a name of their own, and never on the public port. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { createServer } from "../../src/gateway/server.ts";
import { memory } from "../../src/journal/memory.ts";
import { meeting } from "../../src/meeting/room.ts";
import { TestClient } from "../support/client.ts";
import { type TestServer, testServer } from "../support/server.ts";
import { address, ask, nothing, PageWatcher, token } from "./watcher.ts";

let it: TestServer;
let ada: TestClient;
beforeAll(async () => {
  it = await testServer({ inspector: { admin: { port: 0, token } } });
  ada = await TestClient.join(meeting, it.url(), { client: "ada", token: "Host Ada" });
});
afterAll(async () => {
  ada.close();
  await it[Symbol.asyncDispose]();
});

const questions = [
  "/api/rooms",
  "/api/rooms/meeting/weekly",
  "/api/rooms/meeting/weekly/ops?from=1",
  "/api/rooms/meeting/weekly/states/1",
  "/api/rooms/meeting/weekly/refusals",
  "/api/rooms/meeting/weekly/refusals/1",
  "/api/rooms/meeting/weekly/export",
  "/api/nothing",
];

for (const path of questions)
  test(`${path}: nothing without the token, nothing with a wrong one`, async () => {
    for (const given of [null, "", "wrong", `${token}x`, token.slice(1)]) {
      const response = await ask(it.server, path, given);
      expect([given, response.status]).toEqual([given, 401]);
      const text = await response.text();
      expect(JSON.parse(text)).toEqual({ code: "UNAUTHENTICATED", message: expect.any(String) });
      expect(text).not.toContain("weekly");
    }
  });

test("the stream: closed with 4401 for a wrong token, and for anything that is none; not one message before", async () => {
  for (const said of [{ token: "wrong" }, { token: 1 }, {}, [], "x", null]) {
    const watcher = new PageWatcher(it.server, said);
    await watcher.until(() => watcher.closed !== undefined);
    expect([said, watcher.closed, watcher.frames]).toEqual([said, 4401, []]);
  }
});

test("the stream: closed with 4401 when nothing is said for 5 s", async () => {
  const watcher = new PageWatcher(it.server, nothing);
  await watcher.until(() => watcher.closed !== undefined);
  expect([watcher.closed, watcher.frames]).toEqual([4401, []]);
}, 15_000);

test("Stately's receivers: 401 without the token in the address", async () => {
  for (const path of ["/stately", "/stately?token=", "/stately?token=wrong"]) expect((await ask(it.server, path)).status).toBe(401);
});

test("a page of another origin may not connect, be its token right", async () => {
  const response = await fetch(address(it.server, "/api/stream"), { headers: { origin: "http://evil.example", upgrade: "websocket" } });
  expect(response.status).toBe(403);
});

test("a page behind TLS has the same host and another scheme: it may connect; one that says nothing of a host may not", async () => {
  const { host } = it.server.adminUrl as URL;
  const statusOf = async (origin: string) =>
    (await fetch(address(it.server, "/api/stream"), { headers: { origin, host, upgrade: "websocket" } })).status;
  expect(await statusOf(`https://${host}`)).toBe(426); // no WebSocket, but let through
  for (const origin of ["null", "https://evil.example", `https://${host}.evil.example`, "https:", host])
    expect([origin, await statusOf(origin)]).toEqual([origin, 403]);
});

test("a foreign name that leads to this machine is not served", async () => {
  for (const path of ["/inspect", "/api/rooms"]) {
    const response = await fetch(address(it.server, path), { headers: { host: "evil.example", authorization: `Bearer ${token}` } });
    expect([path, response.status]).toEqual([path, 421]);
  }
});

test("answers cannot be read by other pages, are not kept, and are never pages", async () => {
  const { headers } = await ask(it.server, "/api/rooms");
  expect(headers.get("access-control-allow-origin")).toBeNull();
  expect(headers.get("cache-control")).toBe("no-store");
  expect(headers.get("x-content-type-options")).toBe("nosniff");
});

test("only GET; what is not there is not there", async () => {
  const posted = await fetch(address(it.server, "/api/rooms"), { method: "POST", headers: { authorization: `Bearer ${token}` } });
  expect(posted.status).toBe(405);
  for (const path of [
    "/api",
    "/api/x",
    "/api/rooms/a",
    "/api/rooms/meeting/none",
    "/api/rooms/none/weekly",
    "/api/rooms/meeting/weekly/x",
    "/x",
  ])
    expect([path, (await ask(it.server, path)).status]).toEqual([path, 404]);
});

test("nothing of it is on the public port", async () => {
  for (const path of [...questions, "/inspect", "/stately"]) {
    const response = await fetch(it.http(path), { headers: { authorization: `Bearer ${token}` } });
    expect([path, response.status]).toEqual([path, 404]);
  }
});

test("a token that is too short is refused at the start", async () => {
  const listening = createServer({
    rooms: [meeting],
    journal: memory(),
    port: 0,
    inspector: { admin: { port: 0, token: "short" } },
  }).listen();
  await expect(listening).rejects.toThrow("at least 16 characters");
});

test("without the inspector there is no listener", async () => {
  await using plain = await testServer();
  expect(plain.server.adminUrl).toBeUndefined();
});
