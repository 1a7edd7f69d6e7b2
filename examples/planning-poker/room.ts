/** Planning poker as a room type: what is hidden until the reveal, and why the table says no. */
import { defineRoom, mask } from "quorate";
import type { CheckOptions } from "quorate/testing";
import * as v from "valibot";
import { storiesMax, storyIn } from "./backlog.ts";
import { kit, machine } from "./machine.ts";
import { mayVote, quorumOf, votersOf, votesIn } from "./round.ts";

export const planningPoker = defineRoom({
  type: "planning-poker",
  version: 1,
  machine,
  commands: kit.commands,
  role: kit.role,
  inspect: (state) => ({ ...kit.inspect(state), stories: state.context.app.stories.length, sittingOut: state.context.app.out.length }),
  presence: {
    cursor: v.exactOptional(v.tuple([v.number(), v.number()])),
    /** Bent over their cards. */
    thinking: v.exactOptional(v.boolean()),
  },
  // One view for all, hosts too: who has voted is seen, the cards are not. What is shown lies elsewhere (`shown`), so this asks for no state.
  view: ({ context }) => {
    const { round } = context.app;
    return round === null ? context : { ...context, app: { ...context.app, round: { ...round, votes: mask(round.votes) } } };
  },
  own: ({ context: { app } }, user) => {
    const votes = app.round?.votes ?? {};
    return Object.hasOwn(votes, user) ? { app: { round: { votes: { [user]: votes[user] } } } } : {};
  },
  reasons: {
    ...kit.reasons,
    isHost: "Only a host decides this.",
    isMember: "Observers only watch.",
    isLive: ({ context }) => (context.meeting.endedAt === null ? "The session has not started yet." : "The session has ended."),
    notEnded: "The session has ended.",

    backlogHasSpace: `The backlog is full: ${storiesMax} stories.`,
    storyExists: "That story is no longer in the backlog.",
    titleChanges: "That is its title already.",
    orderChanges: "It stands there already.",
    storyIsAtRest: "This story is being estimated; end its round first.",

    sitsIn: "You are sitting out.",
    sitsOut: "You are at the table already.",
    ownVoteChanges: "You have chosen that card already.",
    ownVoteIsIn: "You have not chosen a card yet.",

    everyoneVoted: ({ context }) => {
      const voters = votersOf(context).length;
      return voters === 0 ? "Nobody here may vote." : `${votesIn(context)} of ${voters} have voted; wait for the others.`;
    },
    runsRounds: "Only a host or a cohost may end the vote early.",
    quorumVoted: ({ context }) => `To end the vote early, ${quorumOf(context)} must have voted.`,
    someoneVoted: "Nobody has voted.",
    hasCountdown: "This round has no countdown.",
    somethingIsStale: "Everything counts.",
  },
  invariants: {
    "the round's story is in the backlog": ({ app }) => app.round === null || storyIn(app.stories, app.round.story) !== undefined,
    "votes are of people who may vote": (context) => Object.keys(context.app.round?.votes ?? {}).every((user) => mayVote(context, user)),
    "cards that are shown are some, and no other is hidden": ({ app: { round } }) =>
      round === null || round.shown === null || (round.shown.length > 0 && Object.keys(round.votes).length === 0),
    "who sits out is here": ({ app, meeting }) => app.out.every((user) => Object.hasOwn(meeting.participants, user)),
    "the backlog is bounded, and each story is in it once": ({ app: { stories } }) =>
      stories.length <= storiesMax && new Set(stories.map(({ id }) => id)).size === stories.length,
  },
  limits: { clientsMax: 50 },
});

/** For `bun run machines check`: thirteen cards in five hands are many ways to go. */
export const check: CheckOptions<typeof planningPoker> = { bounds: { statesMax: 400, triesMax: 150_000 } };
