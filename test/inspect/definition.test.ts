import { describe, expect, test } from "bun:test";
import { type AnyStateMachine, and, assign, createMachine, emit, fromPromise, not, raise, sendTo, setup, stateIn } from "xstate";
import { meeting as meetingRoom } from "../../examples/meeting/room.ts";
import { planningPoker } from "../../examples/planning-poker/room.ts";
import { whiteboard } from "../../examples/whiteboard/room.ts";
import { clientSync } from "../../machines/client-sync.ts";
import { connection } from "../../machines/connection.ts";
import { meeting } from "../../machines/meeting.ts";
import { room } from "../../machines/room.ts";
import { definitionOf } from "../../src/inspect/definition.ts";
import { guardText } from "../../src/room/guard-text.ts";
import type { GuardRef } from "../../src/room/guards.ts";
import { idsOf, shapeOf } from "./shape.ts";
import { zoo } from "./zoo.ts";

const machines: Readonly<Record<string, AnyStateMachine>> = {
  clientSync,
  connection,
  meeting,
  room,
  "the meeting's room type": meetingRoom.machine,
  "planning poker": planningPoker.machine,
  whiteboard: whiteboard.machine,
  ...zoo,
};

describe("[definition] the machine that is made from it has the same states and transitions", () => {
  for (const [name, machine] of Object.entries(machines))
    test(name, () => {
      const again = createMachine(JSON.parse(definitionOf(machine)));
      expect(idsOf(again)).toEqual(idsOf(machine));
      expect(shapeOf(again)).toEqual(shapeOf(machine));
      // And so on: names stay names.
      expect(definitionOf(again)).toBe(definitionOf(machine));
    });
});

test("[definition] canary: the comparison sees a target, a guard, an action, a reenter and a delay that differ", () => {
  const config = {
    id: "x",
    initial: "a",
    states: { a: { after: { 5: { target: "b", guard: "g", actions: "t", reenter: true } } }, b: {} },
  };
  const shape = JSON.stringify(shapeOf(createMachine(config)));
  const change = (from: string, to: string) => JSON.stringify(shapeOf(createMachine(JSON.parse(JSON.stringify(config).replace(from, to)))));
  expect(change('"target":"b"', '"target":"b"')).toBe(shape);
  for (const [from, to] of [
    ['"target":"b"', '"target":"a"'],
    ['"g"', '"h"'],
    ['"t"', '"u"'],
    ["true", "false"],
    ['"5"', '"6"'],
  ] as const)
    expect([from, change(from, to) === shape]).toEqual([from, false]);
});

test("[definition] made once for each machine", () => {
  expect(definitionOf(meeting)).toBe(definitionOf(meeting));
  const other = meeting.provide({});
  expect(definitionOf(other)).toBe(definitionOf(meeting));
});

test("[definition] targets are absolute, empty transitions forbid, unnamed logic says so", () => {
  expect(JSON.parse(definitionOf(zoo["wildcards, forbidden, reenter"] as AnyStateMachine))).toMatchObject({
    on: { "*": { target: "#w.b" }, "mouse.*": { target: "#w.c" }, "mouse.down": [], plain: { actions: ["ring"] } },
    states: { a: { on: { "*": {}, forbidden: {}, again: { target: "#w.a", reenter: true }, inner: { target: "#w.a.x", reenter: true } } } },
  });
  expect(JSON.parse(definitionOf(zoo["invokes"] as AnyStateMachine)).states.a.invoke).toEqual([
    {
      src: "load",
      id: "loader",
      onDone: { target: "#i.b" },
      onError: [
        { target: "#i.c", guard: { type: "isA" } },
        { target: "#i.a", reenter: true },
      ],
    },
    { src: "load", id: "1.i.a", onDone: { actions: ["ring"] } },
    { src: "(unnamed)", id: "2.i.a", onSnapshot: { actions: ["ring"] } },
  ]);
  expect(JSON.parse(definitionOf(zoo["actions"] as AnyStateMachine))).toMatchObject({
    entry: ["(assign)", "(unnamed)"],
    states: {
      one: { entry: ["(raise)", "(emit)", "(sendTo)"], exit: ["(assign)", "(enqueueActions)"] },
      three: { initial: { target: "four", actions: ["ring"] } },
    },
  });
  expect(JSON.parse(definitionOf(zoo["delays"] as AnyStateMachine)).states.a).toMatchObject({ entry: ["ring", "note"], exit: ["ring"] });
});

