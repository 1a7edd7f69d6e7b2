/**
 * Planning poker: a backlog, a round on one story at a time, cards that nobody sees before all do. A region beside the meeting's, which has
 * people, roles, the phases lobby, live and ended. Pure and replayable: time and ids come in the event's stamp.
 */
import { extendMeeting, reveal, update } from "quorate";
import * as v from "valibot";
import { and, emit, or } from "xstate";
import { changed, moved, type Stories, storiesMax, storyIn, titleCharsMax, withRound } from "./backlog.ts";
import { deck, type Size, sizes } from "./deck.ts";
import { hasVoted, haveAllVoted, isStale, newRound, pastRound, quorumOf, type Round, turned, votesIn, withoutStale } from "./round.ts";

export const secondsMin = 10;
export const secondsMax = 900;

export interface Poker {
  readonly stories: Stories;
  readonly round: Round | null;
  /** Members who sit out. */
  readonly out: readonly string[];
}

const Id = v.pipe(v.string(), v.minLength(1), v.maxLength(128));
const Title = v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(titleCharsMax));
/** Null: no countdown. */
const Seconds = v.nullable(v.pipe(v.number(), v.safeInteger(), v.minValue(secondsMin), v.maxValue(secondsMax)));

export const kit = extendMeeting({
  commands: {
    "story.add": { title: Title },
    "story.edit": { story: Id, title: Title },
    /** To the end, without `before`. */
    "story.move": { story: Id, before: v.exactOptional(Id) },
    "story.remove": { story: Id },
    "seat.leave": {},
    "seat.take": {},
    "round.start": { story: Id, seconds: Seconds },
    vote: { card: v.picklist(deck) },
    "vote.takeBack": {},
    "round.reveal": {},
    "round.again": { seconds: Seconds },
    "round.accept": { estimate: v.picklist(sizes) },
    "round.drop": {},
  },
  app: (): Poker => ({ stories: [], round: null, out: [] }),
  guards: {
    // The backlog.
    backlogHasSpace: ({ context }) => context.app.stories.length < storiesMax,
    storyExists: ({ context, event }) => "story" in event && storyIn(context.app.stories, event.story) !== undefined,
    titleChanges: ({ context, event }) => event.type === "story.edit" && storyIn(context.app.stories, event.story)?.title !== event.title,
    orderChanges: ({ context, event }) =>
      event.type === "story.move" && moved(context.app.stories, event.story, event.before) !== context.app.stories,
    storyIsAtRest: ({ context, event }) => "story" in event && context.app.round?.story !== event.story,
    // Who votes. Of the cards only one's own is read: no answer tells of another's.
    sitsIn: ({ context, event }) => !context.app.out.includes(event.by.user),
    sitsOut: ({ context, event }) => context.app.out.includes(event.by.user),
    ownVoteChanges: ({ context, event }) => {
      const { user } = event.by;
      if (event.type !== "vote" || context.app.round === null) return false;
      return !hasVoted(context, user) || reveal(context.app.round.votes[user]) !== event.card;
    },
    ownVoteIsIn: ({ context, event }) => hasVoted(context, event.by.user),
    // When the cards are turned. That somebody has voted is no secret.
    runsRounds: ({ event }) => event.by.role === "host" || event.by.role === "cohost",
    everyoneVoted: ({ context }) => haveAllVoted(context),
    quorumVoted: ({ context }) => votesIn(context) >= quorumOf(context),
    someoneVoted: ({ context }) => votesIn(context) > 0,
    // Where the machine goes by itself.
    hasCountdown: ({ context }) => typeof context.app.round?.endsAt === "number",
    somethingIsStale: ({ context }) => isStale(context),
  },
  delays: { roundTime: ({ context }) => (context.app.round?.seconds ?? 0) * 1_000 },
  cues: {} as
    | { readonly type: "revealed"; readonly user: string | null }
    | { readonly type: "nobodyVoted" }
    | { readonly type: "estimated"; readonly title: string; readonly estimate: Size },
});

