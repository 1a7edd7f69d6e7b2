/** The stories in their order, and what each round has left behind. Pure: what the machine's actions are made of. */
import type { Card, Size } from "./deck.ts";

export const storiesMax = 100;
export const titleCharsMax = 140;
/** Beyond it a story's oldest round is forgotten. */
export const pastRoundsMax = 10;

/** A round that is over. `estimate` is null where none came of it: they voted again, or let it be. */
export interface PastRound {
  /** When it began, ms since the Unix epoch. */
  readonly at: number;
  /** Lowest first, without names: what somebody once thought is not held against them. */
  readonly cards: readonly Card[];
  readonly estimate: Size | null;
}
export interface Story {
  readonly id: string;
  readonly title: string;
  /** The last one that was accepted. */
  readonly estimate: Size | null;
  /** Oldest first. */
  readonly rounds: readonly PastRound[];
}
export type Stories = readonly Story[];

export const storyIn = (stories: Stories, id: string | undefined): Story | undefined => stories.find((story) => story.id === id);

export const changed = (stories: Stories, id: string, change: Partial<Omit<Story, "id">>): Stories =>
  stories.map((story) => (story.id === id ? { ...story, ...change } : story));

/** Right before the story `before`, or to the end without one. The same list where nothing would move. */
export function moved(stories: Stories, id: string, before: string | undefined): Stories {
  const story = storyIn(stories, id);
  const others = stories.filter((other) => other.id !== id);
  const to = before === undefined ? others.length : others.findIndex((other) => other.id === before);
  if (story === undefined || to < 0 || stories[to] === story) return stories;
  return others.toSpliced(to, 0, story);
}

export const withRound = (stories: Stories, id: string, round: PastRound): Stories =>
  stories.map((story) =>
    story.id !== id
      ? story
      : { ...story, estimate: round.estimate ?? story.estimate, rounds: [...story.rounds, round].slice(-pastRoundsMax) },
  );
