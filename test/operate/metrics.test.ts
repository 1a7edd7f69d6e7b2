/** What is scraped is what happened: each metric is seen to move, by a real server's admin listener, and nothing else is told. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Connection } from "../../src/gateway/connection.ts";
import { type MemoryStore, memory } from "../../src/journal/memory.ts";
import { families } from "../../src/operate/families.ts";
import { ask, token } from "../inspect/watcher.ts";
import { TestClient } from "../support/client.ts";
import { counter } from "../support/counter.ts";
import { eventually } from "../support/eventually.ts";
import { FaultyJournal } from "../support/faulty-journal.ts";
import { type TestServer, testServer } from "../support/server.ts";
import { grown, type Scraped, scraped, scrapeText } from "./scraped.ts";

const journal = new FaultyJournal();
const store: MemoryStore = new Map();
let it: TestServer;
beforeAll(async () => {
  it = await testServer({
    rooms: [counter],
    journal: journal.factory(memory({ store })),
    inspector: { admin: { port: 0, token } },
    limits: { commandsBurst: 20, commandsPerSecond: 0.001, faultBackoffMinMs: 1, sweepEveryMs: 10 },
  });
});
afterAll(() => it[Symbol.asyncDispose]());

let people = 0;
const arrive = (room: string, more: object = {}): Promise<TestClient> =>
  TestClient.join(counter, it.url(`counter/${room}`), { client: `c${++people}`, token: `Person ${people}`, ...more });

/** What moved while `run` ran. */
async function moved(run: () => Promise<void>): Promise<Scraped> {
  const before = await scraped(it.server);
  await run();
  return grown(before, await scraped(it.server));
}

