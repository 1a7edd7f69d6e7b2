/** Coming, going, and talking: the same code as on NATS, in one process. */
import { describe, expect, test } from "bun:test";
import { encode } from "../../src/cluster/packets.ts";
import { defaultNetTimes } from "../../src/cluster/port.ts";
import { random } from "../../src/testing/random.ts";
import { card, listener, say } from "./nodes.ts";
import { type Node, World } from "./world.ts";

const { beatEveryMs } = defaultNetTimes;

describe("starting and stopping", () => {
  test("everyone answers at once, and is known before the start is over, well within a second", async () => {
    const world = new World();
    const [a, b] = [await world.join("a"), await world.join("b")];
    const c = listener();
    const net = world.net.join("c", { onTrouble: fail });
    let isStarted = false;
    const started = net.start(c.events, { types: { meeting: 2 }, draining: true }).then(() => {
      isStarted = true;
    });
    await world.clock.advance(3);
    expect(c.told.toSorted()).toEqual(["card a", "card b"]);
    expect([a.told, b.told]).toEqual([
      ["card b", "card c"],
      ["card a", "card c"],
    ]);
    await world.clock.advance(beatEveryMs);
    expect(isStarted).toBe(false);
    await world.clock.advance(200);
    await started;
    expect([...net.others]).toEqual([
      ["a", card],
      ["b", card],
    ]);
    expect(a.net.others.get("c")).toEqual({ types: { meeting: 2 }, draining: true });
    await world.beats(20);
    expect([a.told, b.told, c.told].map(({ length }) => length)).toEqual([2, 2, 2]);
  });

  test("cut off, it is not over before it is connected", async () => {
    const world = new World();
    await world.join("a");
    world.net.cut("b");
    const b = listener();
    let isStarted = false;
    const started = world.net
      .join("b", { onTrouble: fail })
      .start(b.events, card)
      .then(() => {
        isStarted = true;
      });
    await world.beats(20);
    expect([isStarted, b.told]).toEqual([false, []]);
    world.net.heal("b");
    await world.beats(3);
    await started;
    expect(b.told).toEqual(["card a"]); // no `back`: it was never there
  });

  test("a goodbye is heard at once, and nothing of the node after it; it leaves no timer", async () => {
    const world = new World();
    const [a, b] = await world.pair();
    await b.net.stop();
    await world.clock.advance(1);
    expect(a.told).toEqual(["gone b"]);
    expect(a.net.others.size).toBe(0);
    say(b.net, "a", 1);
    b.net.setCard({ types: {}, draining: true });
    say(a.net, "b", 1);
    const c = await world.join("c");
    b.net.setCard(card);
    await world.beats(20);
    expect([a.told, b.told, c.told]).toEqual([["gone b", "card c"], [], ["card a"]]);
    for (const { net } of [a, c]) await net.stop();
    await world.beats(1);
    expect(world.clock.pending).toBe(0);
  });

  test("a card that has changed is told at once, and once", async () => {
    const world = new World();
    const [a, b] = await world.pair();
    b.net.setCard({ ...card, draining: true });
    await world.clock.advance(1);
    expect([a.told, b.told]).toEqual([["card b"], []]);
    expect(a.net.others.get("b")).toEqual({ ...card, draining: true });
    b.net.setCard({ ...card, draining: true });
    await world.beats(5);
    expect(a.told).toEqual(["card b"]);
  });
});

describe("messages", () => {
  test("reach the one they are for, in order, whatever each takes", async () => {
    const world = new World();
    const chance = random(1);
    const [a, b] = await world.pair();
    const c = await world.join("c");
    world.net.latencyMs = () => chance() * 200;
    const numbers = Array.from({ length: 100 }, (_, i) => i);
    say(a.net, "b", ...numbers);
    say(b.net, "a", ...numbers);
    await world.beats(5);
    expect(b.told).toEqual(["card c", ...numbers.map((n) => `a says ${n}`)]);
    expect(a.told).toEqual(["card c", ...numbers.map((n) => `b says ${n}`)]);
    expect(c.told).toEqual(["card a", "card b"]);
  });

  test("one that is sent as soon as somebody is heard of arrives, and after its sender is known", async () => {
    const world = new World();
    const a: Node = await world.join("a", undefined, (what) => what === "card b" && say(a.net, "b", "hello"));
    const b = await world.join("b");
    expect(b.told).toEqual(["card a", "a says hello"]);
    expect(a.told).toEqual(["card b"]);
  });

  test("what is said in a room reaches those that listen, never oneself; its loss is nobody's matter", async () => {
    const world = new World();
    const [a, b] = await world.pair();
    const c = await world.join("c");
    for (const { net } of [a, b]) net.listen("room");
    c.net.listen("another");
    a.net.tellRoom("room", { kind: "say", text: 1 });
    await world.clock.advance(1);
    world.net.loses = ({ type }) => type === "room";
    a.net.tellRoom("room", { kind: "say", text: 2 });
    world.net.loses = () => false;
    await world.beats(5);
    b.net.unlisten("room");
    a.net.tellRoom("room", { kind: "say", text: 3 });
    b.net.listen("room");
    a.net.tellRoom("room", { kind: "say", text: 4 });
    b.net.unlisten("room");
    await world.beats(5);
    expect([a.told, b.told, c.told]).toEqual([["card c"], ["card c", "a says 1 in room"], ["card a", "card b"]]);
  });

  test("a handler that throws is told of, and stops nothing", async () => {
    const world = new World();
    const a = await world.join("a");
    const b = await world.join("b", undefined, (what) => {
      throw new Error(`no ${what}`);
    });
    b.net.listen("room");
    say(a.net, "b", 1, 2);
    a.net.tellRoom("room", { kind: "say", text: 3 });
    await a.net.stop();
    await world.beats(1);
    const heard = ["card a", "a says 1", "a says 2", "a says 3 in room", "gone a"];
    expect(b.told).toEqual(heard);
    expect(world.troubles).toEqual(heard.map((what) => new Error(`no ${what}`)));
  });

  test("one that is too big is its sender's fault, and nobody misses it; so is one to oneself", async () => {
    const world = new World();
    const [a, b] = await world.pair();
    a.net.listen("room");
    const text = "x".repeat(1024 * 1024);
    expect(() => say(a.net, "b", text)).toThrow("1048576 are the most");
    expect(() => a.net.tellRoom("room", { kind: "say", text })).toThrow("1048576 are the most");
    expect(() => say(a.net, "a", 1)).toThrow("itself");
    say(a.net, "b", 1);
    await world.beats(5);
    expect([a.told, b.told]).toEqual([[], ["a says 1"]]);
  });

  test("rooms add nothing to the beats", async () => {
    const world = new World();
    const [a, b] = await world.pair();
    const lengths = new Set<number>();
    world.net.loses = (packet) => {
      if (packet.type === "beat") lengths.add(encode(packet).length);
      return false;
    };
    await world.beats(2);
    for (let i = 0; i < 1_000; i++) {
      a.net.listen(`room ${i}`);
      b.net.tellRoom(`room ${i}`, { kind: "say", text: i });
    }
    await world.beats(2);
    expect(a.told).toHaveLength(1_000);
    expect(lengths.size).toBe(1);
  });
});

function fail(error: unknown): void {
  throw error;
}