export const machine = kit.createMachine({
  initial: "idle",
  // Whoever leaves, becomes an observer or sits out takes their card with them, whatever brought it about.
  always: { guard: "somethingIsStale", actions: update(({ context }) => withoutStale(context)) },
  on: {
    "story.add": {
      guard: and(["isPresent", "isMember", "notEnded", "backlogHasSpace"]),
      actions: update(({ app, event }) => ({
        stories: [...app.stories, { id: event.id, title: event.title, estimate: null, rounds: [] }],
      })),
    },
    "story.edit": {
      guard: and(["isPresent", "isModerator", "notEnded", "storyExists", "titleChanges"]),
      actions: update(({ app, event }) => ({ stories: changed(app.stories, event.story, { title: event.title }) })),
    },
    "story.move": {
      guard: and(["isPresent", "isModerator", "notEnded", "storyExists", "orderChanges"]),
      actions: update(({ app, event }) => ({ stories: moved(app.stories, event.story, event.before) })),
    },
    "story.remove": {
      guard: and(["isPresent", "isModerator", "notEnded", "storyExists", "storyIsAtRest"]),
      actions: update(({ app, event }) => ({ stories: app.stories.filter(({ id }) => id !== event.story) })),
    },
    "seat.leave": {
      guard: and(["isPresent", "isMember", "sitsIn"]),
      actions: update(({ app, event }) => ({ out: [...app.out, event.by.user] })),
    },
    "seat.take": {
      guard: and(["isPresent", "sitsOut"]),
      actions: update(({ app, event }) => ({ out: app.out.filter((user) => user !== event.by.user) })),
    },
  },
  states: {
    idle: {
      on: {
        "round.start": {
          guard: and(["isPresent", "isModerator", "isLive", "storyExists"]),
          target: "voting",
          actions: update(({ event }) => ({ round: newRound(event.story, event.seconds, event.at) })),
        },
      },
    },
    voting: {
      initial: "open",
      always: { guard: "hasEnded", target: "idle", actions: update(() => ({ round: null })) },
      on: {
        vote: {
          guard: and(["isPresent", "isMember", "sitsIn", "ownVoteChanges"]),
          actions: update(({ app: { round }, event }) => ({
            round: round === null ? null : { ...round, votes: { ...round.votes, [event.by.user]: event.card } },
          })),
        },
        "vote.takeBack": {
          guard: and(["isPresent", "ownVoteIsIn"]),
          actions: update(({ app: { round }, event }) => ({ round: round === null ? null : withoutVote(round, event.by.user) })),
        },
        "round.reveal": {
          guard: and(["isPresent", or(["everyoneVoted", and(["runsRounds", "quorumVoted"])])]),
          target: "revealed",
          actions: emit(({ event }) => ({ type: "revealed", user: event.by.user })),
        },
        "round.drop": { guard: and(["isPresent", "isModerator"]), target: "idle", actions: update(() => ({ round: null })) },
      },
      states: {
        open: { always: { guard: "hasCountdown", target: "counting" } },
        counting: {
          // Durable: it goes on while the server restarts, and fires once.
          after: {
            roundTime: [
              {
                guard: "someoneVoted",
                target: "#meeting.app.revealed",
                actions: emit({ type: "revealed", user: null }),
              },
              { target: "#meeting.app.idle", actions: [update(() => ({ round: null })), emit({ type: "nobodyVoted" })] },
            ],
          },
        },
      },
    },
    revealed: {
      entry: update(({ context }) => ({ round: turned(context) })),
      always: { guard: "hasEnded", target: "idle", actions: update(({ app }) => closed(app, null)) },
      on: {
        "round.again": {
          guard: and(["isPresent", "isModerator"]),
          target: "voting",
          actions: update(({ app, event }) => ({
            ...closed(app, null),
            round: app.round === null ? null : newRound(app.round.story, event.seconds, event.at),
          })),
        },
        "round.accept": {
          guard: and(["isPresent", "isHost"]),
          target: "idle",
          actions: [
            emit(({ context: { app }, event }) => ({
              type: "estimated",
              title: storyIn(app.stories, app.round?.story)?.title ?? "",
              estimate: event.estimate,
            })),
            update(({ app, event }) => closed(app, event.estimate)),
          ],
        },
        "round.drop": { guard: and(["isPresent", "isModerator"]), target: "idle", actions: update(({ app }) => closed(app, null)) },
      },
    },
  },
});

/** The round is over and goes into its story's history. */
const closed = ({ stories, round }: Poker, estimate: Size | null): Pick<Poker, "stories" | "round"> => ({
  stories: round === null ? stories : withRound(stories, round.story, pastRound(round, estimate)),
  round: null,
});

function withoutVote(round: Round, user: string): Round {
  const { [user]: _, ...votes } = round.votes;
  return { ...round, votes };
}
