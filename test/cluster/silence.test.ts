/** Who is gone, who only seems so, and who is cut off or stood still. */
import { describe, expect, test } from "bun:test";
import { defaultNetTimes } from "../../src/cluster/port.ts";
import { PausableClock, say } from "./nodes.ts";
import { World } from "./world.ts";

const { goneAfterMs, beatEveryMs } = defaultNetTimes;

describe("silence", () => {
  test("who is not heard of is gone; who is cut off says so of nobody, and hears of it when it is back", async () => {
    const world = new World();
    const [a, b] = await world.pair();
    const c = await world.join("c");
    for (const { told } of [a, b, c]) told.length = 0;
    world.net.cut("c");
    await world.clock.advance(goneAfterMs - beatEveryMs);
    expect([a.told, b.told]).toEqual([[], []]);
    await world.beats(2);
    expect([a.told, b.told, c.told]).toEqual([["gone c"], ["gone c"], []]);
    expect([...a.net.others.keys()]).toEqual(["b"]);
    say(c.net, "a", 1);
    await world.beats(20);
    expect(c.told).toEqual([]);
    expect([...c.net.others.keys()]).toEqual(["a", "b"]);
    world.net.heal("c");
    await world.beats(10);
    expect([a.told, b.told, c.told.toSorted()]).toEqual([
      ["gone c", "card c", "lost c"],
      ["gone c", "card c", "lost c"],
      ["back", "lost a", "lost b"],
    ]);
    say(c.net, "a", 2);
    await world.clock.advance(1);
    expect(a.told.at(-1)).toBe("c says 2");
  });

  test("a short cut is no reason to say anything but what was lost", async () => {
    const world = new World();
    const [a, b] = await world.pair();
    world.net.cut("b");
    await world.clock.advance(goneAfterMs / 4);
    say(a.net, "b", 1);
    world.net.heal("b");
    await world.beats(10);
    expect([a.told, b.told]).toEqual([["lost b"], ["lost a"]]);
  });

  test("two that cannot hear each other are gone for each other, and nobody else; each loss is told once", async () => {
    const world = new World();
    const [a, b] = await world.pair();
    const c = await world.join("c");
    for (const { told } of [a, b, c]) told.length = 0;
    for (let times = 1; times <= 2; times++) {
      world.net.loses = ({ from }, to) => [from, to].toSorted().join() === "a,b";
      await world.beats(10);
      expect([a.told, b.told, c.told]).toEqual([["gone b"], ["gone a"], []]);
      world.net.loses = () => false;
      await world.beats(10);
      expect([a.told, b.told, c.told]).toEqual([["gone b", "card b", "lost b"], ["gone a", "card a", "lost a"], []]);
      for (const { told } of [a, b]) told.length = 0;
    }
  });

  test("one that is held for gone, and does not know it, is told, each time", async () => {
    const world = new World();
    const [a, b] = await world.pair();
    for (let times = 1; times <= 3; times++) {
      world.net.loses = ({ from }, to) => from === "b" && to === "a";
      await world.beats(10);
      world.net.loses = () => false;
      await world.beats(5);
      expect([a.told, b.told]).toEqual([["gone b", "card b", "lost b"], ["lost a"]]);
      for (const { told } of [a, b]) told.length = 0;
    }
  });

  test("heard of again by a message: the card and the loss come before it", async () => {
    const world = new World();
    const [a, b] = await world.pair();
    world.net.loses = ({ from }, to) => from === "b" && to === "a";
    await world.beats(10);
    world.net.loses = () => false;
    a.net.listen("room");
    b.net.tellRoom("room", { kind: "say", text: "is ignored" });
    say(b.net, "a", 1);
    await world.clock.advance(2);
    expect([a.told, b.told]).toEqual([["gone b", "card b", "lost b", "b says 1"], ["lost a"]]);
  });

  test("messages count as heard, as beats do", async () => {
    const world = new World();
    const [a, b] = await world.pair();
    a.net.listen("room");
    world.net.loses = ({ type, from }, to) => type === "beat" && from === "b" && to === "a";
    for (let i = 0; i < 20; i++) {
      if (i < 10) say(b.net, "a", i);
      else b.net.tellRoom("room", { kind: "say", text: i });
      await world.clock.advance(goneAfterMs / 2);
    }
    expect(a.told).toHaveLength(20);
    await world.clock.advance(goneAfterMs);
    expect(a.told.at(-1)).toBe("gone b");
  });

  test("standing still: nobody is gone who is there, whoever is not is, after a while; `back` is told once", async () => {
    const world = new World();
    const clock = new PausableClock(world.clock);
    const a = await world.join("a", clock);
    const [b, c] = [await world.join("b"), await world.join("c")];
    for (const { told } of [a, b, c]) told.length = 0;
    clock.pause();
    await world.beats(5);
    world.net.cut("c");
    await world.beats(25);
    expect(b.told.toSorted()).toEqual(["gone a", "gone c"]);
    clock.resume();
    await world.clock.advance(5);
    expect(a.told).toEqual(["back", "lost b"]);
    await world.beats(10);
    expect(a.told).toEqual(["back", "lost b", "gone c"]);
    expect(b.told.slice(-2)).toEqual(["card a", "lost a"]);
    expect([...a.net.others.keys()]).toEqual(["b"]);
  });

  test("the whole world stands still: nobody is gone", async () => {
    const world = new World();
    const [a, b] = await world.pair();
    world.clock.freeze(10 * goneAfterMs);
    await world.beats(10);
    expect([a.told, b.told]).toEqual([["back"], ["back"]]);
    world.clock.freeze(goneAfterMs / 2);
    await world.beats(10);
    expect([a.told, b.told]).toEqual([["back"], ["back"]]);
  });

  test("standing still just after a beat, which is heard only then: the others have their time nevertheless", async () => {
    const world = new World();
    const [a, b] = await world.pair();
    let isSent = false;
    world.net.loses = ({ type, from }, to) => {
      isSent ||= type === "beat" && from === "a" && to === "a";
      return false;
    };
    world.net.latencyMs = ({ from }) => (from === "b" ? 50 : 10);
    while (!isSent) await world.clock.advance(1);
    world.clock.freeze(10 * goneAfterMs);
    await world.beats(10);
    expect([a.told, b.told]).toEqual([["back"], ["back"]]);
  });

  test("a node that was forgotten, and has not noticed, is talked to again", async () => {
    const world = new World();
    const [a, b] = await world.pair();
    say(a.net, "b", 1, 2, 3);
    world.net.loses = ({ from }, to) => from === "b" && to === "a";
    await world.beats(10);
    for (let i = 0; i < 1_000; i++) say(a.net, `nobody ${i}`, 1);
    world.net.loses = () => false;
    await world.beats(5);
    expect([a.told, b.told]).toEqual([
      ["gone b", "card b", "lost b"],
      ["a says 1", "a says 2", "a says 3", "lost a"],
    ]);
    const numbers: number[] = [];
    world.net.loses = (packet) => packet.type === "message" && numbers.push(packet.number) === 0;
    say(a.net, "b", 4);
    await world.beats(1);
    expect([a.told.at(-1), b.told.at(-1)]).toEqual(["lost b", "a says 4"]);
    expect(numbers).toEqual([1]); // counted anew
  });
});
