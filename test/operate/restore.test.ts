/** A backup, put back as docs/deploy.md says: every room gets a new epoch, so nobody goes on from a history that is gone. */
import { expect, test } from "bun:test";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sqlite } from "../../src/journal/sqlite.ts";
import { TestClient } from "../support/client.ts";
import { counter } from "../support/counter.ts";
import { testServer } from "../support/server.ts";

const root = join(import.meta.dir, "../..");

/** What somebody finds in the room, who comes with `since`, if given. */
async function visit(data: string, add: number, since?: { epoch: string; rev: number }) {
  await using running = await testServer({ rooms: [counter], journal: sqlite({ path: join(data, "rooms.db") }) });
  const ada = await TestClient.join(counter, running.url("counter/c"), { client: `a${add}`, token: "Ada" });
  for (let i = 0; i < add; i++) await ada.do({ type: "add", n: 1 });
  const back =
    since &&
    new TestClient(counter, running.url("counter/c"), { client: "old", token: "Old", since: { epoch: since.epoch, rev: since.rev } });
  if (back !== undefined) await back.until(() => back.welcome !== undefined, "the welcome");
  const { epoch, rev } = ada;
  return { epoch, rev, recovered: back?.welcome?.recovered, alarms: running.alarms.map(({ code }) => code) };
}

/** A block of the page, run in the folder that holds `data`. */
function runBlock(containing: string, cwd: string): { readonly code: number; readonly err: string } {
  const page = readFileSync(join(root, "docs/deploy.md"), "utf8");
  const block = [...page.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, text = ""]) => text).find((text) => text.includes(containing));
  if (block === undefined) throw new Error(`docs/deploy.md has no block with ${containing}`);
  const ran = Bun.spawnSync(["sh", "-ec", block.replaceAll("npx bun ", `"${process.execPath}" `)], { cwd, stderr: "pipe" });
  return { code: ran.exitCode, err: ran.stderr.toString() };
}

test("[L4] a backup that is put back: with the newer mark left there, or marked by hand, every room begins a new epoch", async () => {
  const folder = mkdtempSync(join(tmpdir(), "quorate-restore-"));
  const [data, backup] = [join(folder, "data"), join(folder, "backup")];
  try {
    const first = await visit(data, 5);
    expect(readFileSync(join(data, "rooms.db.mark"), "utf8")).not.toBe("");
    expect(existsSync(join(data, "rooms.db-wal"))).toBe(false);
    cpSync(data, backup, { recursive: true });
    const later = await visit(data, 50);
    expect(later).toMatchObject({ epoch: first.epoch, alarms: [] });

    cpSync(join(backup, "rooms.db"), join(data, "rooms.db"));
    const restored = await visit(data, 1, later);
    expect(restored.alarms).toEqual(["rolledBack"]);
    expect([restored.epoch === first.epoch, restored.recovered]).toEqual([false, "otherEpoch"]);

    // With its own mark, a backup looks like the newest there is: this is what the page warns of.
    rmSync(data, { recursive: true });
    cpSync(backup, data, { recursive: true });
    expect((await visit(data, 1, later)).epoch).toBe(first.epoch);

    rmSync(data, { recursive: true });
    cpSync(backup, data, { recursive: true });
    expect(runBlock("SET renew = 1", folder)).toEqual({ code: 0, err: "" });
    const marked = await visit(data, 1, later);
    expect([marked.epoch === first.epoch, marked.recovered, marked.alarms]).toEqual([false, "otherEpoch", []]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}, 30_000);

test("the database of a running server cannot be copied by SQLite from outside: it holds the lock", async () => {
  const folder = mkdtempSync(join(tmpdir(), "quorate-vacuum-"));
  try {
    await using running = await testServer({ rooms: [counter], journal: sqlite({ path: join(folder, "rooms.db") }) });
    const ada = await TestClient.join(counter, running.url("counter/c"), { client: "a", token: "Ada" });
    await ada.do({ type: "add", n: 1 });
    const script = `new (require("bun:sqlite").Database)("rooms.db").run("VACUUM INTO 'copy.db'")`;
    const ran = Bun.spawnSync([process.execPath, "-e", script], { cwd: folder, stderr: "pipe" });
    expect([ran.exitCode, ran.stderr.toString()]).toEqual([1, expect.stringContaining("database is locked")]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}, 30_000);
