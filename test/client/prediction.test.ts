/** The view: what is pending, on top of what is confirmed, as far as it can be known here. */
import { describe, expect, test } from "bun:test";
import * as v from "valibot";
import { type AnyMachineSnapshot, assign, setup } from "xstate";
import { createRoom } from "../../src/client/index.ts";
import { Pending } from "../../src/client/pending.ts";
import { predict, type Sender } from "../../src/client/prediction.ts";
import type { CommandEvent, SystemEvent } from "../../src/room/commands.ts";
import { type AnyRoomType, defineRoom } from "../../src/room/define-room.ts";
import { hidden, reveal, type Secret } from "../../src/room/secret.ts";
import { inertScope } from "../../src/room/step.ts";
import { VirtualClock } from "../../src/testing/clock.ts";
import { ScriptedSocket } from "./scripted.ts";

const start = 1_700_000_000_000;
const commands = {
  next: {},
  guess: { n: v.number() },
  peek: {},
  log: {},
  crown: { user: v.string() },
  rule: {},
  fail: {},
  end: {},
  nothing: {},
};
interface Game {
  readonly secret: Secret<number>;
  readonly log: readonly string[];
  readonly roles: Readonly<Record<string, string>>;
  readonly big: { readonly part: readonly number[] };
}
const machine = setup({
  types: {} as { context: Game; events: CommandEvent<typeof commands> | SystemEvent },
  guards: {
    isRight: ({ context, event }) => event.type === "guess" && event.n === reveal(context.secret),
    isKing: ({ event }) => event.by.role === "king",
    isNext: ({ event }) => event.id === "c-1" && event.at === start,
  },
  actions: {
    log: assign({ log: ({ context, event: { at, id, by } }) => [...context.log, `${id} ${at} ${by.user}/${by.role}/${by.client}`] }),
    peek: assign({ log: ({ context }) => [...context.log, String(reveal(context.secret))] }),
    fail: assign(() => {
      throw new Error("this action fails");
    }),
  },
}).createMachine({
  id: "game",
  context: { secret: 7, log: [], roles: {}, big: { part: [1, 2] } },
  initial: "on",
  on: {
    guess: [{ guard: "isRight", actions: "log" }, { actions: assign({ log: ["wrong"] }) }],
    peek: { actions: "peek" },
    log: { actions: "log" },
    crown: { actions: assign({ roles: ({ event }) => ({ [event.user]: "king" }) }) },
    rule: { guard: "isKing", actions: "log" },
    fail: { actions: "fail" },
    end: { target: ".over" },
    nothing: {},
    next: { guard: "isNext", actions: "log" },
  },
  states: { on: {}, over: { type: "final" } },
});
const game = defineRoom({
  type: "game",
  version: 1,
  machine,
  commands,
  reasons: { isRight: "No.", isKing: "Only the king.", isNext: "Not now." },
  role: (context, user) => context.roles[user],
  view: ({ context }) => ({ ...context, secret: hidden }),
});

const sender: Sender = { user: "ann", role: "member", client: "c", who: 1 };
function make(context: Partial<Game> = { secret: hidden }) {
  const scope = inertScope(machine, { id: "r", at: 0 });
  const first = machine.getInitialSnapshot(scope as never, {} as never);
  const confirmed = { ...first, context: { ...first.context, ...context } } as AnyMachineSnapshot;
  const pending = new Pending();
  const troubles: unknown[] = [];
  let before = confirmed;
  return {
    confirmed,
    pending,
    troubles,
    add: (...events: { readonly type: string }[]) => events.map((event) => pending.add(event, 9, "ann")),
    show(isKnown = true) {
      const who = isKnown ? sender : undefined;
      before = predict(game as AnyRoomType, { snapshot: confirmed, rev: 5, scope }, pending.entries, who, before, (error) =>
        troubles.push(error),
      );
      return before;
    },
    get marks() {
      return pending.entries.map(({ predicted }) => predicted);
    },
  };
}

