import { expect, test } from "bun:test";
import * as v from "valibot";
import { assign } from "xstate";
import { mask } from "../../src/room/secret.ts";
import { type CheckOptions, checkMachine } from "../../src/testing/index.ts";
import { brokenRoom } from "./broken-room.ts";

interface Context {
  readonly votes: Readonly<Record<string, number>>;
}
interface State {
  readonly context: Context;
}
interface Args extends State {
  readonly event: { readonly card: number; readonly by: { readonly user: string } };
}
const vote = ({ context, event }: Args): Context => ({ votes: { ...context.votes, [event.by.user]: event.card } });
const sumOf = (context: Context): number => Object.values(context.votes).reduce((sum, card) => sum + card, 0);

const found = (more: object, options: CheckOptions = {}) => {
  const room = brokenRoom({
    machine: { context: { votes: {} }, on: { vote: { actions: assign(vote as never) } } },
    commands: { vote: { card: v.picklist([1, 2, 3]) } },
    more,
  });
  return checkMachine(room, { bounds: { statesMax: 60 }, ...options }).findings.map(({ code, text }) => `${code}: ${text}`);
};
const masked = ({ context }: State) => ({ votes: mask(context.votes) });

test("[L8] a view that hides, and tells how many there are, leaks nothing", () => {
  expect(found({ view: (state: State) => ({ ...masked(state), count: Object.keys(state.context.votes).length }) })).toEqual([]);
});

test("[L8] a sum of what is hidden is a leak, unless it is said to be none", () => {
  const view = (state: State) => ({ ...masked(state), sum: sumOf(state.context) });
  expect(found({ view })).toEqual([
    "view-leaks: the view for 'everyone' hides 'votes.hana', but the view itself gives it away: 'sum' depends on it",
  ]);
  expect(found({ view }, { mayShow: ["sum"] })).toEqual([]);
});

test("[L8] one audience's view is no other's: who may see all sees all", () => {
  const audience = ({ role }: { role: string }) => (role === "host" ? "host" : "others");
  const view = (state: State, to: string) => (to === "host" ? state.context : masked(state));
  expect(found({ audience, view })).toEqual([]);
  expect(
    found({
      audience,
      view: (state: State, to: string) =>
        to === "host" ? masked(state) : { ...masked(state), max: Math.max(...Object.values(state.context.votes), 0) },
    }),
  ).toEqual(["view-leaks: the view for 'others' hides 'votes.hana', but the view itself gives it away: 'max' depends on it"]);
});

test("[L8] one's own may be seen by oneself, and by nobody else", () => {
  const own = ({ context }: State, user: string) => (user in context.votes ? { votes: { [user]: context.votes[user] } } : {});
  expect(found({ view: masked, own })).toEqual([]);
  const [leak, ...others] = found({ view: masked, own: ({ context }: State) => ({ votes: context.votes }) });
  expect(others).toEqual([]);
  expect(leak).toMatch(/^view-leaks: .* but `own` of somebody else gives it away: 'votes.hana' depends on it \(as '\w+' sees it\)$/);
});

test("[L8] a view that reads a clock depends on more than its state", () => {
  const now = () => {
    const at = Date.now();
    return { at };
  };
  expect(found({ view: now })).toEqual(["view-differs: the view for 'everyone' depends on more than its state: it uses Date.now()"]);
});
