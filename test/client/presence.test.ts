import { describe, expect, test } from "bun:test";
import { ann, ben, Script, stateOf } from "./scripted.ts";

const said = (script: Script) => script.socket.of("presence").map(({ state }) => state);
const others = (script: Script) => [...script.room.presence.others.values()].map(({ name, state }) => [name, state]);
const set = (script: Script, ...states: readonly (readonly [number, unknown])[]) =>
  script.socket.say("presence", { set: states, gone: [] });
const limits = { frameBytesMax: 65_536, commandBytesMax: 16_384, commandsPerSecond: 50, presencePerSecond: 10, pendingMax: 256 };

describe("[PRES-1] one's own", () => {
  test("goes at once, then as often as the server grants, the last one always", async () => {
    const script = await Script.live({}, { limits });
    for (let x = 0; x < 5; x++) script.room.presence.set({ x });
    expect(said(script)).toEqual([{ x: 0 }]);
    await script.pass(99);
    expect(said(script)).toEqual([{ x: 0 }]);
    await script.pass(1);
    expect(said(script)).toEqual([{ x: 0 }, { x: 4 }]);
    script.room.presence.set({ typing: true });
    expect(said(script)).toHaveLength(2);
    await script.pass(100);
    expect(said(script).slice(2)).toEqual([{ x: 4, typing: true }]);
    await script.pass(1_000);
    script.room.presence.set(null);
    expect(said(script).slice(3)).toEqual([null]);
    expect(script.room.presence.mine).toBeUndefined();
  });

  test("not more than 20 times a second, whatever the server grants", async () => {
    const script = await Script.live();
    script.room.presence.set({ x: 0 });
    script.room.presence.set({ x: 1 });
    await script.pass(49);
    expect(said(script)).toHaveLength(1);
    await script.pass(1);
    expect(said(script)).toHaveLength(2);
  });

  test("not before a welcome, and after each", async () => {
    const script = new Script();
    await script.pass(0);
    script.room.presence.set({ x: 1 });
    script.room.presence.set({ x: 2 });
    await script.hello();
    script.room.presence.set({ x: 3 });
    expect(said(script)).toEqual([]);
    script.socket.welcome({ recovered: "resumed" });
    expect(said(script)).toEqual([{ x: 3 }]);
    await script.pass(100);
    script.room.presence.set({ x: 4 });
    expect(said(script).at(-1)).toEqual({ x: 4 });
    await script.again();
    script.socket.welcome({ recovered: "resumed" });
    expect(said(script)).toEqual([{ x: 4 }]);
  });

  test("whoever listens to the room is told", async () => {
    const script = await Script.live();
    let changes = 0;
    script.room.subscribe(() => changes++);
    script.room.presence.set({ x: 1 });
    expect(changes).toBe(1);
    expect(script.room.presence.mine).toEqual({ x: 1 });
  });
});

describe("[PRES-2] the others'", () => {
  test("one's own comes back and is not among them; nor is anybody who is not in the roster", async () => {
    const script = await Script.live();
    set(script, [1, { x: 1 }], [2, { x: 2 }], [9, { x: 9 }]);
    expect(others(script)).toEqual([["ben", { x: 2 }]]);
    script.socket.delta(1, [[9, 0, { type: "participant.joined", user: "cyn", name: "Cyn", role: "member", who: 9, client: "c" }]]);
    expect(others(script)).toEqual([
      ["ben", { x: 2 }],
      ["Cyn", { x: 9 }],
    ]);
    script.socket.delta(2, [[2, 0, { type: "participant.left", user: "ben", who: 2 }]]);
    expect(others(script)).toEqual([["Cyn", { x: 9 }]]);
  });

  test("a new map after each change, and only then; whoever is as before keeps their object", async () => {
    const script = await Script.live();
    script.socket.say("snapshot", {
      epoch: "e1",
      rev: 1,
      reason: "asked",
      state: stateOf({}, { roster: [ann, ben, { ...ben, who: 3, user: "cyn" }] }),
    });
    set(script, [2, { x: 2 }], [3, { x: 3 }]);
    const before = script.room.presence.others;
    expect(script.room.presence.others).toBe(before);
    set(script, [1, { x: 9 }]);
    script.socket.say("presence", { set: [], gone: [7] });
    expect(script.room.presence.others).toBe(before);
    set(script, [2, { x: 5 }], [3, { x: 3 }]);
    const after = script.room.presence.others;
    expect(after).not.toBe(before);
    expect(before.get(2)?.state).toEqual({ x: 2 } as never);
    expect(after.get(2)?.state).toEqual({ x: 5 } as never);
    expect(after.get(3)).toBe(before.get(3) as never);
    script.socket.say("presence", { set: [], gone: [2] });
    expect([...script.room.presence.others.keys()]).toEqual([3]);
  });

  test("gone and there again in one frame is there", async () => {
    const script = await Script.live();
    set(script, [2, { x: 1 }]);
    script.socket.say("presence", { set: [[2, { x: 2 }]], gone: [2] });
    expect(others(script)).toEqual([["ben", { x: 2 }]]);
  });

  test("after another connection only what it tells; one's own number may be another one", async () => {
    const script = await Script.live();
    set(script, [2, { x: 2 }]);
    expect(others(script)).toHaveLength(1);
    await script.again();
    script.socket.welcome({ recovered: "resumed", who: 2 });
    expect(others(script)).toEqual([]);
    set(script, [1, { x: 1 }], [2, { x: 2 }]);
    expect(others(script)).toEqual([["ann", { x: 1 }]]);
  });
});
