/** What is in deploy/ does what docs/deploy.md says: who is let in, and what the page names is there. */
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { findNatsServer } from "../../scripts/nats-server.ts";
import { journalAlarmCodes } from "../../src/journal/port.ts";
import { families } from "../../src/operate/families.ts";
import { Metrics } from "../../src/operate/metrics.ts";
import { roomAlarmCodes } from "../../src/room/room-options.ts";
import { TestClient } from "../support/client.ts";
import { counter } from "../support/counter.ts";
import { natsTest } from "../support/nats-server.ts";
import { testServer } from "../support/server.ts";

const root = join(import.meta.dir, "../..");
const key = "a-key-of-at-least-32-characters-x";
process.env["QUORATE_SIGN_IN_KEY"] = key;
const { cookieAuth, signed } = await import("../../deploy/quorate.config.ts");
const page = readFileSync(join(root, "docs/deploy.md"), "utf8");

test("[HELLO-7] the sign-in: whoever has a cookie that the key signed, as what it says, until it expires; nobody else", async () => {
  await using running = await testServer({ rooms: [counter], auth: cookieAuth(key) });
  const claims = { user: "ada", name: "Ada", role: "host" as const, expiresAt: Date.now() + 60_000 };
  const join_ = (client: string, cookie: string | undefined) =>
    TestClient.join(counter, running.url("counter/c"), {
      client,
      token: "Mallory",
      ...(cookie === undefined ? {} : { headers: { cookie } }),
    });
  const cookie = `a=1; quorate=${signed(claims, key)}; b=2`;
  expect((await join_("a", cookie)).welcome).toMatchObject({ user: "ada", role: "host" });
  const [body = "", mac = ""] = signed(claims, key).split(".");
  const forged = Buffer.from(JSON.stringify({ ...claims, user: "eve" })).toString("base64url");
  const wrong = [
    undefined,
    "quorate=",
    `quorate=${body}`,
    `quorate=${forged}.${mac}`,
    `quorate=${signed(claims, `${key}x`)}`,
    `quorate=${signed({ ...claims, expiresAt: Date.now() - 1 }, key)}`,
  ];
  for (const [i, one] of wrong.entries()) await expect(join_(`w${i}`, one)).rejects.toThrow("4401");
  expect(() => cookieAuth("short")).toThrow("at least 32 characters");
});

test("docs/deploy.md has every metric, every alarm's code, and every setting from the environment", async () => {
  const text = await new Metrics().scrape({ counts: {}, connections: [], rooms: [] });
  const names = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name = ""]) => name);
  expect(names.length).toBeGreaterThan(families.length);
  for (const name of names) expect([name, page.includes(`\`${name}`)]).toEqual([name, true]);
  for (const code of [...roomAlarmCodes, ...journalAlarmCodes, "server"])
    expect([code, page.includes(`| \`${code}\``)]).toEqual([code, true]);
  const sources = ["src/config.ts", "src/main.ts", "src/operate/log.ts"].map((file) => readFileSync(join(root, file), "utf8")).join("");
  for (const [name] of sources.matchAll(/QUORATE_[A-Z_]*[A-Z]/g)) expect([name, page.includes(name)]).toEqual([name, true]);
  for (const [, name = ""] of page.matchAll(/`?(quorate_[a-z_]+)/g))
    if (!/^quorate_clients$/.test(name)) expect([name, names.some((known) => name.startsWith(known))]).toEqual([name, true]);
});

natsTest("nats-server takes deploy/nats.conf", async () => {
  const env = { ...process.env, NATS_NAME: "n1" };
  const checked = Bun.spawnSync([await findNatsServer(), "-t", "-c", join(root, "deploy/nats.conf")], { env });
  expect([checked.exitCode, checked.stderr.toString()]).toEqual([0, expect.stringContaining("is valid")]);
});
