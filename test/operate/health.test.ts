/** /livez is about the process, /readyz about whether clients should be sent here, and why not. */
import { expect, test } from "bun:test";
import { healthRoutes } from "../../src/gateway/health.ts";
import { memory } from "../../src/journal/memory.ts";
import { type Journal, JournalError } from "../../src/journal/port.ts";
import { LoopLag } from "../../src/operate/loop-lag.ts";
import { VirtualClock } from "../../src/testing/clock.ts";
import { House } from "../cluster/house.ts";
import { TestClient } from "../support/client.ts";
import { counter } from "../support/counter.ts";
import { eventually } from "../support/eventually.ts";
import { FaultyJournal } from "../support/faulty-journal.ts";
import { type TestServer, testServer } from "../support/server.ts";

const readyOf = async (running: TestServer) => {
  const response = await fetch(running.http("/readyz"));
  return [response.status, await response.json()];
};

test("[L12] /readyz tells a journal that fails and draining apart, and both at once", async () => {
  const journal = new FaultyJournal();
  await using running = await testServer({ rooms: [counter], journal: journal.factory(memory()) });
  expect(await readyOf(running)).toEqual([200, { ready: true, journal: "ok", draining: false }]);
  const ada = await TestClient.join(counter, running.url("counter/c"), { client: "a", token: "Ada" });
  journal.faults.push("held");
  ada.send({ type: "add", n: 1 });
  await eventually(() => journal.held.length === 1, "the append");
  const stopped = running.server.stop();
  expect(await readyOf(running)).toEqual([503, { ready: false, journal: "ok", draining: true }]);
  expect((await fetch(running.http("/livez"))).status).toBe(200);
  for (const go of journal.held.splice(0)) go();
  await stopped;
});

/** A server's routes on a journal whose probe is this. */
function routes(probe: Journal["probe"], isDraining = () => false) {
  const clock = new VirtualClock();
  const lag = new LoopLag(clock);
  const made = healthRoutes({ journal: { probe } as Journal, isDraining, clock, lag });
  const ready = async () => {
    const response = await made["/readyz"].GET();
    return [response.status, await response.json()];
  };
  return { clock, lag, ready, live: () => made["/livez"].GET() };
}

test("[L12] /readyz: while draining, too, a failing journal is told, by its code alone", async () => {
  const failures = [new JournalError("full", "/srv/data/rooms.db: the disk is full"), new JournalError("io", "x"), new Error("secret")];
  for (const [i, code] of ["full", "io", "other"].entries()) {
    const { ready } = routes(
      () => Promise.reject(failures[i]),
      () => true,
    );
    expect(await ready()).toEqual([503, { ready: false, journal: `failing: ${code}`, draining: true }]);
  }
});

test("[L12] /readyz does not hang with a disk that hangs, and asks it once at a time and once a second", async () => {
  const probes: (() => void)[] = [];
  const { clock, ready } = routes(() => new Promise((resolve) => probes.push(resolve)));
  const first = ready();
  await clock.advance(2_000);
  expect(await first).toEqual([503, { ready: false, journal: "failing: timeout", draining: false }]);
  await clock.advance(60_000);
  expect(await ready()).toEqual([503, { ready: false, journal: "failing: timeout", draining: false }]);
  expect(probes).toHaveLength(1);
  probes[0]?.();
  await clock.advance(1);
  const again = ready();
  expect(probes).toHaveLength(2);
  probes[1]?.();
  expect(await again).toEqual([200, { ready: true, journal: "ok", draining: false }]);
  await clock.advance(999);
  await ready();
  expect(probes).toHaveLength(2);
});

test("[L12] /readyz tells a node that is cut off from the others, with a journal that is ok, and how many it sees", async () => {
  const house = await House.of(3);
  const [{ node, journal, clock }, { log }] = [house.at(0), house];
  const made = healthRoutes({ journal, net: node?.net, isDraining: () => false, clock, lag: new LoopLag(clock) });
  const ready = async () => {
    const asked = made["/readyz"].GET();
    await clock.advance(0);
    const response = await asked;
    return [response.status, await response.json()];
  };
  const healthy = { ready: true, journal: "ok", draining: false, cluster: { others: 2, cutOff: false } };
  expect(await ready()).toEqual([200, healthy]);
  log.net.cut("n2");
  await house.pass(3_000);
  expect(await ready(), "it is another one that is cut off").toEqual([200, { ...healthy, cluster: { others: 1, cutOff: false } }]);
  log.net.cut("n0");
  await clock.advance(700);
  expect(await ready(), "others would not have missed it yet").toEqual([200, { ...healthy, cluster: { others: 1, cutOff: false } }]);
  await clock.advance(1_000);
  expect(await ready()).toEqual([503, { ...healthy, ready: false, cluster: { others: 1, cutOff: true } }]);
  log.cut("n0");
  await clock.advance(1_000); // the journal is asked again
  const both = made["/readyz"].GET();
  await clock.advance(2_000);
  expect(await (await both).json()).toMatchObject({ ready: false, journal: "failing: io", cluster: { cutOff: true } });
  log.heal("n0");
  log.net.heal("n0");
  log.net.heal("n2");
  await house.pass(3_000);
  expect(await ready()).toEqual([200, healthy]);
});

test("[L12] /readyz: a node that does not hear itself yet is not ready", async () => {
  const net = { others: new Map(), isAway: true };
  const clock = new VirtualClock();
  const journal = { probe: () => Promise.resolve() } as Journal;
  const made = healthRoutes({ journal, net, isDraining: () => false, clock, lag: new LoopLag(clock) });
  expect((await made["/readyz"].GET()).status).toBe(503);
});

test("[L11] /livez tells how late timers are, now and at most in the last 10 s", async () => {
  const { clock, lag, live } = routes(() => Promise.resolve());
  const told = async () => (await live().json()) as { loopLagMs: number; loopLagMsMax: number };
  expect(await told()).toEqual({ live: true, loopLagMs: 0, loopLagMsMax: 0 } as never);
  lag.start();
  await clock.advance(1_000);
  expect(await told()).toMatchObject({ loopLagMs: 0, loopLagMsMax: 0 });
  clock.freeze(600); // the timer was due after 100 of them
  expect(await told()).toMatchObject({ loopLagMs: 500, loopLagMsMax: 500 });
  await clock.advance(9_000);
  expect(await told()).toMatchObject({ loopLagMs: 0, loopLagMsMax: 500 });
  await clock.advance(20_000);
  expect(await told()).toMatchObject({ loopLagMs: 0, loopLagMsMax: 0 });
  lag.stop();
  expect(clock.pending).toBe(0);
});
