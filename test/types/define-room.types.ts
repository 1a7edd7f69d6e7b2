/** Checked by `tsc` alone: what does not fit together does not compile, and what fits is inferred from the machine. */
import * as v from "valibot";
import { and, fromPromise, not, setup } from "xstate";
import type { CheckCommands, CommandEvent, Commands, RoomInput, Stamp, SystemEvent } from "../../src/room/commands.ts";
import {
  type AnyRoomType,
  type CommandOf,
  defineRoom,
  type NewState,
  type PresenceOf,
  type ServicesOf,
  type SnapshotOf,
} from "../../src/room/define-room.ts";
import { mask, reveal, type Secret } from "../../src/room/secret.ts";
import type { Outcome, Refusal, Verdict } from "../../src/room/verdict.ts";

const commands = {
  vote: { card: v.picklist([1, 2, 3]), note: v.exactOptional(v.string()) },
  open: { seconds: v.optional(v.number(), 60), tags: v.array(v.string()) },
  close: {},
};
interface Context {
  readonly votes: Readonly<Record<string, Secret<number>>>;
}
const base = setup({
  types: {} as { context: Context; events: CommandEvent<typeof commands> | SystemEvent; input: RoomInput },
  actors: { recorder: fromPromise<string, { room: string }>(async () => "done") },
  guards: {
    isHost: ({ event }) => event.by.role === "host",
    atLeast: ({ context }, { n }: { n: number }) => Object.keys(context.votes).length >= n,
  },
});
const machine = base.createMachine({
  id: "table",
  context: { votes: {} },
  initial: "open",
  states: {
    open: {
      on: { vote: { guard: not("isHost") }, close: { guard: and(["isHost", { type: "atLeast", params: { n: 1 } }]), target: "closed" } },
    },
    closed: {},
  },
});
const reasons = { isHost: "Only the host.", atLeast: "Too few." };
const definition = { type: "table", version: 1, machine, commands, reasons } as const;

export const table = defineRoom({
  type: "table",
  version: 1,
  machine,
  commands,
  reasons: {
    isHost: ({ context, event }) => `${Object.keys(context.votes).length} votes, ${event.by.user}`,
    "not isHost": "The host does not vote.",
    atLeast: ({ params }) => `At least ${params.n.toFixed()} votes.`,
  },
  presence: { typing: v.boolean() },
  audience: ({ role }) => (role === "host" ? "host" : "table"),
  view: ({ context }, audience) => (audience === "host" ? context : { ...context, votes: mask(context.votes) }),
  own: ({ context }, user) => ({ votes: { [user]: context.votes[user] ?? 0 } }),
  undo: {
    vote: ({ context, event }) => (event.by.user in context.votes && event.card > 1 ? { type: "vote", card: 1 as const } : undefined),
    close: () => ({ type: "open", tags: [] }),
  },
  role: (_context, user) => (user === "u0" ? "host" : undefined),
  invariants: { "cards are known": ({ votes }) => Object.values(votes).every((card) => reveal(card) > 0) },
  limits: { clientsMax: 50 },
});

type Table = typeof table;
type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

export const isAnyRoomType = (room: Table): AnyRoomType => room;
export const literalType: Equal<Table["type"], "table"> = true;
export const inferredAudience: Equal<ReturnType<Table["audience"]>, "host" | "table"> = true;
export const inferredPresence: PresenceOf<Table> = { typing: true };
export const inferredContext: Equal<SnapshotOf<Table>["context"], Context> = true;
export const inferredGuards: Equal<Extract<Refusal<Table>, { code: "guard" }>["guard"], "isHost" | "atLeast" | "(stateIn)" | "(unnamed)"> =
  true;
export const services: Partial<ServicesOf<Table>> = { recorder: fromPromise<string, { room: string }>(async ({ input }) => input.room) };
export const readsOutcome = (outcome: Outcome<Table>) =>
  !outcome.ok && outcome.code === "guard" && outcome.guard === "isHost" ? outcome.reason : "";
export const readsVerdict = (said: Verdict<Table>) => (said.verdict === "refused" && said.code === "state" ? said.acceptedIn : []);
export const matches = (state: SnapshotOf<Table>) => state.matches("open");

// At call sites.
export const plain: CommandOf<Table> = { type: "vote", card: 2 };
export const withoutDefault: CommandOf<Table> = { type: "open", tags: [] };
// @ts-expect-error there is no command 'vot'; TypeScript asks whether 'vote' is meant
export const unknownCommand: CommandOf<Table> = { type: "vot", card: 2 };
// @ts-expect-error 4 is no card
export const wrongPayload: CommandOf<Table> = { type: "vote", card: 4 };
// @ts-expect-error a field that no schema knows
export const excessPayload: CommandOf<Table> = { type: "close", now: true };
// @ts-expect-error 'card' is missing
export const missingPayload: CommandOf<Table> = { type: "vote" };
// @ts-expect-error there is no such guard
export const unknownGuard = (refusal: Refusal<Table>) => refusal.code === "guard" && refusal.guard === "isHots";
// @ts-expect-error the machine has no such service
export const unknownService: Partial<ServicesOf<Table>> = { recoder: fromPromise<string, { room: string }>(async () => "") };

