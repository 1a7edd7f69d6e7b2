/** Machines with which explanations are tested. In the first three, guards read bits of the context, so that random events open and close them. */
import { and, assign, emit, not, or, setup, stateIn } from "xstate";
import type { Stamp } from "../../src/room/commands.ts";
import { mask, reveal, type Secret } from "../../src/room/secret.ts";

const types = ["go", "back", "set", "set.low", "other", "never"] as const;
export type BitsEvent = { readonly type: (typeof types)[number]; readonly n: number };
export const bitsEvents = types;

const bits = setup({
  types: {} as { context: { readonly bits: number }; events: BitsEvent; emitted: { type: "cue" } },
  guards: {
    bit: ({ context }, { i }: { i: number }) => ((context.bits >> i) & 1) === 1,
    odd: ({ event }) => event.n % 2 === 1,
    low: ({ context }) => context.bits < 128,
    /** Implemented by another guard, below. */
    alias: () => false,
    both: and(["odd", "low"]),
    either: or(["odd", "low"]),
  },
  actions: { store: assign({ bits: ({ event }) => event.n }), cue: emit({ type: "cue" }) },
});
const bit = (i: number) => ({ type: "bit" as const, params: { i } });
const eventBit = { type: "bit" as const, params: ({ event }: { event: BitsEvent }) => ({ i: event.n % 8 }) };

export const nested = bits.createMachine({
  id: "nested",
  context: { bits: 5 },
  initial: "a",
  on: { set: { actions: "store" }, other: { guard: bit(6), target: ".b", actions: "cue" } },
  states: {
    a: {
      initial: "a1",
      on: {
        go: [
          { guard: bit(0), target: "b" },
          { guard: eventBit, actions: "cue" },
        ],
        back: {},
      },
      states: {
        a1: { on: { go: { guard: bit(1), target: "a2" }, set: [{ guard: "odd", target: "a2", actions: "store" }, { guard: bit(7) }] } },
        a2: { on: { back: { guard: bit(2), target: "a1" }, go: { target: undefined } } },
      },
    },
    b: {
      initial: "b1",
      on: { back: { guard: not(bit(3)), target: "a" } },
      states: { b1: { on: { go: { guard: bit(4), target: "b2" } } }, b2: { on: { set: {}, "set.low": { actions: "cue" } } } },
    },
  },
});

export const wild = bits.createMachine({
  id: "wild",
  type: "parallel",
  context: { bits: 9 },
  states: {
    left: {
      initial: "on",
      on: { "*": { guard: bit(5), actions: "cue" } },
      states: {
        on: {
          on: { go: { guard: bit(0), target: "off" }, "set.*": { guard: "odd", actions: "store" }, "*": { guard: bit(1), actions: "cue" } },
        },
        off: { on: { back: { target: "on" }, set: {}, other: { guard: "low" } } },
      },
    },
    right: {
      initial: "x",
      states: {
        x: { on: { set: { guard: or([bit(2), "odd"]), actions: "store" }, go: { guard: bit(3), target: "y" } } },
        y: {
          on: {
            "*": {},
            back: [
              { guard: bit(4), target: "x" },
              { guard: "odd", actions: "cue" },
            ],
          },
        },
      },
    },
    idle: {},
  },
});

export const logic = bits
  .createMachine({
    id: "logic",
    type: "parallel",
    context: { bits: 3 },
    on: { other: { guard: stateIn("#logic.main.deep.down"), actions: "store" } },
    states: {
      main: {
        initial: "flat",
        on: { set: { guard: or([and([bit(0), not("odd")]), not(or([bit(1), bit(2)])), "both"]), actions: "store" } },
        states: {
          flat: { on: { go: { guard: and(["either", not(and(["odd", bit(0)]))]), target: "deep" } } },
          deep: {
            initial: "up",
            on: { back: { guard: not("both"), target: "flat" }, "set.low": { guard: not(stateIn({ side: "out" })), actions: "store" } },
            states: { up: { on: { go: { guard: "alias", target: "down" } } }, down: { on: { go: { guard: not("alias"), target: "up" } } } },
          },
        },
      },
      side: {
        initial: "in",
        states: {
          in: { on: { back: { guard: and([stateIn({ main: "deep" }), or(["low", eventBit])]), target: "out" } } },
          out: { on: { back: { guard: or([stateIn({ main: { deep: "down" } }), not("low")]), target: "in" } } },
        },
      },
    },
  })
  .provide({ guards: { alias: bit(2) } });

export type PokerEvent = Stamp & ({ readonly type: "start" | "reveal" } | { readonly type: "vote" | "accept"; readonly card: number });
export interface PokerContext {
  readonly votes: Readonly<Record<string, Secret<number>>>;
}

/** Planning poker: the votes are hidden until they are revealed. */
export const poker = setup({
  types: {} as { context: PokerContext; events: PokerEvent },
  guards: {
    isHost: ({ event }) => event.by.role === "host",
    isMember: ({ event }) => event.by.role !== "observer",
    agreed: ({ context, event }) => event.type === "accept" && Object.values(context.votes).some((card) => reveal(card) === event.card),
    unanimous: ({ context }) => new Set(Object.values(context.votes).map((card) => reveal(card))).size === 1,
    votesAtLeast: ({ context }, { n }: { n: number }) => Object.keys(context.votes).length >= n,
    otherCard: ({ context, event }) => {
      const before = context.votes[event.by.user];
      return event.type === "vote" && (before === undefined || reveal(before) !== event.card);
    },
  },
  actions: {
    vote: assign(({ context, event }) => (event.type === "vote" ? { votes: { ...context.votes, [event.by.user]: event.card } } : {})),
    clear: assign({ votes: {} }),
  },
}).createMachine({
  id: "poker",
  context: { votes: {} },
  initial: "idle",
  states: {
    idle: { on: { start: { guard: "isHost", target: "voting", actions: "clear" } } },
    voting: {
      on: {
        vote: { guard: and(["otherCard", "isMember"]), actions: "vote" },
        reveal: { guard: and([{ type: "votesAtLeast", params: { n: 1 } }, or(["isHost", "unanimous"])]), target: "revealed" },
        start: {},
      },
    },
    revealed: { on: { accept: { guard: and(["isHost", "agreed"]), target: "idle" } } },
  },
});
export const maskVotes = (context: PokerContext): PokerContext => ({ votes: mask(context.votes) });
