/** Presence of clients on several nodes, whatever becomes of the words between them, and whenever they come. */
import { expect, test } from "bun:test";
import type { Packet } from "../../src/cluster/packets.ts";
import { Guest, House } from "./house.ts";

/** Who is where, as a client was told: number → state. */
function seen({ socket }: Guest): Map<number, unknown> {
  const states = new Map<number, unknown>();
  for (const { set, gone } of socket.of("presence")) {
    for (const who of gone as number[]) states.delete(who);
    for (const [who, state] of set as [number, unknown][]) states.set(who, state);
  }
  return states;
}

const say = ({ room, session }: Guest, x: number) => room.ingress.presence(session, { x }, 10);
const tellsPresence = (packet: Packet) => packet.type === "room" && packet.message.kind === "presence";

test("[L9] a word that overtakes its client's join counts after it, not before", async () => {
  const house = await House.of(2);
  const ada = await Guest.join(house.at(0), "ada");
  const ben = await Guest.join(house.at(1), "ben");
  house.log.liveAfterMs = () => 600;
  const cy = await Guest.join(house.at(0), "cy");
  say(cy, 7);
  await house.clock.advance(200);
  expect([seen(ada).get(3), seen(ben).get(3)]).toEqual([{ x: 7 }, undefined]);
  await house.clock.advance(600);
  expect(ben.socket.frames.map(({ type }) => type).slice(-2)).toEqual(["delta", "presence"]);
  expect(seen(ben).get(3)).toEqual({ x: 7 });
});

test("[L9] a late word of who has left is not shown as the next one's", async () => {
  const house = await House.of(3);
  await Guest.join(house.at(0), "ada");
  const ben = await Guest.join(house.at(1), "ben");
  const cy = await Guest.join(house.at(2), "cy");
  house.log.net.latencyMs = (packet, to) => (packet.from === "n1" && to === "n2" ? 900 : 1);
  say(ben, 7);
  await house.clock.advance(100);
  ben.room.sessions.bye(ben.session);
  await house.clock.advance(100);
  const dee = await Guest.join(house.at(0), "dee");
  expect(dee.socket.of("welcome")).toMatchObject([{ who: 2 }]);
  await house.pass(3_000);
  expect(cy.socket.of("presence").flatMap(({ set }) => set)).toEqual([]);
});

test("[L14] presence of who has left goes with the log, though that word is lost", async () => {
  const house = await House.of(2);
  const ada = await Guest.join(house.at(0), "ada");
  const ben = await Guest.join(house.at(1), "ben");
  say(ada, 1);
  await house.pass(1_000);
  expect(seen(ben).get(1)).toEqual({ x: 1 });
  house.log.net.loses = tellsPresence;
  ada.room.sessions.bye(ada.session);
  await house.pass(1_000);
  expect(seen(ben).get(1)).toBeUndefined();
});

test("words that were lost are said again", async () => {
  const house = await House.of(2);
  const ada = await Guest.join(house.at(0), "ada");
  const ben = await Guest.join(house.at(1), "ben");
  house.log.net.loses = tellsPresence;
  say(ada, 1);
  say(ben, 2);
  await house.pass(1_000);
  house.log.net.loses = () => false;
  expect([seen(ada).get(2), seen(ben).get(1)]).toEqual([undefined, undefined]);
  await house.pass(12_000);
  expect([seen(ada).get(2), seen(ben).get(1)]).toEqual([{ x: 2 }, { x: 1 }]);
  const told = ada.socket.of("presence").length;
  await house.pass(30_000);
  expect(ada.socket.of("presence"), "what is only said again is no news").toHaveLength(told);
});

test("a takeover takes nobody's presence away but of those that are gone", async () => {
  const house = await House.of(3);
  const ada = await Guest.join(house.at(0), "ada");
  const [ben, cy] = [await Guest.join(house.at(1), "ben"), await Guest.join(house.at(2), "cy")];
  for (const [i, guest] of [ada, ben, cy].entries()) say(guest, i);
  await house.pass(1_000);
  house.cut("n0");
  await house.pass(5_000);
  const left = new Map([
    [2, { x: 1 }],
    [3, { x: 2 }],
  ]);
  expect([seen(ben), seen(cy)]).toEqual([left, left]);
});

test("presence of a dead node's clients goes with the node, not when all is said again", async () => {
  const house = await House.of(2);
  const ada = await Guest.join(house.at(0), "ada");
  const ben = await Guest.join(house.at(1), "ben");
  await house.pass(8_000); // by now all was said again
  say(ben, 7);
  await house.pass(1_000);
  expect(seen(ada).get(2)).toEqual({ x: 7 });
  house.cut("n1");
  await house.pass(3_000);
  expect(seen(ada).get(2)).toBeUndefined();
});

test("what the last page said, on another node, does not stay", async () => {
  const house = await House.of(2);
  const ada = await Guest.join(house.at(0), "ada");
  const ben = await Guest.join(house.at(1), "ben");
  say(ben, 7);
  await house.pass(1_000);
  expect(seen(ada).get(2)).toEqual({ x: 7 });
  const back = await Guest.join(house.at(0), "ben", { nextSeq: 1 });
  await house.pass(1_000);
  expect([seen(ada).get(2), seen(back).get(2)]).toEqual([undefined, undefined]);
});

test("[L14] whose place was given up while their node was cut off is shown no more, though its new owner's word is lost", async () => {
  const house = await House.of(2, { limits: { faultBackoffMaxMs: 1_000 } });
  const ada = await Guest.join(house.at(0), "ada");
  const ben = await Guest.join(house.at(1), "ben");
  house.cut("n0");
  await ada.add(1); // so that the room has to be loaded again
  await house.pass(25_000);
  expect(ben.room.owner?.committed.roster).toMatchObject([{ user: "ben" }]);
  house.log.net.loses = (packet) => packet.type === "message" && packet.message["kind"] === "attach";
  house.heal("n0");
  await house.pass(3_000);
  expect([ada.room.link?.owner, ada.socket.closedBy]).toEqual(["n1", "restart"]);
});

test("[L9] who has another number since history was lost comes again, and is shown under that one", async () => {
  const house = await House.of(3);
  const ada = await Guest.join(house.at(0), "ada");
  const join = async () => [await Guest.join(house.at(1), "ben"), await Guest.join(house.at(2), "cy")] as const;
  for (const { room, session } of [...(await join())].reverse()) room.sessions.bye(session);
  await house.pass(1_000);
  const cy = await Guest.join(house.at(2), "cy");
  const ben = await Guest.join(house.at(1), "ben");
  expect([ben, cy].map(({ session }) => session.who)).toEqual([3, 2]);
  say(ben, 3);
  say(cy, 2);
  await house.pass(1_000);
  house.log.damage(ada.room.name, 3);
  house.cut("n0");
  await house.pass(5_000);
  expect([ben.room, cy.room].filter(({ owner }) => owner !== undefined)).toHaveLength(1);
  expect([ben.socket.closedBy, cy.socket.closedBy]).toEqual(["restart", "restart"]);
  const again = await join();
  for (const guest of again) say(guest, guest.session.who);
  await house.pass(1_000);
  expect(again.map(({ socket }) => socket.of("welcome")[0]?.["who"])).toEqual([2, 3]);
  const both = new Map([2, 3].map((x) => [x, { x }]));
  expect(again.map(seen)).toEqual([both, both]);
});