// Commands against the machine.
const { close: _, ...withoutClose } = commands;
// @ts-expect-error ✗ the machine handles 'close', but no schema describes it
defineRoom({ ...definition, commands: withoutClose });
defineRoom({
  ...definition,
  commands: {
    ...commands,
    // @ts-expect-error ✗ the machine has no event 'erase'
    erase: {},
  },
});
defineRoom({
  ...definition,
  commands: {
    ...commands,
    // @ts-expect-error ✗ the machine's event and this schema differ: another type
    vote: { card: v.string(), note: v.exactOptional(v.string()) },
  },
});
defineRoom({
  ...definition,
  commands: {
    ...commands,
    // @ts-expect-error ✗ the machine's event and this schema differ: an optional key is missing
    vote: { card: v.picklist([1, 2, 3]) },
  },
});
defineRoom({
  ...definition,
  commands: {
    ...commands,
    // @ts-expect-error ✗ the machine's event and this schema differ: `undefined` is not the same as a missing key
    vote: { card: v.picklist([1, 2, 3]), note: v.optional(v.string()) },
  },
});
defineRoom({
  ...definition,
  commands: {
    ...commands,
    // @ts-expect-error ✗ the machine's event and this schema differ: fewer cards than the machine knows
    vote: { card: v.picklist([1, 2]), note: v.exactOptional(v.string()) },
  },
});
defineRoom({
  ...definition,
  commands: {
    ...commands,
    // @ts-expect-error ✗ 'close' must not declare 'at': the server stamps it
    close: { at: v.number() },
  },
});
defineRoom({
  ...definition,
  commands: {
    ...commands,
    // @ts-expect-error ✗ 'participant.joined': this name is kept for the room's own events
    "participant.joined": {},
  },
});
defineRoom({
  ...definition,
  commands: {
    ...commands,
    // @ts-expect-error ✗ '*': this name is kept for the room's own events
    "*": {},
  },
});

// Reasons against the guards.
// @ts-expect-error 'atLeast' has no reason
defineRoom({ ...definition, reasons: { isHost: "Only the host." } });
defineRoom({
  ...definition,
  reasons: {
    ...reasons,
    // @ts-expect-error there is no guard 'isHots'
    isHots: "Only the host.",
  },
});
defineRoom({
  ...definition,
  reasons: {
    ...reasons,
    // @ts-expect-error there is no guard 'isHots' to be negated
    "not isHots": "Not the host.",
  },
});
defineRoom({
  ...definition,
  reasons: {
    ...reasons,
    // @ts-expect-error the params of 'atLeast' are {n}
    atLeast: ({ params }) => `At least ${params.m}.`,
  },
});

// Views keep the machine's types.
// @ts-expect-error 'hots' is no audience
defineRoom({ ...definition, audience: () => "host" as const, view: ({ context }, audience) => (audience === "hots" ? context : context) });
// @ts-expect-error a view has the shape of the context
defineRoom({ ...definition, view: () => ({ votes: 1 }) });
// @ts-expect-error there is no such limit
defineRoom({ ...definition, limits: { clientMax: 1 } });

// A migration gives this version's state, from whatever the old one had.
export const migrating = defineRoom({
  ...definition,
  version: 3,
  migrate: (from, { value, context, timers }): NewState<typeof machine> => {
    const votes: Context["votes"] = from === 1 ? {} : (context as Context).votes;
    const wasOpen: boolean = value === "open" && Object.values(timers).every((dueAt: number) => dueAt > 0);
    return { value: wasOpen ? "open" : "closed", context: { votes }, timers };
  },
});
export const withoutAName = defineRoom({ ...definition, version: 2, migrate: () => ({ value: "open" as const, context: { votes: {} } }) });
export const onlyTheContext = defineRoom({ ...definition, version: 2, migrate: () => ({ context: { votes: {} } }) });
// @ts-expect-error there is no state 'opne'
defineRoom({ ...definition, version: 2, migrate: (): NewState<typeof machine> => ({ value: "opne", context: { votes: {} } }) });
// @ts-expect-error the context has no 'cards'
defineRoom({ ...definition, version: 2, migrate: () => ({ context: { cards: {} } }) });
// @ts-expect-error nothing is known about the old context
defineRoom({ ...definition, version: 2, migrate: (_from, { context }) => ({ context: { votes: context.votes } }) });
// @ts-expect-error a migration cannot wait
defineRoom({ ...definition, version: 2, migrate: async () => ({ context: { votes: {} } }) });

// A machine without types of its own takes any schemas.
export const untyped = defineRoom({
  type: "untyped",
  version: 1,
  machine: setup({}).createMachine({ id: "untyped" }),
  commands: { any: {} },
  reasons: {},
});

const polls = setup({ types: {} as { events: { readonly type: "ask"; readonly options: readonly string[] } & Stamp } }).createMachine({
  id: "polls",
});
export const readonlyMakesNoDifference = defineRoom({
  type: "polls",
  version: 1,
  machine: polls,
  commands: { ask: { options: v.array(v.string()) } },
  reasons: {},
});

// What an extension declares is checked before there is a machine.
const declare = <const C extends Commands>(declared: C & CheckCommands<C>): C => declared;
declare({ vote: { card: v.number() } });
// @ts-expect-error ✗ 'xstate.init': this name is kept for the room's own events
declare({ "xstate.init": {} });
// @ts-expect-error ✗ 'vote' must not declare 'by': the server stamps it
declare({ vote: { by: v.string() } });

// How a command is taken back.
defineRoom({
  ...definition,
  undo: {
    // @ts-expect-error there is no command 'erase'
    erase: () => undefined,
  },
});
defineRoom({
  ...definition,
  undo: {
    // @ts-expect-error 4 is no card
    vote: () => ({ type: "vote", card: 4 as const }),
  },
});
defineRoom({
  ...definition,
  undo: {
    // @ts-expect-error the command has no 'seconds'
    vote: ({ event }) => ({ type: "open", seconds: event.seconds, tags: [] }),
  },
});
