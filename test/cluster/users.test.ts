/** Limits per user hold over all nodes, as of a moment ago: on nets in memory and on a virtual clock. */
import { expect, test } from "bun:test";
import type { ToldUser, ToldUsers } from "../../src/cluster/messages.ts";
import { encode, type Packet } from "../../src/cluster/packets.ts";
import type { Limits } from "../../src/protocol/limits.ts";
import type { Harness } from "../support/harness.ts";
import { House } from "./house.ts";

/** A change is told after so long, and is then on its way. */
const toldMs = 300;

const plenty = { connectionsPerUserMax: 3, joinsBurst: 100, joinsPerSecond: 100 };

const isTold = (packet: Packet): boolean => packet.type === "message" && packet.message.kind === "users";

function admit({ users, clock }: Harness, user: string, times = 1): boolean[] {
  return Array.from({ length: times }, () => users.admit(user, clock.monotonic()).ok);
}

/** Comes and goes at once. */
function visit(node: Harness, user: string, times: number): boolean[] {
  return Array.from({ length: times }, () => {
    const [isIn = false] = admit(node, user);
    if (isIn) node.users.gone(user);
    return isIn;
  });
}

/** What nodes tell each other of their users from now on. `loses`: that of it vanishes. */
function overheard(house: House, loses: () => boolean = () => false): Packet[] {
  const heard: Packet[] = [];
  house.log.net.loses = (packet) => {
    if (!isTold(packet)) return false;
    heard.push(packet);
    return loses();
  };
  return heard;
}

const houseOf = async (count: number, limits: Partial<Limits>): Promise<[House, Harness, Harness]> => {
  const house = await House.of(count, { limits });
  await house.pass(1_000);
  return [house, house.at(0), house.at(1)];
};

test("[L11] a user has so many connections over all nodes, and whoever goes makes room on each", async () => {
  const [house, one, two] = await houseOf(2, plenty);
  expect(admit(one, "ada", 2)).toEqual([true, true]);
  await house.clock.advance(toldMs);
  expect(admit(two, "ada", 2)).toEqual([true, false]);
  expect(admit(two, "ben", 4)).toEqual([true, true, true, false]);
  await house.clock.advance(toldMs);
  expect([admit(one, "ada"), admit(one, "ben")]).toEqual([[false], [false]]);
  one.users.gone("ada");
  expect(admit(two, "ada"), "not told yet").toEqual([false]);
  await house.clock.advance(toldMs);
  expect(admit(two, "ada", 2)).toEqual([true, false]);
});

test("[L11] what changed is told once a while, and only that; nobody is told where nobody is", async () => {
  const [house, one] = await houseOf(2, { ...plenty, connectionsPerUserMax: 1_000, joinsBurst: 1_000 });
  admit(one, "cy");
  await house.pass(1_000);
  const heard = overheard(house);
  visit(one, "ada", 100);
  admit(one, "ben", 2);
  await house.pass(2_000);
  const ada: ToldUser = ["ada", 0, 100];
  const ben: ToldUser = ["ben", 2, 2];
  const told: ToldUsers = { kind: "users", anew: false, users: [ada, ben] };
  expect(heard).toMatchObject([{ type: "message", from: "n0", message: told }]);

  const alone = (await House.of(1, { limits: plenty })).at(0);
  const timers = alone.clock.pending;
  expect(admit(alone, "ada", 4)).toEqual([true, true, true, false]);
  expect(alone.clock.pending).toBe(timers);
});

test("[L11] a node that is gone frees its users' connections, and has them again when it is back", async () => {
  const [house, one, two] = await houseOf(3, plenty);
  admit(one, "ada", 3);
  await house.clock.advance(toldMs);
  expect(admit(two, "ada")).toEqual([false]);
  house.cut("n0");
  await house.pass(4_000);
  expect(admit(two, "ada", 2)).toEqual([true, true]);
  house.heal("n0");
  await house.pass(3_000);
  two.users.gone("ada");
  expect(admit(two, "ada"), "1 here and 3 there").toEqual([false]);
  for (const _ of [1, 2, 3]) one.users.gone("ada");
  await house.clock.advance(toldMs);
  expect(admit(two, "ada", 3)).toEqual([true, true, false]);
  await house.clock.advance(toldMs);
  expect(admit(house.at(2), "ada"), "the third node was told, too").toEqual([false]);
});

