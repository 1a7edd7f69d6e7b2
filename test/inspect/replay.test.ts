/** What a real server wrote, replayed from its files, from a copy of them and from an export: the state that it had, to the byte, and nothing is touched. */
import { Database } from "bun:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exportLog } from "../../src/inspect/log.ts";
import { SqliteCopy } from "../../src/journal/sqlite-copy.ts";
import { meeting } from "../../src/meeting/room.ts";
import type { AnyRoomType } from "../../src/room/define-room.ts";
import { ChildServer } from "../support/child-server.ts";
import { TestClient } from "../support/client.ts";
import { quick } from "./quorate.config.ts";

const root = join(import.meta.dir, "../..");
const config = "test/inspect/quorate.config.ts";

interface Ran {
  readonly status: number;
  readonly out: string;
  readonly told: string;
}
async function replay(...args: readonly string[]): Promise<Ran> {
  const child = Bun.spawn([process.execPath, "src/inspect/replay.ts", ...args], {
    cwd: root,
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
    env: { ...process.env, QUORATE_CONFIG: config, QUORATE_DATA: "nowhere" },
  });
  const [out, told, status] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text(), child.exited]);
  return { status, out, told };
}

/** Value, status, context and roster, as text: from what the tool prints, and as a client has them. */
const printed = ({ out }: Ran): string => {
  const { value, status, context, roster } = JSON.parse(out);
  return JSON.stringify([value, status, context, roster]);
};
const shown = ({ snapshot, roster }: TestClient): string =>
  JSON.stringify([snapshot?.value, snapshot?.status, snapshot?.context, [...roster.values()].sort((a, b) => a.who - b.who)]);

/** Names, sizes and contents of all that is in a folder. */
const inFolder = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .sort()
    .map((name) => {
      const path = join(folder, name);
      return statSync(path).isFile() ? `${name} ${createHash("sha256").update(readFileSync(path)).digest("hex")}` : name;
    });

let server: ChildServer;
let elsewhere: string;
const folder = (name: string): string => {
  const path = join(elsewhere, name);
  mkdirSync(path, { recursive: true });
  return path;
};
function copied(name: string, from = server.data): string {
  const to = folder(name);
  for (const file of ["rooms.db", "rooms.db-wal"]) if (existsSync(join(from, file))) copyFileSync(join(from, file), join(to, file));
  return to;
}

/** By room and rev, what clients had; the last of a room as the server told it in a snapshot. */
const had = new Map<string, Map<number, string>>();
const heads = new Map<string, number>();
const told = new Map<string, string>();

async function follow(
  def: AnyRoomType,
  room: string,
  live: (join: (name: string) => Promise<TestClient>, note: () => void) => Promise<void>,
) {
  const revs = new Map<number, string>();
  had.set(room, revs);
  const clients: TestClient[] = [];
  const note = () => {
    for (const client of clients) if (client.closed === undefined) revs.set(client.rev, shown(client));
  };
  const join = async (name: string) => {
    const client = await TestClient.join(def, server.url(room), { client: name.toLowerCase(), token: name });
    clients.push(client);
    note();
    return client;
  };
  await live(join, note);
  const last = await join("Last");
  const { at, value, status, context, roster } = last.document as never as Record<string, unknown>;
  told.set(room, JSON.stringify({ at, value, status, context, roster }));
  heads.set(room, last.rev);
}

beforeAll(async () => {
  elsewhere = mkdtempSync(join(tmpdir(), "quorate-replay-test-"));
  server = await ChildServer.make(config);
  await server.start();
  await follow(meeting, "meeting/m", async (join, note) => {
    const host = await join("Host");
    const ben = await join("Ben");
    const cy = await join("Cy");
    const give = async (client: TestClient, event: { type: string; [key: string]: unknown }) => {
      expect(await client.do(event)).toMatchObject({ ok: true });
      note();
    };
    await give(host, { type: "meeting.start" });
    await give(host, { type: "agenda.add", title: "Wäre das 😀?", minutes: 1 });
    await give(host, { type: "agenda.start", item: `host-${host.seq}` });
    await give(host, { type: "recording.start" });
    await host.until(() => JSON.stringify(host.snapshot?.value).includes("recording"), "the recorder to have begun");
    await give(ben, { type: "hand.raise" });
    await give(cy, { type: "chat.send", text: "from Cy" });
    await give(host, { type: "poll.open", question: "Shall we?", options: ["Yes", "No"] });
    cy.raw({ type: "bye", payload: {} });
    await cy.end();
    await host.until(() => host.roster.size === 2, "Cy to be gone");
    note();
    for (let i = 0; i < 12; i++) await give(i % 2 === 0 ? host : ben, { type: "chat.send", text: `message ${i}` });
    expect(host.gaps).toBe(0);
  });
  await follow(quick, "quick/q", async (join, note) => {
    const ann = await join("Ann");
    for (let i = 1; i <= 5; i++) {
      expect(await ann.do({ type: "add", n: i })).toMatchObject({ ok: true });
      note();
      expect(await ann.do({ type: "fuse" })).toMatchObject({ ok: true });
      note();
      await ann.until(() => ann.snapshot?.context.bangs === i, "the bang");
      note();
    }
  });
}, 60_000);

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  rmSync(elsewhere, { recursive: true, force: true });
});

