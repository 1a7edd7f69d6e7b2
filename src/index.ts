/** Quorate's public surface, named one by one. */

export { apps } from "./apps.ts";
export {
  createRoom,
  createUndo,
  type PendingCommand,
  type Room,
  type RoomEvents,
  type RoomOptions,
  type Sent,
  type Settled,
  type Undo,
  type UndoVerdict,
} from "./client/index.ts";
export { type Clock, realClock } from "./clock.ts";
export { type Config, ConfigError, defineConfig, readConfig } from "./config.ts";
export { type Auth, type Credentials, guests, type Principal, type Role } from "./gateway/auth.ts";
export { createServer, type QuorateServer, type ServerAlarm, type ServerOptions } from "./gateway/server.ts";
export { type MemoryStore, memory } from "./journal/memory.ts";
export { type NatsOptions, nats } from "./journal/nats.ts";
export { type Journal, type JournalAlarm, type JournalDeps, JournalError, type JournalFactory } from "./journal/port.ts";
export { type SqliteOptions, sqlite } from "./journal/sqlite.ts";
export { meetingCommands } from "./meeting/commands.ts";
export { type ExtendedContext, extendMeeting } from "./meeting/extend.ts";
export { meetingReasons } from "./meeting/reasons.ts";
export { recorder } from "./meeting/recorder.ts";
export { meeting } from "./meeting/room.ts";
export { update } from "./meeting/update.ts";
export { defaultLimits, type Limits } from "./protocol/limits.ts";
export type { By, CommandEvent, CommandInput, RoomInput, Stamp, SystemEvent } from "./room/commands.ts";
export {
  type AnyRoomType,
  type CommandOf,
  defineRoom,
  type GuardName,
  type NewState,
  type OldState,
  type PresenceOf,
  type RoomType,
  type ServicesOf,
  type SnapshotOf,
  type Viewer,
} from "./room/define-room.ts";
export { type Explanation, explain } from "./room/explain.ts";
export type { Room as RunningRoom } from "./room/room.ts";
export type { RoomAlarm } from "./room/room-options.ts";
export { hidden, isHidden, mask, reveal, type Secret } from "./room/secret.ts";
export { type Served, serve } from "./room/serve.ts";
export { type Table, table } from "./room/table.ts";
export { type Outcome, type Refusal, type Verdict, verdict } from "./room/verdict.ts";
export type { Session } from "./sync/session.ts";
