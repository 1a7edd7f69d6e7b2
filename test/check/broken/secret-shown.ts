import * as v from "valibot";
import { assign } from "xstate";
import type { CheckOptions } from "../../../src/check/check-machine.ts";
import { mask } from "../../../src/room/secret.ts";
import { brokenRoom } from "../broken-room.ts";

interface Context {
  readonly votes: Readonly<Record<string, number>>;
}
interface Args {
  readonly context: Context;
  readonly event: { readonly card: number; readonly by: { readonly user: string } };
}
const vote = ({ context, event }: Args): Context => ({ votes: { ...context.votes, [event.by.user]: event.card } });

/** Masked while people vote, and shown too early: when they count. */
export const room = brokenRoom({
  machine: {
    context: { votes: {} },
    initial: "voting",
    states: {
      voting: { on: { vote: { actions: assign(vote as never) }, count: "counting" } },
      counting: { on: { tell: "told" } },
      told: { on: { again: "voting" } },
    },
  },
  commands: { vote: { card: v.picklist([1, 2, 3]) }, count: {}, tell: {}, again: {} },
  more: {
    view: ({ context, value }: { readonly context: Context; readonly value: string }) =>
      value === "voting" ? { votes: mask(context.votes) } : context,
  },
});

export const check: CheckOptions = { secrets: { "votes.*": ["told"] } };