describe("GET /metrics", () => {
  test("[L11] only with the token, only on the admin listener, as Prometheus wants it", async () => {
    for (const given of [null, "", "wrong", `${token}x`]) {
      const response = await ask(it.server, "/metrics", given);
      expect([given, response.status]).toEqual([given, 401]);
      expect(await response.text()).not.toContain("quorate_");
    }
    expect((await ask(it.server, `/metrics?token=${token}`, null)).status).toBe(401);
    expect((await fetch(it.http("/metrics"), { headers: { authorization: `Bearer ${token}` } })).status).toBe(404);
    const { headers } = await ask(it.server, "/metrics");
    expect(headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
    expect(headers.get("cache-control")).toBe("no-store");
  });

  test("commands: applied, refused, sent again; joins; snapshots; times per flush", async () => {
    const by = await moved(async () => {
      const ada = await arrive("commands");
      await ada.do({ type: "add", n: 1 });
      expect(await ada.do({ type: "add", n: -1 })).toMatchObject({ ok: false, code: "guard" });
      ada.raw({ type: "command", payload: { seq: 1, event: { type: "add", n: 1 } } });
      await ada.until(() => ada.of("delta").some(({ payload }) => payload.ops.length === 0 && payload.acked === 2), "the old answer");
    });
    expect(by).toMatchObject({
      'quorate_ops_total{result="applied"}': 2,
      'quorate_ops_total{result="refused"}': 1,
      'quorate_ops_total{result="duplicate"}': 1,
      'quorate_refused_total{code="guard"}': 1,
      'quorate_resumes_total{outcome="first"}': 1,
      'quorate_snapshots_total{reason="first"}': 1,
      'quorate_rooms{state="open"}': 1,
      'quorate_sessions{state="live"}': 1,
      quorate_connections: 1,
      quorate_connections_total: 1,
      quorate_flushes_total: 2,
      quorate_op_ack_seconds_count: 2,
      quorate_journal_commit_seconds_count: 2,
    });
    expect(by["quorate_op_ack_seconds_sum"]).toBeGreaterThanOrEqual(by["quorate_journal_commit_seconds_sum"] as number);
    expect(by["quorate_op_ack_seconds_sum"]).toBeLessThan(5);
  });

  test("what comes too often, a gap, frames that are wrong, upgrades that are refused", async () => {
    const by = await moved(async () => {
      const ben = await arrive("limits");
      for (let i = 0; i < 22; i++) ben.send({ type: "show" });
      await ben.until(() => ben.of("error").some(({ payload }) => payload.code === "RESOURCE_EXHAUSTED"), "the limit");
      ben.raw({ type: "resync", payload: { reason: "gap" } });
      await ben.next("snapshot");
      ben.raw({ type: "nonsense" });
      await ben.until(() => ben.of("error").some(({ payload }) => payload.code === "UNIMPLEMENTED"), "the error");
      expect((await fetch(it.http("/rooms/nowhere/x"))).status).toBe(404);
    });
    expect(by).toMatchObject({
      'quorate_rate_limited_total{kind="command"}': 2,
      'quorate_resync_total{reason="gap"}': 1,
      quorate_gap_detected_total: 1,
      'quorate_snapshots_total{reason="gap"}': 1,
      'quorate_bad_frames_total{code="UNIMPLEMENTED"}': 1,
      'quorate_upgrades_refused_total{status="404"}': 1,
    });
  });

  test("[L12] a journal that fails, and one that somebody else writes to: errors, alarms, a new epoch", async () => {
    const cyn = await arrive("faults");
    const failing = await moved(async () => {
      journal.faults.push("lost");
      cyn.send({ type: "add", n: 1 });
      await cyn.until(() => cyn.of("error").length > 0, "it cannot save");
    });
    expect(failing).toMatchObject({ 'quorate_journal_errors_total{code="io"}': 1, 'quorate_alarms_total{code="journal"}': 1 });
    const told = it.alarms.length;
    const epoch = await moved(async () => {
      const log = store.get("counter/faults");
      if (log === undefined) throw new Error("no such log");
      store.set("counter/faults", { ...log, epoch: "another" });
      const dan = TestClient.join(counter, it.url("counter/faults"), { client: "late", token: "Dan" }).catch(() => undefined);
      await eventually(() => it.alarms.slice(told).some(({ code }) => code === "epoch"), "a new epoch");
      await dan;
    });
    expect(epoch).toMatchObject({
      'quorate_journal_errors_total{code="conflict"}': 1,
      'quorate_alarms_total{code="conflict"}': 1,
      'quorate_alarms_total{code="epoch"}': 1,
      'quorate_snapshots_total{reason="otherEpoch"}': 1,
      quorate_epoch_changes_total: 1,
    });
  });

  test("a join that the machine refuses, a connection that is replaced", async () => {
    const by = await moved(async () => {
      const dan = await arrive("joins");
      await dan.do({ type: "close" });
      await expect(arrive("joins")).rejects.toThrow("not let in");
      const again = dan.resumed(it.url("counter/joins"));
      await again.until(() => again.welcome !== undefined, "the welcome");
    });
    expect(by).toMatchObject({
      quorate_joins_refused_total: 1,
      quorate_connections_replaced_total: 1,
      'quorate_resumes_total{outcome="resumed"}': 1,
    });
  });

  test("a loop that stands still is late", async () => {
    const before = await scraped(it.server);
    const untilMs = performance.now() + 300;
    while (performance.now() < untilMs);
    const live = (await (await fetch(it.http("/livez"))).json()) as { loopLagMsMax: number };
    expect(live.loopLagMsMax).toBeGreaterThan(100);
    const by = grown(before, await scraped(it.server));
    expect(by["quorate_loop_lag_seconds_sum"]).toBeGreaterThan(0.1);
  });

  test("the process", async () => {
    const now = await scraped(it.server);
    expect(now["process_resident_memory_bytes"]).toBeGreaterThan(10e6);
    expect(now["process_cpu_seconds_total"]).toBeGreaterThan(0.01);
    expect(Math.abs((now["process_start_time_seconds"] ?? 0) * 1_000 - (Date.now() - process.uptime() * 1_000))).toBeLessThan(1_000);
    expect(now["process_open_fds"]).toBeGreaterThan(2);
    expect(now["process_max_fds"]).toBeGreaterThanOrEqual(now["process_open_fds"] ?? Infinity);
    expect(Object.keys(now).filter((name) => name.startsWith("quorate_info"))).toHaveLength(1);
  });

  test("nothing secret, nothing of anybody's choice: no room, no user, no name, no command", async () => {
    const eve = await arrive("r00m-canary", { client: "client-canary", token: "Name Canary" });
    eve.send({ type: "canary-command" });
    await eve.fate(1);
    eve.raw({ type: "canary-frame" });
    await eve.next("error", 0);
    await fetch(it.http("/rooms/canary-type/x?token=canary-query"));
    const text = await scrapeText(it.server);
    expect(text).not.toMatch(/canary/i);
    expect(text).not.toContain(token);
    expect(text).not.toContain(`"other"`);
  });
});

const literals = (pattern: RegExp): string[] => {
  const files = readdirSync("src", { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
  return files.flatMap((file) => [...readFileSync(join("src", file), "utf8").matchAll(pattern)].map(([, name = ""]) => name));
};

test("each counter of the code is read by a metric, and under no `other`", () => {
  const names = new Set(literals(/\bcount\(\s*["`]([a-zA-Z]+(?:\.[a-zA-Z]+)?)["`]/g));
  expect(names.size).toBeGreaterThan(15);
  // Stale sessions are heartbeats that were missed, once more.
  names.delete("staleSessions");
  for (const name of names) {
    const values = families.flatMap((family) => [...family.values({ [name]: 7 })]);
    expect([name, values.some(([, count]) => count === 7), values.some(([value]) => value === "other")]).toEqual([name, true, false]);
  }
});

test("what no closed set has is `other`, however many there are", () => {
  const refused = families.find(({ name }) => name === "quorate_refused_total");
  const values = refused?.values({ "refused.guard": 1, "refused.x1": 2, "refused.x2": 3 });
  expect([values?.get("guard"), values?.get("other"), values?.has("x1")]).toEqual([1, 5, false]);
});

test("a frame that the socket does not take is counted", () => {
  const counted: string[] = [];
  const host = { clock: { monotonic: () => 0 }, count: (name: string) => counted.push(name) };
  const of = (taken: number) => new Connection({ send: () => taken } as never, host as never);
  expect([of(20).send("x"), of(-1).send("x"), of(0).send("x")]).toEqual([true, true, false]);
  expect(counted).toEqual(["dropped"]);
});
