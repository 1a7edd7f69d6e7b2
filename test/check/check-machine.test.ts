import { expect, test } from "bun:test";
import * as v from "valibot";
import { assign, fromPromise } from "xstate";
import { meeting } from "../../src/meeting/room.ts";
import { checkMachine } from "../../src/testing/index.ts";
import { board } from "../support/board.ts";
import { brokenRoom, goAndBack } from "./broken-room.ts";

const codes = (...args: Parameters<typeof checkMachine>) => checkMachine(...args).findings.map(({ code }) => code);

test("[check] the meeting is clean: every state is reached, every command is accepted from somebody", () => {
  const report = checkMachine(meeting);
  expect(report.findings).toEqual([]);
  expect(Object.keys(report.acceptedFrom)).toEqual(Object.keys(meeting.commands));
  expect(Object.entries(report.acceptedFrom).filter(([, roles]) => roles.length === 0)).toEqual([]);
  expect(report.acceptedFrom).toMatchObject({ "meeting.start": ["host"], "floor.give": ["host", "cohost"] });
  expect(report.table.find(({ command, states }) => command === "floor.take" && states.includes("phase.lobby"))).toMatchObject({
    cells: { host: "The meeting has not started yet.", observer: "Observers may only watch." },
  });
});

test("[check] canary: who does not explore does not say that all is well", () => {
  const bounds = { statesMax: 0 };
  const found = codes(meeting, { bounds });
  expect(found.filter((code) => code === "never-accepted")).toHaveLength(Object.keys(meeting.commands).length);
  expect(found).toContain("never-reached");
});

test("[check] two runs give the same, and leave no trace", () => {
  const before = [Date, Math.random, crypto, process, fetch, setTimeout];
  const [first, second] = [checkMachine(board), checkMachine(board)];
  expect(JSON.stringify(second)).toBe(JSON.stringify(first));
  expect(first.findings).toEqual([]);
  expect([Date, Math.random, crypto, process, fetch, setTimeout]).toEqual(before);
});

test("[check] an end, a timer and a service are no dead ends", () => {
  const wait = { initial: "here", states: { here: { on: { go: "over" } }, over: { after: { 1000: "here" } } } };
  expect(codes(brokenRoom({ machine: wait, commands: { go: {} } }))).toEqual([]);
  const end = { initial: "here", states: { here: { on: { go: "over" } }, over: { type: "final" } } };
  expect(codes(brokenRoom({ machine: end, commands: { go: {} } }))).toEqual([]);
  const invoke = { src: "save", id: "save", onDone: "here", onError: "here" };
  const serve = { initial: "here", states: { here: { on: { go: "over" } }, over: { invoke } } };
  const parts = { actors: { save: fromPromise(() => Promise.resolve(1)) } };
  expect(codes(brokenRoom({ machine: serve, commands: { go: {} }, parts }))).toEqual([]);
});

test("[check] a state that is left at once is reached, and one behind a guard that never holds is not", () => {
  const guards = { isTrue: () => true, isFalse: () => false };
  const states = (guard: string) => ({
    here: { on: { go: "between" } },
    between: { always: [{ guard, target: "there" }, "here"] },
    there: { on: { back: "here" } },
  });
  const room = (guard: string) =>
    brokenRoom({ machine: { initial: "here", states: states(guard) }, parts: { guards }, reasons: { isTrue: "Yes.", isFalse: "No." } });
  expect(codes(room("isTrue"))).toEqual([]);
  expect(codes(room("isFalse"))).toEqual(["never-reached", "never-accepted"]);
});

