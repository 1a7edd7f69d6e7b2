/** What is lost between two nodes is told to both, once. */
import { describe, expect, test } from "bun:test";
import type { Packet } from "../../src/cluster/packets.ts";
import type { NodeId } from "../../src/cluster/port.ts";
import { VirtualClock } from "../../src/testing/clock.ts";
import { card, say } from "./nodes.ts";
import { lone, World } from "./world.ts";

const isMessage = (packet: Packet, from: NodeId, text: string | number): boolean =>
  packet.type === "message" && packet.from === from && packet.message["text"] === text;

describe("losses", () => {
  test("a hole is noticed at once, by both, once; then counting goes on", async () => {
    const world = new World();
    const [a, b] = await world.pair();
    world.net.loses = (packet) => isMessage(packet, "a", 2) || isMessage(packet, "a", 3);
    say(a.net, "b", 1, 2, 3, 4);
    await world.clock.advance(2);
    const told = [["lost b"], ["a says 1", "lost a", "a says 4"]];
    expect([a.told, b.told]).toEqual(told);
    say(a.net, "b", 5);
    await world.beats(10);
    expect([a.told, b.told]).toEqual([["lost b"], ["a says 1", "lost a", "a says 4", "a says 5"]]);
  });

  test("the last message is missed when two beats have told of it", async () => {
    const world = new World();
    const [a, b] = await world.pair();
    world.net.loses = (packet) => isMessage(packet, "a", 1);
    say(a.net, "b", 1);
    await world.beats(1);
    expect([a.told, b.told]).toEqual([[], []]);
    await world.beats(1);
    expect([a.told, b.told]).toEqual([["lost b"], ["lost a"]]);
    say(a.net, "b", 2);
    await world.beats(10);
    expect([a.told, b.told]).toEqual([["lost b"], ["lost a", "a says 2"]]);
  });

  test("a beat that comes before its messages is no loss", async () => {
    const clock = new VirtualClock(0, () => undefined);
    const { hear, told } = lone(clock);
    const sent = { b: 1 };
    hear({ type: "beat", from: "a", card, sent: {}, ask: false });
    hear({ type: "beat", from: "a", card, sent, ask: false });
    hear({ type: "message", from: "a", number: 1, message: { kind: "say", text: 1 } });
    hear({ type: "beat", from: "a", card, sent: { b: 2 }, ask: false });
    expect(told).toEqual(["card a", "a says 1"]);
    hear({ type: "beat", from: "a", card, sent: { b: 2 }, ask: false });
    expect(told).toEqual(["card a", "a says 1", "lost a"]);
  });

  test("what comes twice, or late, is dropped; it is no loss", () => {
    const { hear, told } = lone(new VirtualClock());
    hear({ type: "beat", from: "a", card, sent: { b: 0 }, ask: false });
    for (const number of [1, 1, 2, 4, 3, 2, 4, 5]) hear({ type: "message", from: "a", number, message: { kind: "say", text: number } });
    expect(told).toEqual(["card a", "a says 1", "a says 2", "lost a", "a says 4", "a says 5"]);
  });

  test("both ways at once: each is told once", async () => {
    const world = new World();
    const [a, b] = await world.pair();
    world.net.loses = ({ type }) => type === "message";
    say(a.net, "b", 1, 2);
    say(b.net, "a", 1);
    await world.clock.advance(10);
    world.net.loses = () => false;
    say(a.net, "b", 3);
    say(b.net, "a", 3);
    await world.beats(10);
    expect([a.told, b.told]).toEqual([
      ["lost b", "b says 3"],
      ["lost a", "a says 3"],
    ]);
  });

  test("a later loss is told again, also right after the one before", async () => {
    const world = new World();
    const [a, b] = await world.pair();
    world.net.loses = (packet) => isMessage(packet, "a", 1) || isMessage(packet, "a", 3);
    for (const text of [1, 2, 3, 4]) {
      say(a.net, "b", text);
      await world.clock.advance(2);
    }
    expect([a.told, b.told]).toEqual([
      ["lost b", "lost b"],
      ["lost a", "a says 2", "lost a", "a says 4"],
    ]);
  });

  test("two losses that are known before the first is told are one", async () => {
    const world = new World();
    const [a, b] = await world.pair();
    world.net.loses = (packet) => isMessage(packet, "a", 1) || isMessage(packet, "a", 3);
    say(a.net, "b", 1, 2, 3, 4);
    await world.beats(5);
    expect([a.told, b.told]).toEqual([["lost b"], ["lost a", "a says 2", "lost a", "a says 4"]]);
  });

  test("what tells of a loss may be lost itself", async () => {
    const world = new World();
    const [a, b] = await world.pair();
    let lostNotices = 0;
    world.net.loses = (packet) => isMessage(packet, "a", 1) || (packet.type === "lost" && ++lostNotices === 1);
    say(a.net, "b", 1, 2);
    await world.clock.advance(5);
    expect(a.told).toEqual([]);
    await world.beats(3);
    expect([a.told, b.told]).toEqual([["lost b"], ["lost a", "a says 2"]]);
  });

  test("what comes before the first beat is lost, and told", async () => {
    const world = new World();
    const a = await world.join("a");
    world.net.loses = (packet, to) => packet.type === "beat" && packet.from === "a" && to === "b";
    const b = await world.join("b");
    say(a.net, "b", 1);
    await world.clock.advance(1);
    expect([a.told, b.told]).toEqual([["card b"], []]);
    world.net.loses = () => false;
    await world.beats(1);
    expect([a.told, b.told]).toEqual([
      ["card b", "lost b"],
      ["card a", "lost a"],
    ]);
  });

  test("a message to nobody is missed once somebody is there", async () => {
    const world = new World();
    const a = await world.join("a");
    say(a.net, "b", 1);
    const b = await world.join("b");
    await world.beats(2);
    expect([a.told, b.told]).toEqual([
      ["card b", "lost b"],
      ["card a", "lost a"],
    ]);
  });

  test("what is no packet is told, and dropped", () => {
    const { wire, hear, told, troubles } = lone(new VirtualClock());
    hear({ type: "beat", from: "a", card, sent: {}, ask: false });
    const texts = [
      "",
      "hello",
      "null",
      "[]",
      '{"type":"bye"}',
      '{"type":"no","from":"a"}',
      '{"type":"message","from":"a","number":1,"message":{}}',
    ];
    for (const text of texts) wire.onData(new TextEncoder().encode(text));
    wire.onData(new Uint8Array([0xff, 0xfe]));
    expect(troubles).toHaveLength(texts.length + 1);
    hear({ type: "message", from: "a", number: 1, message: { kind: "say", text: 1 } });
    expect(told).toEqual(["card a", "a says 1"]);
  });
});
