/** What clients are told, and what is told of them, while their room goes from node to node. */
import { expect, test } from "bun:test";
import { arena, secretArena } from "../sim/arena.ts";
import type { Harness } from "../support/harness.ts";
import { Guest, House } from "./house.ts";

test("who is connected to another node is not away after a takeover", async () => {
  const house = await House.of(3, { types: [arena] });
  const [one, two, three] = [house.at(0), house.at(1), house.at(2)];
  for (const [node, client] of [
    [one, "ada"],
    [two, "ben"],
    [three, "cy"],
  ] as const)
    await node.join(node.room("arena"), client, {}, 200);
  house.cut("n0");
  await house.pass(5_000);
  const { committed } = two.room("arena");
  expect(Object.keys(committed?.domain.snapshot.context.away)).toEqual(["ada"]);
  expect(committed?.roster.map(({ user }) => user)).toEqual(["ada", "ben", "cy"]);
});

test("who is connected to a node that decides again is not away", async () => {
  const house = await House.of(2, { types: [arena] });
  const [one, two] = [house.at(0), house.at(1)];
  await one.join(one.room("arena"), "ada", {}, 200);
  await two.join(two.room("arena"), "ben", {}, 200);
  const awayAt = (node: Harness) => Object.keys(node.room("arena").committed?.domain.snapshot.context.away);
  house.cut("n0");
  await house.pass(4_000);
  expect(awayAt(two)).toEqual(["ada"]);
  house.cut("n1");
  house.heal("n0");
  await house.pass(3_000);
  expect(one.room("arena").owner).toBeDefined();
  expect(awayAt(one)).toEqual(["ben"]);
});

test("whose place the owner gave up has to come again, though their node does not hear of it", async () => {
  const house = await House.of(2);
  const [one, two] = [house.at(0), house.at(1)];
  const ada = await Guest.join(one, "ada");
  const ben = await Guest.join(two, "ben");
  house.log.net.cut("n1");
  await house.pass(15_000);
  expect(ben.socket.closed).toBeUndefined();
  await house.pass(5_000);
  expect(ada.room.committed?.roster.map(({ user }) => user)).toEqual(["ada"]);
  expect(ben.socket.of("closing")).toMatchObject([{ code: "UNAVAILABLE" }]);
});

test("[L9] whose join was lost takes nobody out who has their number by now", async () => {
  const house = await House.of(2);
  const [one, two] = [house.at(0), house.at(1)];
  const ada = await Guest.join(one, "ada");
  const ben = await Guest.join(two, "ben");
  house.log.cut("n1"); // it hears nothing of what follows
  house.log.net.cut("n1");
  await house.pass(20_000);
  const cy = await Guest.join(one, "cy");
  expect([ben.session.who, cy.session.who]).toEqual([2, 2]);
  house.cut("n0");
  house.heal("n1");
  await house.pass(6_000);
  expect(two.room("counter").owner).toBeDefined();
  expect(two.room("counter").committed?.roster.map(({ user }) => user)).toEqual(["ada", "cy"]);
  expect([ben.socket.closedBy, ada.socket.closed]).toEqual(["restart", undefined]);
});

test("[L6] an owner that was cut off takes nobody back to before what they have", async () => {
  const house = await House.of(3);
  const [one, two] = [house.at(0), house.at(1)];
  await Guest.join(one, "ada");
  const ben = await Guest.join(two, "ben");
  await Guest.join(house.at(2), "cy");
  house.cut("n0");
  await house.pass(4_000);
  for (let i = 0; i < 5; i++) await ben.add(1);
  const since = { epoch: "e", rev: ben.room.feed?.rev ?? 0 };
  expect(one.room("counter").owner, "it has not heard of it").toBeDefined();
  const back = await one.join(one.room("counter"), "ben", { nextSeq: 6, since }, 2_000);
  expect([back.of("welcome"), back.of("snapshot")]).toEqual([[], []]);
  expect(back.of("closing")).toMatchObject([{ code: "UNAVAILABLE" }]);
  house.heal("n0");
  await house.pass(8_000);
  const again = await one.join(one.room("counter"), "ben", { nextSeq: 6, since }, 500);
  expect(again.of("welcome")).toMatchObject([{ recovered: "resumed", acked: 5 }]);
});

test("[L4] [L10] a refusal whose word is lost is told with the op that bears it", async () => {
  const house = await House.of(2);
  await Guest.join(house.at(0), "ada");
  const ben = await Guest.join(house.at(1), "ben");
  let lost = 0;
  house.log.net.loses = (packet) => packet.type === "message" && packet.message.kind === "refused" && ++lost === 1;
  await ben.add(-1, 0);
  await ben.add(1, 100);
  expect([lost, ben.total]).toEqual([1, 1]);
  expect(ben.socket.of("refused")).toMatchObject([{ seq: 1, guard: "isPositive" }]);
  await house.pass(5_000);
  const acked = ben.socket.frames.findIndex(({ type, payload }) => type === "delta" && payload.acked >= 1);
  const refused = ben.socket.frames.findIndex(({ type }) => type === "refused");
  expect(acked === -1 || refused < acked).toBe(true);
});

test("[L10] a refusal that comes after one that was lost waits for it", async () => {
  const house = await House.of(2);
  await Guest.join(house.at(0), "ada");
  const ben = await Guest.join(house.at(1), "ben");
  let told = 0;
  house.log.net.loses = (packet) => packet.type === "message" && packet.message.kind === "refused" && ++told === 1;
  await ben.add(-1, 20);
  await ben.add(-2, 20);
  await house.pass(2_000);
  expect(told).toBeGreaterThan(2);
  expect(
    ben.socket
      .of("refused")
      .map(({ seq }) => seq)
      .slice(0, 2),
  ).toEqual([1, 2]);
});

test("[L8] who was a host in a history that is lost sees what they may see in the one that is left", async () => {
  const house = await House.of(2, { types: [secretArena] });
  const [one, two] = [house.at(0), house.at(1)];
  const [here, there] = [one.room("secret"), two.room("secret")];
  const host = await one.join(here, "u0", { role: "host" }, 200);
  await one.command(here, await one.join(here, "u2", {}, 200), 1, { type: "whisper", tag: "t1", text: "taint" });
  const guest = await two.join(there, "u1", {}, 200);
  const rev = there.feed?.rev ?? 0;
  await one.command(here, host, 1, { type: "crown", tag: "t2", user: "u1", isHost: true });
  const told = () => guest.frames.filter((frame) => JSON.stringify(frame).includes("taint of u2"));
  expect(told().length).toBeGreaterThan(0);
  guest.frames.length = 0;
  house.log.damage("secret/r", rev);
  house.cut("n0");
  await house.pass(5_000);
  expect(guest.of("snapshot")).toMatchObject([{ epoch: "e1", rev, reason: "otherEpoch" }]);
  expect(told()).toEqual([]);
});

test("[L4] [L10] a refusal that only a welcome told is known to the next owner", async () => {
  const house = await House.of(3);
  const [one, two, three] = [house.at(0), house.at(1), house.at(2)];
  const ben = await Guest.join(one, "ben");
  await Guest.join(three, "cy");
  await ben.add(-1);
  const moved = await Guest.join(two, "ben", { nextSeq: 2, openSeq: 1 });
  const known = [{ acked: 1, refused: [{ seq: 1, guard: "isPositive" }] }];
  expect(moved.socket.of("welcome")).toMatchObject(known);
  house.cut("n0");
  await house.pass(5_000);
  const back = await Guest.join(three, "ben", { nextSeq: 2, openSeq: 1 });
  expect(back.socket.of("welcome")).toMatchObject(known);
});
