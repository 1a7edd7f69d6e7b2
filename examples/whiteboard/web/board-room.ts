/** The whiteboard's room type, bound to React. Every component asks the room through these hooks. */
import type { Room } from "quorate";
import { roomHooks } from "quorate/react";
import type { ReactNode } from "react";
import { AnyCommandButton, type CommandButtonProps } from "../../shared/command-button.tsx";
import { whiteboard } from "../room.ts";

export const { RoomProvider, useRoom, useSelect, usePresence, useMe } = roomHooks(whiteboard);

export type BoardRoom = Room<typeof whiteboard>;
export type Command = Parameters<BoardRoom["send"]>[0];
export type BoardPresence = Parameters<BoardRoom["presence"]["set"]>[0];
export const CommandButton: (props: CommandButtonProps<Command>) => ReactNode = AnyCommandButton;
