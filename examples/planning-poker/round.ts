/** One round on one story: whose cards count, who has given one, what is shown in the end. Pure. */
import { reveal, type Secret } from "quorate";
import type { PastRound } from "./backlog.ts";
import { byDeck, type Card, type Size } from "./deck.ts";

export interface Round {
  readonly story: string;
  readonly startedAt: number;
  readonly seconds: number | null;
  /** For the clock, ms since the Unix epoch; null: it takes as long as it takes. */
  readonly endsAt: number | null;
  /** User → card, while people vote; a view hides the cards. */
  readonly votes: Readonly<Record<string, Secret<Card>>>;
  /** Once the cards are on the table: lowest first, with names, since people leave. */
  readonly shown: readonly Shown[] | null;
}
export interface Shown {
  readonly user: string;
  readonly name: string;
  readonly card: Card;
}

/** What is read here of a meeting with this app. */
export interface Table {
  readonly meeting: { readonly participants: Readonly<Record<string, { readonly name: string; readonly role: string }>> };
  readonly app: { readonly round: Round | null; readonly out: readonly string[] };
}

export const newRound = (story: string, seconds: number | null, at: number): Round => ({
  story,
  startedAt: at,
  seconds,
  endsAt: seconds === null ? null : at + seconds * 1_000,
  votes: {},
  shown: null,
});

export const mayVote = ({ meeting, app }: Table, user: string): boolean =>
  Object.hasOwn(meeting.participants, user) && meeting.participants[user]?.role !== "observer" && !app.out.includes(user);

/** Everybody who is here, is no observer and does not sit out. */
export const votersOf = (table: Table): readonly string[] => Object.keys(table.meeting.participants).filter((user) => mayVote(table, user));

export const hasVoted = ({ app: { round } }: Table, user: string): boolean => round !== null && Object.hasOwn(round.votes, user);
export const votesIn = ({ app: { round } }: Table): number => Object.keys(round?.votes ?? {}).length;
export const haveAllVoted = (table: Table): boolean => {
  const voters = votersOf(table);
  return voters.length > 0 && voters.every((user) => hasVoted(table, user));
};
/** From this many votes on, a round can be ended early: half of those who may vote. */
export const quorumOf = (table: Table): number => Math.max(1, Math.ceil(votersOf(table).length / 2));

/** Votes of people who left or may no longer vote, and places of people who sat out and left: none of it counts any more. */
export const isStale = (table: Table): boolean =>
  Object.keys(table.app.round?.votes ?? {}).some((user) => !mayVote(table, user)) ||
  table.app.out.some((user) => !Object.hasOwn(table.meeting.participants, user));

export function withoutStale(table: Table): { readonly round: Round | null; readonly out: readonly string[] } {
  const { meeting, app } = table;
  const votes = Object.entries(app.round?.votes ?? {}).filter(([user]) => mayVote(table, user));
  return {
    round: app.round === null ? null : { ...app.round, votes: Object.fromEntries(votes) },
    out: app.out.filter((user) => Object.hasOwn(meeting.participants, user)),
  };
}

/** The cards are turned: nothing is hidden from here on. Throws where a card is hidden, so no client foresees it. */
export function turned({ meeting, app: { round } }: Table): Round | null {
  if (round === null) return null;
  const shown = Object.entries(round.votes).map(([user, card]) => ({
    user,
    name: meeting.participants[user]?.name ?? user,
    card: reveal(card),
  }));
  return { ...round, endsAt: null, votes: {}, shown: shown.sort((a, b) => byDeck(a.card, b.card)) };
}

export const pastRound = ({ startedAt, shown }: Round, estimate: Size | null): PastRound => ({
  at: startedAt,
  cards: (shown ?? []).map(({ card }) => card),
  estimate,
});
