/** All that can go wrong between three nodes, by chance, and what holds nevertheless. */
import { describe, expect, test } from "bun:test";
import { defaultNetTimes, type NodeId } from "../../src/cluster/port.ts";
import { random } from "../../src/testing/random.ts";
import { PausableClock, say } from "./nodes.ts";
import { type Node, World } from "./world.ts";

const { beatEveryMs, goneAfterMs } = defaultNetTimes;

describe("whatever happens between three nodes", () => {
  test("what is not delivered is told to both as lost; what is, comes once and in order; in the end everyone is here", async () => {
    const totals = { sent: 0, delivered: 0, gone: 0 };
    for (let seed = 1; seed <= 100; seed++) {
      const { faults, sent, delivered, gone } = await weather(seed);
      expect(faults, `seed ${seed}`).toEqual([]);
      totals.sent += sent;
      totals.delivered += delivered;
      totals.gone += gone;
    }
    const { sent, delivered, gone } = totals;
    expect([sent > 20_000, delivered > sent / 4, delivered < (sent * 3) / 4, gone > 200]).toEqual([true, true, true, true]);
  });
});

/** Cuts, pauses, losses, slow ways, by chance; then none any more. What was wrong, and how much there was of what. */
async function weather(seed: number) {
  const chance = random(seed);
  const world = new World();
  const names = ["a", "b", "c"];
  const clocks = new Map(names.map((name) => [name, new PausableClock(world.clock)]));
  const nodes = new Map<NodeId, Node>();
  for (const name of names) nodes.set(name, await world.join(name, clocks.get(name)));
  const one = (): string => names[Math.floor(chance() * names.length)] ?? "a";
  const counts = new Map<string, number>();
  /** The nth message of one node to another is `n`; the sender notes it, too. */
  const sendSome = (from: NodeId, to: NodeId) => {
    if (from === to) return;
    for (let times = 0; times < 1 + chance() * 5; times++) {
      const n = (counts.get(from + to) ?? 0) + 1;
      counts.set(from + to, n);
      nodes.get(from)?.told.push(`sent ${to} ${n}`);
      say((nodes.get(from) as Node).net, to, n);
    }
  };
  const mute = new Set<string>();
  let loss = 0;
  world.net.latencyMs = () => 1 + chance() * 50;
  world.net.loses = ({ from }, to) => mute.has(from + to) || (from !== to && chance() < loss);
  const clear = () => {
    loss = 0;
    mute.clear();
    for (const name of names) {
      world.net.heal(name);
      clocks.get(name)?.resume();
    }
  };
  const events: readonly (() => void)[] = [
    () => world.net.cut(one()),
    () => clocks.get(one())?.pause(),
    () => void mute.add(one() + one()),
    () => (loss = chance() / 2),
    clear,
    clear,
  ];
  for (let step = 0; step < 60; step++) {
    if (chance() < 0.5) events[Math.floor(chance() * events.length)]?.();
    for (let times = 0; times < 4; times++) sendSome(one(), one());
    await world.clock.advance(chance() * (chance() < 0.2 ? 2 * goneAfterMs : beatEveryMs));
  }
  clear();
  await world.beats(10);
  for (const from of names) for (const to of names) sendSome(from, to);
  await world.beats(1);

  const faults: string[] = world.troubles.map(String);
  let delivered = 0;
  for (const [to, { told, net }] of nodes) {
    if (net.others.size !== 2) faults.push(`${to} sees ${[...net.others.keys()]}`);
    for (const from of names) {
      if (from === to) continue;
      const senders = nodes.get(from)?.told ?? [];
      const arrived = new Set<number>();
      let last = 0;
      let isLost = false;
      for (const what of told) {
        if (what === `lost ${from}`) isLost = true;
        const n = Number(/^(\w) says (\d+)$/.exec(what)?.[1] === from ? what.split(" ")[2] : Number.NaN);
        if (Number.isNaN(n)) continue;
        if (n <= last) faults.push(`${to} got ${n} of ${from} after ${last}`);
        if (n > last + 1 && !isLost) faults.push(`${to} does not know that it lost ${last + 1} of ${from}`);
        last = n;
        isLost = false;
        arrived.add(n);
      }
      delivered += arrived.size;
      const count = counts.get(from + to) ?? 0;
      if (last !== count) faults.push(`the last of ${from} did not reach ${to}`);
      for (let n = 1; n <= count; n++)
        if (!arrived.has(n) && senders.lastIndexOf(`lost ${to}`) < senders.indexOf(`sent ${to} ${n}`))
          faults.push(`${from} does not know that ${to} did not get ${n}`);
    }
  }
  const gone = [...nodes.values()].flatMap(({ told }) => told.filter((what) => what.startsWith("gone"))).length;
  return { faults, sent: [...counts.values()].reduce((sum, count) => sum + count, 0), delivered, gone };
}