/** Several ops may come in one delta: a client has the rev after the last of them. */
function hadNear(room: string, rev: number): { readonly rev: number; readonly state: string } {
  const revs = [...(had.get(room) ?? [])].sort(([a], [b]) => a - b);
  const [at, state] = revs.find(([known]) => known >= rev) ?? [];
  if (at === undefined || state === undefined || at > rev + 5) throw new Error(`no client had ${room} near rev ${rev}`);
  return { rev: at, state };
}

describe("[L7] the state of a replay is the one that the server had", () => {
  test("while the server runs, its files are refused and untouched; a copy of them is replayed, with what is in the write-ahead log", async () => {
    const before = inFolder(server.data);
    const live = await replay("meeting/m", "--data", server.data);
    expect(live).toMatchObject({ status: 1, out: "" });
    const path = join(server.data, "rooms.db");
    expect(live.told.trim()).toBe(
      `a running server holds ${path}: copy it together with ${path}-wal to another folder and name that, or export the room from the inspector`,
    );
    const copy = copied("live");
    expect(statSync(join(copy, "rooms.db-wal")).size).toBeGreaterThan(0);
    for (const [room, head] of heads) {
      const ran = await replay(room, "--data", copy, "--to", String(head), "--json");
      expect(ran.status, ran.told).toBe(0);
      const { at, value, status, context, roster, op, rev } = JSON.parse(ran.out);
      expect(JSON.stringify({ at, value, status, context, roster })).toBe(told.get(room) as string);
      expect(op).toMatchObject({ rev: head, event: { type: "participant.joined" } });
      expect(rev).toBe(head);
      expect(ran.told).toContain(`${room} at rev ${head}`);
      expect(ran.told).toContain("the same as all snapshots on the way");
    }
    expect(inFolder(server.data)).toEqual(before);
  }, 60_000);

  test("--to: at each rev, what a client had there; the timers that run, the op that led there", async () => {
    const copy = copied("revs");
    const before = inFolder(copy);
    for (const [room, revs] of [
      ["meeting/m", [1, 4, 10, 20]],
      ["quick/q", [2, 3, 9, 13]],
    ] as const)
      for (const near of revs) {
        const { rev, state } = hadNear(room, near);
        expect(printed(await replay(room, "--data", copy, "--to", `${rev}`))).toBe(state);
      }
    const started = JSON.parse((await replay("meeting/m", "--data", copy, "--to", "6")).out);
    expect(started.op).toMatchObject({ rev: 6, by: { client: "host" }, event: { type: "agenda.start" } });
    expect(started.timers).toMatchObject([{ dueAt: started.at + 60_000 }]);
    const initial = JSON.parse((await replay("quick/q", "--data", copy, "--to", "0")).out);
    expect(initial).toMatchObject({ rev: 0, op: null, context: { total: 0, people: [], bangs: 0 }, timers: [], roster: [] });
    expect(inFolder(copy)).toEqual(before);
  }, 60_000);

  test("an export, even of the running room's journal, replays to the same", async () => {
    const copy = copied("export");
    for (const [room, def] of [
      ["meeting/m", meeting],
      ["quick/q", quick],
    ] as const) {
      await using journal = await SqliteCopy.of(join(copy, "rooms.db"));
      let text = "";
      for await (const chunk of exportLog(journal, room, def)) text += chunk;
      const file = join(copy, `${def.type}.json`);
      writeFileSync(file, text);
      for (const to of [[], ["--to", "9"]]) {
        const fromFile = await replay(file, ...to);
        expect(fromFile.status, fromFile.told).toBe(0);
        expect(fromFile.out).toBe((await replay(room, "--data", copy, ...to)).out);
      }
      // As somebody might do to read it.
      writeFileSync(file, JSON.stringify(JSON.parse(text), null, 2));
      expect((await replay(file)).status).toBe(0);
      writeFileSync(
        file,
        text.replace(/"n":3|message 7/, (was) => (was === "message 7" ? "message 8" : '"n":4')),
      );
      const changed = await replay(file);
      expect(changed).toMatchObject({ status: 1, out: "" });
      expect(changed.told).toContain("an entry is not the one that was exported");
      writeFileSync(file, text.slice(0, -10));
      expect((await replay(file)).told.trim()).toBe(`${file} cannot be replayed: it is no JSON, or not all of it is there`);
    }
  }, 60_000);
});

