import { expect, test } from "bun:test";
import * as v from "valibot";
import { type AnyMachineSnapshot, and, assign, getInitialSnapshot, not, or, setup, stateIn } from "xstate";
import { refusalCodes } from "../../src/protocol/codes.ts";
import { type CommandEvent, parseCommand, type SystemEvent } from "../../src/room/commands.ts";
import { defineRoom } from "../../src/room/define-room.ts";
import { mask, reveal, type Secret } from "../../src/room/secret.ts";
import { verdict } from "../../src/room/verdict.ts";

const card = { card: v.number() };
const plain = { reveal: {}, hold: {}, calm: {}, still: {}, pause: {}, resume: {}, close: {}, leave: {}, fail: {}, empty: {}, twice: {} };
const commands = { agree: card, vote: card, ...plain };

const machine = setup({
  types: {} as {
    context: { readonly votes: Readonly<Record<string, Secret<number>>> };
    events: CommandEvent<typeof commands> | SystemEvent;
  },
  guards: {
    isHost: ({ event }) => event.by.role === "host",
    isMember: ({ event }) => event.by.role === "member",
    everyoneVoted: ({ context }) => Object.keys(context.votes).length > 2,
    atLeast: ({ context }, { n }: { n: number }) => Object.keys(context.votes).length >= n,
    agreed: ({ context, event }) => event.type === "agree" && Object.values(context.votes).every((vote) => reveal(vote) === event.card),
    notRemoved: () => false,
    throws: () => {
      throw new RangeError("broken");
    },
  },
  actions: { note: assign({}) },
}).createMachine({
  id: "table",
  context: { votes: { ada: 3, bob: 5 } },
  initial: "voting",
  on: {
    reveal: { guard: or(["isHost", "everyoneVoted"]), actions: "note" },
    vote: { guard: { type: "atLeast", params: { n: 7 } }, actions: "note" },
    agree: { guard: "agreed", actions: "note" },
    hold: { guard: not(or(["isHost", "isMember"])), actions: "note" },
    still: { guard: not(stateIn("voting")), actions: "note" },
    close: { guard: stateIn({ live: "on" }), target: ".over" },
    twice: { guard: or(["isHost", and(["isHost", "agreed"])]), actions: "note" },
    fail: { guard: "throws", actions: "note" },
    empty: { guard: or([]), actions: "note" },
    calm: { actions: "note" },
    "participant.joined": { guard: "notRemoved", actions: "note" },
  },
  states: {
    voting: { on: { pause: {} } },
    live: { initial: "on", states: { on: { on: { resume: "off" } }, off: { on: { resume: "on" } } } },
    over: { type: "final" },
  },
});

const definition = {
  type: "table",
  version: 1,
  machine,
  commands,
  reasons: {
    isHost: "Only the host may do this.",
    "not isHost": ({ event }: { readonly event: { readonly by: { readonly user: string } } }) => `Hosts hold, ${event.by.user}.`,
    isMember: "Only members may do this.",
    everyoneVoted: ({ context }: { readonly context: { readonly votes: object } }) => `${Object.keys(context.votes).length} have voted.`,
    atLeast: ({ params }: { readonly params: { readonly n: number } }) => `At least ${params.n} votes are needed.`,
    agreed: ({ context }: { readonly context: { readonly votes: Readonly<Record<string, Secret<number>>> } }) =>
      `The votes are ${Object.values(context.votes).map(reveal).join(", ")}.`,
    notRemoved: "You were removed.",
    throws: "Broken.",
  },
} as const;
const open = defineRoom(definition);
const secretive = defineRoom({
  ...definition,
  audience: ({ role }) => (role === "host" ? "host" : "table"),
  view: ({ context }, audience) => (audience === "host" ? context : { votes: mask(context.votes) }),
});

const snapshot = getInitialSnapshot(machine) as AnyMachineSnapshot;
const stamped = (input: { readonly type: string }, role = "guest") => ({
  ...input,
  at: 1,
  id: "c-1",
  by: { user: "cy", role, client: "c" },
});
const say = (input: string | { readonly type: string }, role?: string) =>
  verdict(open, snapshot, stamped(typeof input === "string" ? { type: input } : input, role));

test("[refusals] a guard's reason is the definition's sentence, with its params", () => {
  expect(say({ type: "vote" })).toEqual({
    verdict: "refused",
    code: "guard",
    guard: "atLeast",
    params: { n: 7 },
    reason: "At least 7 votes are needed.",
  });
});

