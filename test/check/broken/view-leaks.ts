import * as v from "valibot";
import { assign } from "xstate";
import { mask } from "../../../src/room/secret.ts";
import { brokenRoom } from "../broken-room.ts";

interface Context {
  readonly votes: Readonly<Record<string, number>>;
  readonly last: { readonly user: string; readonly card: number } | null;
}
interface Args {
  readonly context: Context;
  readonly event: { readonly card: number; readonly by: { readonly user: string } };
}
const vote = ({ context, event }: Args): Context => ({
  votes: { ...context.votes, [event.by.user]: event.card },
  last: { user: event.by.user, card: event.card },
});

/** The votes are masked, and the last of them stands beside. */
export const room = brokenRoom({
  machine: { context: { votes: {}, last: null }, on: { vote: { actions: assign(vote as never) } } },
  commands: { vote: { card: v.picklist([1, 2, 3]) } },
  more: { view: ({ context }: { readonly context: Context }) => ({ ...context, votes: mask(context.votes) }) },
});