test("[check] a way is as short as it can be, and ids in it are those of that way", () => {
  interface Args {
    readonly context: { readonly items: readonly string[]; readonly taken: number };
    readonly event: { readonly id: string; readonly item: string };
  }
  const room = brokenRoom({
    machine: {
      ...goAndBack,
      context: { items: [], taken: 0 },
      on: {
        add: { actions: assign({ items: (({ context, event }: Args) => [...context.items, event.id]) as never }) },
        take: { guard: "exists", actions: assign({ taken: (({ context }: Args) => context.taken + 1) as never }) },
      },
    },
    parts: { guards: { exists: ({ context, event }: Args) => context.items.includes(event.item) } },
    reasons: { exists: "There is no such item." },
    commands: { go: {}, back: {}, add: {}, take: { item: v.string() } },
    more: { invariants: { "nobody takes two": ({ taken }: { taken: number }) => taken < 2 } },
  });
  const [finding, ...others] = checkMachine(room).findings;
  expect(others).toEqual([]);
  expect(finding).toMatchObject({ code: "invariant", text: "the invariant 'nobody takes two' is broken" });
  const [join, add, ...takes] = finding?.path ?? [];
  expect([join?.what.type, add?.what.type, takes.length]).toEqual(["participant.joined", "add", 2]);
  const id = "c1-1";
  expect(takes.map(({ what }) => what as object)).toEqual([
    { type: "take", item: id },
    { type: "take", item: id },
  ]);
});

test("[check] what a guard asks of the time is waited for", () => {
  interface Args {
    readonly context: { readonly since: number };
    readonly event: { readonly at: number };
  }
  const room = brokenRoom({
    machine: {
      ...goAndBack,
      context: { since: Date.UTC(2030, 0, 1, 12) },
      on: { vote: { guard: "hasRested", actions: assign({ since: (({ event }: Args) => event.at) as never }) } },
    },
    parts: { guards: { hasRested: ({ context, event }: Args) => event.at - context.since > 1_800_000 } },
    reasons: { hasRested: "Rest first." },
    commands: { go: {}, back: {}, vote: {} },
  });
  const report = checkMachine(room);
  expect(report.findings).toEqual([]);
  expect(report.explored.virtualMs).toBeGreaterThan(1_800_000);
});

test("[check] an app's own samples are tried: what no schema tells", () => {
  const guards = { isRight: ({ event }: { event: { word: string } }) => event.word === "xyzzy" };
  const parts = {
    machine: { ...goAndBack, on: { say: { guard: "isRight", target: ".there" } } },
    parts: { guards },
    reasons: { isRight: "No." },
  };
  const room = brokenRoom({ ...parts, commands: { go: {}, back: {}, say: { word: v.string() } } });
  expect(codes(room)).toEqual(["never-accepted"]);
  expect(codes(room, { commands: [{ type: "say", word: "xyzzy" }] as never })).toEqual([]);
});

test("[check] a service's output is guessed from what the machine reads, and may be given", () => {
  interface Args {
    readonly event: { readonly output: { readonly file: { readonly name: string }; readonly bytes: number } };
  }
  const done = ({ event: { output } }: Args) => ({ name: output.file.name.toUpperCase(), kib: output.bytes / 1_024 });
  const invoke = { src: "save", id: "save", onDone: { target: "here", actions: assign(done as never) }, onError: "here" };
  const room = brokenRoom({
    machine: { context: { name: "", kib: 0 }, initial: "here", states: { here: { on: { go: "there" } }, there: { invoke } } },
    parts: { actors: { save: fromPromise(() => Promise.resolve(1)) } },
    commands: { go: {} },
    more: { invariants: { "there is a name": ({ name }: { name: unknown }) => typeof name === "string" } },
  });
  expect(codes(room)).toEqual([]);
  expect(codes(room, { outputs: { save: [{}] } })).toEqual(["throws"]);
});

test("[check] a room that cannot begin has that one finding", () => {
  const context = () => {
    throw new Error("no context today");
  };
  const [finding, ...others] = checkMachine(brokenRoom({ machine: { ...goAndBack, context } })).findings;
  expect(finding).toMatchObject({ code: "throws", text: "the initial state throws: no context today" });
  expect(others).toEqual([]);
});

test("[check] samples are typed by the room type", () => {
  const bounds = { statesMax: 1 };
  expect(checkMachine(board, { bounds, commands: [{ type: "add", n: 3 }] }).type).toBe("board");
  // @ts-expect-error there is no such command
  expect(checkMachine(board, { bounds, commands: [{ type: "ad", n: 3 }] }).type).toBe("board");
});
