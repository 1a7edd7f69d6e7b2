/** `bun src/main.ts` as it runs in production, with a secret wherever a client or an operator can put one: none comes out. */
import { expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TestClient } from "../support/client.ts";
import { loud } from "./quorate.config.ts";

const root = join(import.meta.dir, "../..");
const adminToken = "canary-admin-token-1";

/** Starts, does `use`, stops by SIGTERM; all that was printed. */
async function printed(env: Record<string, string>, use: (url: string) => Promise<void>) {
  const data = await mkdtemp(join(tmpdir(), "quorate-log-"));
  try {
    const child = start({ QUORATE_DATA: data, ...env });
    const err = new Response(child.stderr).text();
    let out = "";
    let used: Promise<void> | undefined;
    for await (const chunk of child.stdout) {
      out += new TextDecoder().decode(chunk);
      const url = /Quorate listens on (http:\S+?)["\n]/.exec(out)?.[1];
      if (url !== undefined) used ??= use(url).finally(() => child.kill("SIGTERM"));
    }
    await used;
    return { code: await child.exited, out: linesOf(out), err: linesOf(await err) };
  } finally {
    await rm(data, { recursive: true, force: true });
  }
}

function start(env: Record<string, string>) {
  return Bun.spawn([process.execPath, "src/main.ts"], {
    cwd: root,
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
    env: { ...process.env, QUORATE_CONFIG: join(import.meta.dir, "quorate.config.ts"), QUORATE_PORT: "0", ...env },
  });
}

const linesOf = (text: string): string[] => text.split("\n").filter((line) => line !== "");
const parsed = (lines: readonly string[]) => lines.map((line) => JSON.parse(line) as Record<string, unknown>);

async function leak(url: string): Promise<void> {
  const room = `${url.replace("http", "ws")}rooms/loud/weekly`;
  const ada = await TestClient.join(loud, `${room}?token=canary-query`, { client: "canary-client", token: "canary-name" });
  expect(await ada.do({ type: "shout", text: "canary-command" })).toMatchObject({ ok: false, code: "internal" });
  expect(await ada.do({ type: "work", text: "canary-service" })).toMatchObject({ ok: true });
  ada.send({ type: "canary-type" });
  ada.raw({ type: "canary-frame" });
  ada.raw("canary no JSON");
  await ada.until(() => ada.of("error").length === 2, "two errors");
  const bad = new TestClient(loud, `${room}?q=canary-query`, {
    client: "b",
    token: "broken-canary-token",
    headers: { cookie: "canary=1" },
  });
  expect((await bad.end()).code).toBe(1011);
  expect((await fetch(`${url}canary-path?token=canary-query`, { headers: { authorization: "Bearer canary" } })).status).toBe(404);
  ada.close();
}

test("[L8] production: JSON lines alone, with start, alarms, drain and end; no token, name, command, query string or error's text", async () => {
  const { code, out, err } = await printed({ NODE_ENV: "production", QUORATE_ADMIN_TOKEN: adminToken, QUORATE_ADMIN_PORT: "0" }, leak);
  expect(code).toBe(0);
  expect(parsed(out)).toMatchObject([
    { level: "info", version: expect.any(String), journal: expect.stringMatching(/^sqlite /), roomTypes: ["loud"], signIn: true },
    { level: "info", msg: "draining", signal: "SIGTERM" },
    { level: "info", msg: "drained", ms: expect.any(Number) },
  ]);
  const alarms = parsed(err);
  expect(alarms.map(({ level, code: of }) => `${level} ${of}`)).toEqual(expect.arrayContaining(["error machine", "error server"]));
  expect(alarms.find(({ code: of }) => of === "machine")).toMatchObject({ room: "loud/weekly", error: { name: "Error" } });
  expect([...out, ...err].filter((line) => line.includes("canary"))).toEqual([]);
}, 30_000);

test("the canary: while the app is being written, its errors are told whole, in lines for people", async () => {
  const { err, out } = await printed({ NODE_ENV: "development" }, leak);
  expect(out.at(-1)).toMatch(/^drained in \d+ ms$/);
  expect(err.filter((line) => line.includes("canary-command"))).toEqual([
    expect.stringMatching(/^\d\d:\d\d:\d\d error machine loud\/weekly /),
  ]);
  expect(err.filter((line) => line.includes("broken-canary-token"))).toHaveLength(1);
}, 30_000);

test("what is wrong at the start is one JSON line, too, and the exit code", async () => {
  const child = start({ NODE_ENV: "production", QUORATE_PORT: "none" });
  expect(await child.exited).toBe(1);
  expect(await new Response(child.stdout).text()).toBe("");
  expect(parsed(linesOf(await new Response(child.stderr).text()))).toMatchObject([
    { level: "fatal", msg: expect.stringContaining("QUORATE_PORT: 'none' is no port") },
  ]);
  const unknown = start({ QUORATE_LOG: "xml" });
  expect([await unknown.exited, await new Response(unknown.stderr).text()]).toEqual([1, "QUORATE_LOG is json or text\n"]);
}, 30_000);
