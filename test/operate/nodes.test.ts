/** Two servers on one log: what each tells of itself and of the other, at /metrics and /readyz, and that they count a user's connections together. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { realClock } from "../../src/clock.ts";
import { token } from "../inspect/watcher.ts";
import { TestClient } from "../support/client.ts";
import { counter } from "../support/counter.ts";
import { eventually } from "../support/eventually.ts";
import { type TestServer, testServer } from "../support/server.ts";
import { SharedLog } from "../support/shared-log.ts";
import { grown, type Scraped, scraped } from "./scraped.ts";

const log = new SharedLog(realClock);
const server = (node: string): Promise<TestServer> =>
  testServer({
    rooms: [counter],
    journal: (deps) => log.journal(node, deps),
    inspector: { admin: { port: 0, token } },
    limits: { connectionsPerUserMax: 3, joinsBurst: 1_000, joinsPerSecond: 1_000 },
  });
let one: TestServer;
let two: TestServer;
beforeAll(async () => {
  [one, two] = await Promise.all([server("n0"), server("n1")]);
});
afterAll(() => Promise.all([one, two].map((running) => running[Symbol.asyncDispose]())));

const arrive = (running: TestServer, room: string, client: string): Promise<TestClient> =>
  TestClient.join(counter, running.url(`counter/${room}`), { client, token: client });

/** What it says of itself, once it says this. On a machine that is busy, the nodes may lose sight of each other for a moment. */
async function says(running: TestServer, expected: object): Promise<void> {
  let said: unknown;
  for (const deadlineMs = performance.now() + 10_000; !Bun.deepEquals(said, expected) && performance.now() < deadlineMs; )
    said = await (await fetch(running.http("/readyz"))).json();
  expect(said).toEqual(expected);
}

/** What moved on both while `run` ran. */
async function moved(run: () => Promise<void>): Promise<readonly Scraped[]> {
  const scrape = () => Promise.all([scraped(one.server), scraped(two.server)]);
  const before = await scrape();
  await run();
  const after = await scrape();
  return after.map((now, i) => grown(before[i] ?? {}, now));
}

test("one decides and the other follows: rooms of each, ops that are followed, and how late", async () => {
  const [ofOne, ofTwo] = await moved(async () => {
    const ada = await arrive(one, "followed", "ada");
    const ben = await arrive(two, "followed", "ben");
    for (let n = 1; n <= 3; n++) await ada.do({ type: "add", n });
    await ben.until(() => ben.rev === ada.rev, "all ops");
  });
  expect(ofOne).toMatchObject({ quorate_rooms_owned: 1, quorate_rooms_claimed_total: 1 });
  expect(ofOne?.["quorate_rooms_followed"]).toBeUndefined();
  expect(ofTwo).toMatchObject({ quorate_rooms_followed: 1 });
  expect(ofTwo?.["quorate_rooms_owned"]).toBeUndefined();
  const followed = ofTwo?.["quorate_ops_followed_total"] ?? 0;
  expect(followed).toBeGreaterThanOrEqual(4); // ben's join, three commands
  const batches = ofTwo?.["quorate_follow_lag_seconds_count"] ?? 0;
  expect(batches).toBeGreaterThanOrEqual(3);
  expect(batches).toBeLessThanOrEqual(followed);
  const meanSeconds = (ofTwo?.["quorate_follow_lag_seconds_sum"] ?? 0) / batches;
  expect(meanSeconds).toBeGreaterThan(0);
  expect(meanSeconds).toBeLessThan(5);
  expect(ofOne?.["quorate_follow_lag_seconds_count"]).toBeUndefined();
});

test("[L11] a user's connections are counted over both servers", async () => {
  const here = await Promise.all(["x", "y", "z"].map((room) => arrive(one, room, "eve")));
  let closing: unknown;
  for (let tries = 0; closing === undefined && tries < 1_000; tries++) {
    const there = new TestClient(counter, two.url(`counter/try-${tries}`), { client: "eve", token: "eve" });
    await there.until(() => there.isReady || there.closed !== undefined, "an answer");
    closing = there.of("closing")[0]?.payload;
    there.socket.close();
    await there.until(() => there.closed !== undefined, "the end");
  }
  expect(closing).toMatchObject({ code: "RESOURCE_EXHAUSTED", reason: "You have too many connections." });
  for (const client of here) client.socket.close();
});

test("[L12] the other one is cut off: it is not ready and says why; it is gone, and comes back", async () => {
  const ready = { ready: true, journal: "ok", draining: false, cluster: { others: 1, cutOff: false } };
  for (const running of [one, two]) await says(running, ready);
  const [ofOne, ofTwo] = await moved(async () => {
    log.net.cut("n1");
    await says(two, { ...ready, ready: false, cluster: { others: 1, cutOff: true } });
    await says(one, { ...ready, cluster: { others: 0, cutOff: false } });
    log.net.heal("n1");
    for (const running of [one, two]) await says(running, ready);
  });
  expect(ofOne?.["quorate_nodes_gone_total"]).toBeGreaterThanOrEqual(1);
  expect(ofTwo?.["quorate_away_total"]).toBeGreaterThanOrEqual(1);
});

test("the owner stops: the one that followed loses it, and takes its room", async () => {
  const ada = await arrive(one, "taken", "ada");
  const ben = await arrive(two, "taken", "ben");
  const before = await scraped(two.server);
  await one.server.stop();
  const owns = () => [...two.server.rooms].some(({ name, owner }) => name === "counter/taken" && owner !== undefined);
  await eventually(owns, "the other server to take the room");
  await ben.do({ type: "add", n: 1 });
  const by = grown(before, await scraped(two.server));
  expect(by["quorate_nodes_gone_total"]).toBeGreaterThanOrEqual(1);
  expect(by["quorate_owners_lost_total"]).toBeGreaterThanOrEqual(1);
  expect(by["quorate_rooms_claimed_total"]).toBeGreaterThanOrEqual(1);
  expect(by["quorate_rooms_owned"]).toBeGreaterThanOrEqual(1);
  expect(ada.closed).toMatchObject({ code: 1012 });
});