test("[definition] a combination of guards is one readable name", () => {
  const text = (guard: unknown) => guardText(guard as GuardRef);
  expect(text("isLive")).toBe("isLive");
  expect(text({ type: "isOver", params: { limit: 1 } })).toBe("isOver");
  expect(text(and(["isLive", not("isMuted")]))).toBe("isLive and not isMuted");
  expect(text(not(and(["a", "b"])))).toBe("not (a and b)");
  expect(text(and(["a", not(stateIn({ x: "y", z: {} }))]))).toBe("a and not (in x.y and in z)");
  expect(text(stateIn("#m.x"))).toBe("in #m.x");
  expect(text(and([() => true, "b"]))).toBe("(unnamed) and b");
});

test("[definition] no literal is in it, wherever one stands", () => {
  let planted = 0;
  const taint = () => `taint-${++planted}-taint`;
  const kit = setup({
    types: {
      context: {} as { secret: string },
      events: {} as { type: string },
      input: {} as { secret: string },
      output: {} as unknown,
      emitted: {} as { type: "said"; text: string },
    },
    guards: { isOver: (_, _params: { readonly limit: string }) => true },
    actions: { note: (_, _params: { readonly text: string }) => undefined },
    actors: { load: fromPromise<string, unknown>(() => Promise.resolve(taint())) },
  });
  const machine = kit.createMachine({
    id: "tainted",
    version: taint(),
    context: { secret: taint() },
    output: { secret: taint() },
    meta: { secret: taint() },
    initial: { target: "a", actions: { type: "note", params: { text: taint() } } },
    on: {
      go: {
        guard: { type: "isOver", params: { limit: taint() } },
        actions: [
          { type: "note", params: { text: taint() } },
          { type: "note", params: () => ({ text: taint() }) },
          kit.assign({ secret: taint() }),
          emit({ type: "said", text: taint() }),
          raise({ type: "x", text: taint() } as { type: string }, { delay: 1, id: taint() }),
          sendTo(taint(), { type: "x", text: taint() }),
          kit.log(taint()),
          kit.cancel(taint()),
          kit.stopChild(taint()),
          kit.spawnChild("load", { id: taint(), input: taint() }),
        ],
        meta: { secret: taint() },
      },
      or: { guard: and([not({ type: "isOver", params: { limit: taint() } }), ({ context }) => context.secret === "taint-in-code"]) },
    },
    states: {
      a: {
        meta: { secret: taint() },
        entry: { type: "note", params: { text: taint() } },
        exit: assign({ secret: taint() }),
        invoke: {
          src: "load",
          id: "load",
          input: { secret: taint() },
          onDone: { target: "b", actions: { type: "note", params: { text: taint() } }, meta: { secret: taint() } },
          onError: { guard: { type: "isOver", params: { limit: taint() } } },
        },
        always: { guard: { type: "isOver", params: { limit: taint() } }, actions: { type: "note", params: { text: taint() } } },
        after: { 1: { guard: { type: "isOver", params: { limit: taint() } }, actions: { type: "note", params: { text: taint() } } } },
      },
      b: { type: "final", output: () => ({ secret: "taint-in-code" }), meta: { secret: taint() } },
      c: { type: "final", output: { secret: taint() } },
    },
  });
  expect(JSON.stringify(machine.config)).toContain("taint");
  expect(planted).toBeGreaterThan(30);
  expect(definitionOf(machine)).not.toContain("taint-");
  expect(idsOf(createMachine(JSON.parse(definitionOf(machine))))).toEqual(idsOf(machine));
});
