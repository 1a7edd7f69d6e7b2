/** The meeting's room type, bound to React. Every component of the meeting asks the room through these hooks. */
import { type ReactNode, useCallback, useSyncExternalStore } from "react";
import type { Room } from "../../../src/client/index.ts";
import { meeting } from "../../../src/meeting/room.ts";
import { roomHooks } from "../../../src/react/index.ts";
import { AnyCommandButton, type CommandButtonProps } from "../../shared/command-button.tsx";

export const { RoomProvider, useRoom, useSelect, useCan, usePresence, useConnection, usePending, useMe } = roomHooks(meeting);

export type MeetingRoom = Room<typeof meeting>;
/** What a person may ask of the meeting. */
export type Command = Parameters<MeetingRoom["send"]>[0];
export const CommandButton: (props: CommandButtonProps<Command>) => ReactNode = AnyCommandButton;

/** What the room tells besides its state; `read` must give the same answer until something changes. */
export function useOfRoom<T>(read: (room: MeetingRoom) => T): T {
  const room = useRoom();
  const subscribe = useCallback((listener: () => void) => room.subscribe(listener), [room]);
  return useSyncExternalStore(subscribe, () => read(room));
}