test("[refusals] where any of several guards would do, all their reasons are told, none twice", () => {
  expect(say("reveal")).toEqual({
    verdict: "refused",
    code: "guard",
    guard: "isHost",
    reason: "Only the host may do this. Or: 2 have voted.",
  });
  expect(say("twice")).toMatchObject({ guard: "isHost", reason: "Only the host may do this." });
  expect(say("reveal", "host")).toEqual({ verdict: "allowed" });
});

test("[refusals] a negated guard has a reason of its own, never that of its opposite", () => {
  expect(say("hold", "host")).toEqual({ verdict: "refused", code: "guard", guard: "isHost", negated: true, reason: "Hosts hold, cy." });
  expect(say("hold", "member")).toMatchObject({ guard: "isMember", negated: true, reason: "'isMember' must not hold." });
});

test("[refusals] what has no name is told by its states, or as impossible", () => {
  expect(say("close")).toEqual({
    verdict: "refused",
    code: "guard",
    guard: "(stateIn)",
    params: { live: "on" },
    reason: "Possible in live.on.",
  });
  expect(say("still")).toMatchObject({ guard: "(stateIn)", negated: true, reason: "Not possible in voting." });
  expect(say("empty")).toMatchObject({ guard: "(unnamed)", reason: "Not possible now." });
});

test("[refusals] state, forbidden, command and done say what they are about", () => {
  expect(say("resume")).toEqual({
    verdict: "refused",
    code: "state",
    acceptedIn: ["live.on", "live.off"],
    reason: "Possible in live.on, live.off.",
  });
  expect(say("leave")).toEqual({ verdict: "refused", code: "state", acceptedIn: [], reason: "Possible in no state." });
  expect(say("pause")).toEqual({ verdict: "refused", code: "forbidden", forbiddenBy: "voting", reason: "Not possible in voting." });
  expect(say("constructor")).toEqual({ verdict: "refused", code: "command", reason: "There is no command 'constructor'." });
  const over = machine.resolveState({ value: "over", context: { votes: {} } }) as AnyMachineSnapshot;
  expect(verdict(open, over, stamped({ type: "reveal" }))).toEqual({ verdict: "refused", code: "done", reason: "This room has ended." });
});

test("[admission] a join is explained like a command, though no schema describes it", () => {
  expect(say("participant.joined")).toEqual({ verdict: "refused", code: "guard", guard: "notRemoved", reason: "You were removed." });
});

test("[L13] a guard that throws is a refusal, with the error for the server's eyes", () => {
  expect(say("fail")).toEqual({
    verdict: "refused",
    code: "internal",
    reason: "The room failed on this; nothing changed.",
    error: new RangeError("broken"),
  });
});

test("[L13] a reason that throws does not break the refusal", () => {
  const broken = defineRoom({
    ...definition,
    reasons: {
      ...definition.reasons,
      atLeast: () => {
        throw new RangeError("broken");
      },
    },
  });
  expect(verdict(broken, snapshot, stamped({ type: "vote" }))).toEqual({
    verdict: "refused",
    code: "guard",
    guard: "atLeast",
    params: { n: 7 },
    reason: "'atLeast' does not hold.",
  });
});

test("[L8] a reason is made from what the refused user may see: hidden values never get into it", () => {
  const told = (role: string) => verdict(secretive, snapshot, stamped({ type: "agree" }, role));
  expect(told("host")).toMatchObject({ code: "guard", guard: "agreed", reason: "The votes are 3, 5." });
  expect(told("member")).toMatchObject({ code: "guard", guard: "agreed", reason: "'agreed' does not hold." });
  expect(verdict(secretive, snapshot, stamped({ type: "reveal" }))).toMatchObject({
    reason: "Only the host may do this. Or: 2 have voted.",
  });
});

test("[L8] on a client, what depends on hidden values is unknown", () => {
  const masked = machine.resolveState({ value: "voting", context: { votes: mask({ ada: 3 }) } }) as AnyMachineSnapshot;
  expect(verdict(secretive, masked, stamped({ type: "agree" }))).toEqual({ verdict: "unknown" });
});

test("[refusals] every code of the protocol can be told", () => {
  const codes = new Set<string>();
  const add = (said: { readonly verdict: string; readonly code?: string }) => codes.add(said.code ?? said.verdict);
  for (const type of ["vote", "resume", "pause", "constructor", "fail"]) add(say(type));
  add(verdict(open, { ...snapshot, status: "done" } as AnyMachineSnapshot, stamped({ type: "vote" })));
  const parsed = parseCommand(commands, { type: "vote" });
  codes.add(parsed.ok ? "accepted" : parsed.code);
  // That nothing would change, only the room itself finds out: it has to try.
  expect([...codes].sort()).toEqual(refusalCodes.filter((code) => code !== "noEffect").sort());
});