test("[L11] a node that stops frees its users' connections at once", async () => {
  const [house, one, two] = await houseOf(2, plenty);
  admit(one, "ada", 3);
  await house.clock.advance(toldMs);
  expect(admit(two, "ada")).toEqual([false]);
  await one.node?.stop();
  await house.clock.advance(10);
  expect(admit(two, "ada")).toEqual([true]);
  const heard = overheard(house);
  one.users.gone("ada");
  await house.pass(1_000);
  expect(
    heard.filter(({ from }) => from === "n0"),
    "it is silent",
  ).toEqual([]);
});

test("[L11] a node that begins is told who is where", async () => {
  const [house, one, two] = await houseOf(2, plenty);
  admit(one, "ada", 2);
  admit(two, "ada");
  await house.pass(10_000);
  const three = await house.start("n2");
  expect(admit(three, "ada")).toEqual([false]);
  one.users.gone("ada");
  await house.clock.advance(toldMs);
  expect(admit(three, "ada", 2)).toEqual([true, false]);
});

test("[L11] what was lost is told anew, also that somebody went", async () => {
  const [house, one, two] = await houseOf(2, plenty);
  admit(one, "ada", 3);
  await house.pass(1_000);
  let isLossy = true;
  const lost = overheard(house, () => isLossy);
  admit(one, "ben", 3);
  for (const _ of [1, 2, 3]) one.users.gone("ada");
  await house.clock.advance(toldMs);
  expect(lost).toHaveLength(1);
  isLossy = false;
  expect([admit(two, "ada"), admit(two, "ben")]).toEqual([[false], [true]]);
  two.users.gone("ben");
  await house.pass(2_000);
  expect([admit(two, "ada", 4), admit(two, "ben")]).toEqual([[true, true, true, false], [false]]);
});

test("[L11] 20,000 users are told in messages of 64 KiB at most, whatever script their ids are in, and none is left out", async () => {
  const [house, one, two] = await houseOf(2, { ...plenty, connectionsPerUserMax: 1 });
  const users = Array.from({ length: 20_000 }, (_, i) => `${i} ${"名".repeat(i % 100)}`);
  const heard = overheard(house);
  for (const user of users) admit(one, user);
  await house.clock.advance(toldMs);
  const news = heard.splice(0);
  const three = await house.start("n2");
  const all = heard.filter(({ from }) => from === "n0");
  for (const packets of [news, all]) {
    expect(packets.length).toBeGreaterThan(10);
    expect(Math.max(...packets.map((packet) => encode(packet).length))).toBeLessThanOrEqual(64 * 1024);
  }
  const anew = all.map((packet) => packet.type === "message" && (packet.message as unknown as ToldUsers).anew);
  expect(anew).toEqual(anew.map((_, i) => i === 0));
  for (const node of [two, three]) expect(users.filter((user) => node.users.admit(user, node.clock.monotonic()).ok)).toEqual([]);
});

test("[L11] a user comes so often, over all nodes; what both granted at the same moment is owed", async () => {
  const [house, one, two] = await houseOf(2, { joinsBurst: 5, joinsPerSecond: 1 });
  expect(visit(one, "ada", 3)).toEqual([true, true, true]);
  await house.clock.advance(toldMs);
  expect(visit(two, "ada", 3)).toEqual([true, true, false]);
  await house.pass(10_000);
  expect([...visit(one, "ada", 5), ...visit(two, "ada", 5)]).not.toContain(false);
  await house.clock.advance(toldMs);
  for (const { users, clock } of [one, two]) {
    const refused = users.admit("ada", clock.monotonic());
    expect(refused).toEqual({ ok: false, reason: "You come too often.", retryAfterMs: 6_000 - toldMs });
  }
  await house.clock.advance(6_000);
  expect(visit(one, "ada", 2)).toEqual([true, false]);
});
