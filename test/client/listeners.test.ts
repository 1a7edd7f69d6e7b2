/** Who hears of what, when, and for how long. */
import { describe, expect, spyOn, test } from "bun:test";
import { Script, stateOf } from "./scripted.ts";

const add = (n: number) => ({ type: "add", n }) as const;
const bens = (seq: number, n: number) => [2, seq, add(n)] as const;

describe("a listener", () => {
  test("hears no more once it stopped, and stopping one stops no other", async () => {
    const script = await Script.live();
    const heard: string[] = [];
    const stop = script.room.on("op", () => heard.push("first"));
    script.room.on("op", () => heard.push("second"));
    script.socket.delta(1, [bens(1, 1)]);
    stop();
    stop();
    script.socket.delta(2, [bens(2, 1)]);
    expect(heard).toEqual(["first", "second", "second"]);
  });

  test("that comes while others are told hears of the next thing", async () => {
    const script = await Script.live();
    const heard: number[] = [];
    const stop = script.room.on("op", () => {
      stop();
      script.room.on("op", ({ rev }) => heard.push(rev));
    });
    script.socket.delta(1, [bens(1, 1)]);
    expect(heard).toEqual([]);
    script.socket.delta(2, [bens(2, 1)]);
    expect(heard).toEqual([3]);
  });

  test("that throws is printed; the frame is worked off, and the others hear of it", async () => {
    const script = await Script.live();
    using printed = spyOn(console, "error").mockImplementation(() => undefined);
    const heard: number[] = [];
    script.room.on("op", () => {
      throw new Error("mine");
    });
    script.room.on("op", ({ rev }) => heard.push(rev));
    script.socket.delta(1, [bens(1, 1), bens(2, 1)]);
    expect(heard).toEqual([2, 3]);
    expect(printed.mock.calls).toEqual([[new Error("mine")], [new Error("mine")]]);
    expect(script.status).toBe("live");
  });

  test("of an op is told when the room shows it already, and whether it is live", async () => {
    const script = await Script.live();
    const heard: unknown[] = [];
    script.room.on("op", ({ rev, at, event, live }) =>
      heard.push([rev, at, event, live, script.room.rev, script.room.state.context.total]),
    );
    script.socket.delta(1, [bens(1, 2)]);
    await script.again();
    script.socket.welcome({ rev: 3, recovered: "resumed" });
    script.socket.delta(2, [[2, 2, add(3), 7]]);
    expect(heard).toEqual([
      [2, 1_000, add(2), true, 2, 2],
      [3, 1_007, add(3), false, 3, 5],
    ]);
  });

  test("[DELTA-7] of a cue is told once, after the state", async () => {
    const script = await Script.live();
    const heard: unknown[] = [];
    script.room.on("cue", (cue) => heard.push([cue, script.room.state.context.holder]));
    const cue = { type: "taken", by: "ben" } as const;
    script.socket.delta(1, [[2, 1, { type: "take" }]], { cues: [cue] });
    expect(heard).toEqual([[cue, "ben"]]);
  });
});

describe("a selection", () => {
  test("works its value out once per state, and is told when it changes, each time", async () => {
    const script = await Script.live();
    let runs = 0;
    const isEven = script.room.select(({ context }) => {
      runs++;
      return context.total % 2 === 0;
    });
    const told: boolean[] = [];
    const stop = isEven.subscribe((value) => told.push(value));
    expect([isEven.value, isEven.value, runs]).toEqual([true, true, 1]);
    script.socket.say("presence", { set: [], gone: [] });
    expect(runs).toBe(1);
    for (const [i, n] of [1, 1, 2].entries()) script.socket.delta(i + 1, [bens(i + 1, n)]);
    expect(told).toEqual([false, true]);
    script.socket.delta(4, [bens(4, 1)]);
    script.socket.delta(5, [bens(5, 2)]);
    expect(told).toEqual([false, true, false]);
    stop();
    script.socket.delta(6, [bens(6, 1)]);
    expect(told).toHaveLength(3);
  });

  test("by a rule of its own keeps the first of all values that the rule calls equal", async () => {
    const script = await Script.live();
    const tens = script.room.select(
      ({ context }) => ({ total: context.total }),
      (a, b) => Math.floor(a.total / 10) === Math.floor(b.total / 10),
    );
    const first = tens.value;
    script.socket.delta(1, [bens(1, 9)]);
    expect(tens.value).toBe(first);
    script.socket.delta(2, [bens(2, 1)]);
    expect(tens.value).toEqual({ total: 10 });
  });
});

test("what did not change keeps its reference: state, pending, me, connection, roster, the others", async () => {
  const script = await Script.live();
  script.room.send(add(1));
  script.room.send(add(2));
  script.socket.say("presence", { set: [[2, { x: 1 }]], gone: [] });
  const { state, pending, me, connection, roster, presence } = script.room;
  const { others } = presence;
  script.socket.say("pong", { rev: 1 });
  script.socket.snapshot(1);
  expect([script.room.state.context, script.room.pending, script.room.me, script.room.connection, presence.others]).toEqual([
    state.context,
    pending,
    me as never,
    connection,
    others,
  ]);
  expect(script.room.state.context).toBe(state.context);
  expect(script.room.pending).toBe(pending);
  expect(script.room.me).toBe(me as never);
  expect(script.room.connection).toBe(connection);
  expect(roster.size).toBe(2);
  script.socket.delta(1, [[1, 1, add(1)]]);
  expect(script.room.roster).toBe(script.room.roster);
  expect(script.room.pending).not.toBe(pending);
  expect(script.room.pending[0]).toBe(pending[1] as never);
  script.socket.end();
  expect(script.room.connection).not.toBe(connection);
  expect(script.room.me).toBe(me as never);
});

test("a command whose prediction changes is another one in the list", async () => {
  const script = await Script.live();
  script.room.send({ type: "take" });
  const [before] = script.room.pending;
  expect(before).toMatchObject({ predicted: true });
  script.socket.delta(1, [[2, 1, { type: "take" }]]);
  expect(script.room.pending[0]).toEqual({ ...before, predicted: false } as never);
  expect(before).toMatchObject({ predicted: true });
  script.socket.snapshot(2, { state: stateOf() });
  expect(script.room.pending[0]).toMatchObject({ predicted: true });
});
