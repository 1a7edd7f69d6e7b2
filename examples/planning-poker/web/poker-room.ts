/** The poker room type, bound to React. Every component of the table asks the room through these hooks. */
import type { Room } from "quorate";
import { roomHooks } from "quorate/react";
import type { ReactNode } from "react";
import { AnyCommandButton, type CommandButtonProps } from "../../shared/command-button.tsx";
import { useOfRoom } from "../../shared/visit.ts";
import type { Story } from "../backlog.ts";
import { storyIn } from "../backlog.ts";
import { planningPoker } from "../room.ts";
import type { Round } from "../round.ts";

export const { RoomProvider, useRoom, useSelect, useCan, usePresence, useMe } = roomHooks(planningPoker);

export type PokerRoom = Room<typeof planningPoker>;
type PokerState = PokerRoom["state"];
/** What a person may ask of the table. */
export type Command = Parameters<PokerRoom["send"]>[0];
export const CommandButton: (props: CommandButtonProps<Command>) => ReactNode = AnyCommandButton;

/** Where the table stands, in one word. */
export type Stage = "lobby" | "idle" | "voting" | "revealed" | "ended";
export const stageOf = (state: PokerState): Stage => {
  if (state.matches({ phase: "lobby" })) return "lobby";
  if (state.matches({ phase: "ended" })) return "ended";
  return state.matches({ app: "voting" }) ? "voting" : state.matches({ app: "revealed" }) ? "revealed" : "idle";
};
export const useStage = (): Stage => useSelect(stageOf);

export const useRound = (): Round | null => useSelect((state) => state.context.app.round);
export const useStories = () => useSelect((state) => state.context.app.stories);
/** The one that a round is about. */
export const useStory = (): Story | undefined => useSelect(({ context: { app } }) => storyIn(app.stories, app.round?.story));
/** What to estimate next: the first without an estimate. */
export const nextStory = ({ context: { app } }: PokerState): Story | undefined => app.stories.find(({ estimate }) => estimate === null);

export const useRoster = () => useOfRoom((room) => room.roster);
