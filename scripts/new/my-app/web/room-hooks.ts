/** The room type, bound to React: every component asks the room through these. */
import type { CommandOf, Room } from "quorate";
import { roomHooks } from "quorate/react";
import type { ReactNode } from "react";
import { AnyCommandButton, type CommandButtonProps } from "../../../../examples/shared/command-button.tsx";
import { type Visit, visitRoom } from "../../../../examples/shared/visit.ts";
import { roomType } from "../room.ts";

export const { RoomProvider, useRoom, useSelect, useMe } = roomHooks(roomType);

export type Command = CommandOf<typeof roomType>;
/** Says why when the room would refuse its command. */
export const CommandButton: (props: CommandButtonProps<Command>) => ReactNode = AnyCommandButton;

export type PageVisit = Visit<Room<typeof roomType>>;
/** Connects at once. */
export const enter = (id: string, name: string): PageVisit => visitRoom(roomType, id, name);