describe("what cannot be replayed says why, with exit status 1", () => {
  const fails = async (expected: string | RegExp, ...args: readonly string[]) => {
    const ran = await replay(...args);
    expect(ran).toMatchObject({ status: 1, out: "" });
    expect(ran.told).toMatch(expected);
    expect(ran.told).not.toMatch(/^ {4}at /m);
  };

  test("no such room, rev, type, file, journal; a wrong word", async () => {
    const copy = copied("missing");
    change(copy, "UPDATE rooms SET name = 'board/q' WHERE name = 'quick/q'");
    const before = inFolder(copy);
    await fails("there is no room meeting/never in ", "meeting/never", "--data", copy);
    await fails(`meeting/m has no rev 900: its log ends at rev ${heads.get("meeting/m")}`, "meeting/m", "--data", copy, "--to", "900");
    await fails("quorate.config.ts serves no rooms of type 'board'", "board/q", "--data", copy);
    await fails("there is no file never.json", "never.json", "--data", copy);
    await fails("there is no journal at ", "meeting/m", "--data", join(copy, "never"));
    await fails("there is no journal at nowhere/rooms.db", "meeting/m");
    await fails("'-3' is no rev", "meeting/m", "--to=-3");
    await fails("usage: ", "--json");
    await fails("usage: ", "meeting/m", "--two", "4");
    await fails("file is not a database", "meeting/m", "--data", wrong("text", "no database at all ".repeat(100)));
    await fails("is no journal of rooms", "meeting/m", "--data", wrong("empty", ""));
    expect(inFolder(copy)).toEqual(before);
  }, 60_000);

  test("[L7] a changed byte in an entry, a lost one, a snapshot of another state: the rev is named", async () => {
    const room = "room = (SELECT room FROM rooms WHERE name = 'meeting/m')";
    const changed = copied("changed");
    change(changed, `UPDATE entries SET data = replace(data, 'message 2', 'message 3') WHERE ${room} AND data LIKE '%message 2%'`);
    const database = new Database(join(changed, "rooms.db"), { readonly: true });
    const at = database
      .query<{ rev: number }, []>(`SELECT min(rev) AS rev FROM entries WHERE ${room} AND data LIKE '%message 3%'`)
      .get()?.rev;
    database.close();
    await fails(`rev ${at} of meeting/m is not what was written`, "meeting/m", "--data", changed);
    const { rev: before, state } = hadNear("meeting/m", 10);
    expect(printed(await replay("meeting/m", "--data", changed, "--to", `${before}`))).toBe(state);

    const lost = copied("lost");
    change(lost, `DELETE FROM entries WHERE ${room} AND rev = 12`);
    await fails("rev 12 of meeting/m is not kept", "meeting/m", "--data", lost);

    // All hashes are right, but the machine is another one: what a changed room type without a new version does.
    const file = join(folder("other"), "q.json");
    await using journal = await SqliteCopy.of(join(copied("other"), "rooms.db"));
    let text = "";
    for await (const chunk of exportLog(journal, "quick/q", quick)) text += chunk;
    const log = JSON.parse(text);
    expect(log.snapshots.length).toBeGreaterThan(0);
    const { rev } = log.snapshots[0];
    log.snapshots[0].data.domain.machine.context.total += 1;
    writeFileSync(file, JSON.stringify(log));
    await fails(`replaying the log of quick/q up to rev ${rev} gives another state than the snapshot there has`, file);
  }, 60_000);
});

test("[L4] what a server left that was killed, and what one left that was stopped: nothing in the folder changes", async () => {
  await server.kill();
  const head = heads.get("meeting/m") as number;
  for (const end of ["killed", "stopped"] as const) {
    const before = inFolder(server.data);
    expect(before.some((line) => line.startsWith("rooms.db-wal"))).toBe(end === "killed");
    const ran = await replay("meeting/m", "--data", server.data, "--to", String(head));
    expect(ran.status, ran.told).toBe(0);
    const { at, value, status, context, roster } = JSON.parse(ran.out);
    expect(JSON.stringify({ at, value, status, context, roster })).toBe(told.get("meeting/m") as string);
    expect(inFolder(server.data)).toEqual(before);
    if (end === "stopped") break;
    await server.start();
    expect(await server.stop()).toBe(0);
  }
}, 60_000);

function change(data: string, sql: string): void {
  const database = new Database(join(data, "rooms.db"));
  database.run(sql);
  database.run("PRAGMA wal_checkpoint(TRUNCATE)");
  database.close();
}

function wrong(name: string, text: string): string {
  const path = folder(name);
  writeFileSync(join(path, "rooms.db"), text);
  return path;
}
