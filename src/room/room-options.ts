/** What a room is given, and what it tells the people who run it. From: directory.ts. */
import type { AnyStateMachine } from "xstate";
import type { Clock } from "../clock.ts";
import type { RoomCluster } from "../cluster/room-cluster.ts";
import type { Journal, RoomName } from "../journal/port.ts";
import type { Limits } from "../protocol/limits.ts";
import type { ChecksumBudget } from "../sync/checksums.ts";
import type { AnyRoomType } from "./define-room.ts";
import type { Room } from "./room.ts";
import type { Watch } from "./watch.ts";

export const roomAlarmCodes = [
  "journal",
  "conflict",
  "machine",
  "determinism",
  "effect",
  "replay",
  "version",
  "snapshot",
  "ahead",
  "session",
  "internal",
  "epoch",
] as const;
/** What a room tells the people who run it. Never carries a command's fields. */
export interface RoomAlarm {
  readonly code: (typeof roomAlarmCodes)[number];
  readonly room: RoomName;
  readonly message: string;
  readonly error?: unknown;
}

export interface RoomOptions {
  readonly def: AnyRoomType;
  /** The definition's machine with this server's services, provided once per room type. */
  readonly machine: AnyStateMachine;
  readonly room: RoomName;
  readonly id: string;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly limits: Limits;
  /** Shared by all rooms. */
  readonly checksums: ChecksumBudget;
  readonly development: boolean;
  readonly newId: () => string;
  readonly publish: (topic: string, frame: string) => void;
  readonly count: (name: string, by?: number) => void;
  readonly onAlarm: (alarm: RoomAlarm) => void;
  /** A batch is durable and told, so long after its first op was decided. Not there: nobody measures. */
  readonly onTold?: ((ms: number) => void) | undefined;
  /** A batch of another node is told here, so long after its first op by both nodes' wall clocks. Not there: nobody measures. */
  readonly onFollowed?: ((ms: number) => void) | undefined;
  /** Not there: nobody ever looks on. */
  readonly watch?: Watch | undefined;
  /** Not there: this node alone has all rooms. */
  readonly cluster?: ((room: Room) => RoomCluster) | undefined;
  /** An earlier life of this room that still has to let go of the log. */
  readonly after: Promise<void> | undefined;
  /** The room is unloaded: a timer of it has to wake it at `dueAt`. */
  readonly onClosed: (dueAt: number | null) => void;
}
