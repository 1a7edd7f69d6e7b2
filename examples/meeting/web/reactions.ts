/** Reactions on their way up. Told once and never stored: who was not there has missed them. */
import { createContext, useContext } from "react";
import { createStore, type Store } from "../../shared/store.ts";
import type { MeetingRoom } from "./meeting-room.ts";

export interface Reaction {
  readonly key: number;
  readonly user: string;
  readonly emoji: string;
}
export type Reactions = Store<readonly Reaction[]>;

/** More at once would hide the stage. */
const floatingMax = 24;

export function collectReactions(room: MeetingRoom): Reactions {
  const reactions: Reactions = createStore<readonly Reaction[]>([]);
  let count = 0;
  room.on("cue", (cue) => {
    if (cue.type !== "reaction") return;
    const { user, emoji } = cue;
    reactions.set((floating) => [...floating, { key: count++, user, emoji }].slice(-floatingMax));
  });
  return reactions;
}

export const removeReaction = (reactions: Reactions, key: number): void =>
  reactions.set((floating) => floating.filter((reaction) => reaction.key !== key));

const ReactionsContext = createContext<Reactions | undefined>(undefined);
export const ReactionsProvider = ReactionsContext.Provider;

export function useReactions(): Reactions {
  const reactions = useContext(ReactionsContext);
  if (reactions === undefined) throw new Error("This component needs a meeting around it.");
  return reactions;
}
