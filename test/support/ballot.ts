/** Votes that are hidden until they are counted, for tests of views: hosts see all, voters their own, the others that somebody voted. */
import * as v from "valibot";
import { assign, setup } from "xstate";
import type { CommandEvent, SystemEvent } from "../../src/room/commands.ts";
import { defineRoom } from "../../src/room/define-room.ts";
import { mask, reveal, type Secret } from "../../src/room/secret.ts";

const commands = {
  vote: { card: v.string() },
  count: {},
  raise: { n: v.number() },
  rig: {},
  role: { user: v.string(), role: v.picklist(["host", "member"]) },
};

export interface Ballot {
  readonly votes: Readonly<Record<string, Secret<string>>>;
  readonly roles: Readonly<Record<string, string>>;
  readonly raised: number;
}

const machine = setup({
  types: {} as { context: Ballot; events: CommandEvent<typeof commands> | SystemEvent },
  guards: {
    // Reads what is hidden from most.
    isSplit: ({ context }) => new Set(Object.values(context.votes).map(reveal)).size > 1,
  },
}).createMachine({
  id: "ballot",
  initial: "open",
  context: { votes: {}, roles: {}, raised: 0 },
  on: {
    raise: { actions: assign({ raised: ({ context, event }) => context.raised + event.n }) },
    role: { actions: assign({ roles: ({ context, event }) => ({ ...context.roles, [event.user]: event.role }) }) },
  },
  states: {
    open: {
      on: {
        vote: { actions: assign({ votes: ({ context, event }) => ({ ...context.votes, [event.by.user]: event.card }) }) },
        rig: { guard: "isSplit", actions: assign({ votes: {} }) },
        count: { target: "counted" },
      },
    },
    counted: {},
  },
});

export const ballot = defineRoom({
  type: "ballot",
  version: 1,
  machine,
  commands,
  reasons: { isSplit: "All say the same." },
  role: (context, user) => context.roles[user],
  audience: ({ role }) => (role === "host" ? "hosts" : "voters"),
  view: (state, audience) =>
    audience === "hosts" || state.matches("counted") ? state.context : { ...state.context, votes: mask(state.context.votes) },
  own: ({ context }, user) => (user in context.votes ? { votes: { [user]: context.votes[user] as string } } : {}),
});