describe("the view", () => {
  test("has each command as its sender gave it: time, id, user and the role that the room type keeps by then", () => {
    const it = make();
    it.add({ type: "log" }, { type: "crown", user: "ann" } as never, { type: "log" });
    expect(it.show().context.log).toEqual(["c-1 9 ann/member/c", "c-3 9 ann/king/c"]);
    expect(it.marks).toEqual([true, true, true]);
    expect(it.confirmed.context.log).toEqual([]);
  });

  test("one that the machine does not take is left out, and those behind it are not", () => {
    const it = make();
    it.add({ type: "rule" }, { type: "nothing" }, { type: "log" });
    expect(it.show().context.log).toEqual(["c-3 9 ann/member/c"]);
    expect(it.marks).toEqual([false, false, true]);
  });

  test("without a sender, or with nothing to show, it is what is confirmed", () => {
    const it = make();
    expect(it.show()).toBe(it.confirmed);
    it.add({ type: "rule" });
    expect(it.show()).toBe(it.confirmed);
    it.add({ type: "log" });
    it.show();
    expect(it.marks).toEqual([false, true]);
    expect(it.show(false)).toBe(it.confirmed);
    expect(it.marks).toEqual([false, false]);
  });

  test("parts that nothing changed keep the references that the last view had", () => {
    const it = make();
    it.add({ type: "log" });
    const first = it.show();
    it.add({ type: "log" });
    const second = it.show();
    expect(second.context.big).toBe(first.context.big);
    expect(second.context.log).toHaveLength(2);
    it.pending.settle(2, {});
    const third = it.show();
    expect(third.context.log).toEqual(first.context.log);
    it.pending.settle(1, {});
    expect(it.show()).toBe(it.confirmed);
  });

  test("in a room that has ended, nothing more", () => {
    const it = make();
    it.add({ type: "end" }, { type: "log" });
    expect(it.show()).toMatchObject({ status: "done", context: { log: [] } });
    expect(it.marks).toEqual([true, false]);
    expect(it.troubles).toEqual([]);
  });
});

describe("[L8] what depends on something hidden", () => {
  test("is neither shown as if it were so nor as if it were not, and is no trouble", () => {
    const it = make();
    it.add({ type: "guess", n: 7 } as never, { type: "peek" }, { type: "log" });
    expect(it.show().context.log).toEqual(["c-3 9 ann/member/c"]);
    expect(it.marks).toEqual([false, false, true]);
    expect(it.troubles).toEqual([]);
  });

  test("is shown where it is not hidden", () => {
    const it = make({ secret: 7 });
    it.add({ type: "peek" }, { type: "guess", n: 7 } as never);
    expect(it.show().context.log).toEqual(["7", "c-2 9 ann/member/c"]);
  });
});

describe("a machine that fails", () => {
  test("on one command: told once, and the others are shown", () => {
    const it = make();
    it.add({ type: "log" }, { type: "fail" }, { type: "log" });
    for (let n = 0; n < 3; n++) expect(it.show().context.log).toHaveLength(2);
    expect(it.marks).toEqual([true, false, true]);
    expect(it.troubles).toEqual([new Error("this action fails")]);
  });
});

test("[L9] who one is, is the room type's word before the roster's", async () => {
  const socket = new ScriptedSocket();
  const clock = new VirtualClock();
  const room = createRoom(game, { url: "ws://here", id: "r", clock, socket: () => socket, newId: () => "c" });
  await clock.advance(0);
  socket.open();
  await clock.advance(0);
  socket.welcome();
  const context = { secret: hidden, log: [], roles: { ann: "king" }, big: { part: [] } };
  const roster = [{ who: 1, user: "ann", name: "Ann", role: "member", client: "c" }];
  socket.say("snapshot", {
    epoch: "e1",
    rev: 1,
    reason: "first",
    state: { at: 1, value: "on", context, status: "active", history: {}, roster },
  });
  expect(room.me).toEqual({ user: "ann", name: "Ann", role: "king", client: "c", who: 1 });
  expect(room.can({ type: "rule" })).toBe(true);
  expect(room.explain({ type: "guess", n: 1 })).toEqual({ verdict: "unknown" });
  expect(room.can({ type: "guess", n: 1 })).toBe(true);
  expect(room.explain({ type: "next" })).toEqual({ verdict: "allowed" });
  expect(room.send({ type: "rule" }).predicted).toBe(true);
  expect(room.can({ type: "next" }), "the next number is another one").toBe(false);
  expect(room.state.context.log[0]).toContain("ann/king/c");
  socket.end();
  expect(room.me?.name).toBe("Ann");
  await room.close();
});
