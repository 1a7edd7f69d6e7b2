/** Quorate's public surface, named one by one. */
export { type Clock, realClock } from "./clock.ts";
export { type Config, ConfigError, defineConfig, readConfig } from "./config.ts";
export { type Auth, type Credentials, guests, type Principal, type Role } from "./gateway/auth.ts";
export { createServer, type QuorateServer, type ServerAlarm, type ServerOptions } from "./gateway/server.ts";
export { memory } from "./journal/memory.ts";
export type { Journal, JournalDeps, JournalFactory } from "./journal/port.ts";
export { sqlite } from "./journal/sqlite.ts";
export { meetingCommands } from "./meeting/commands.ts";
export { meetingReasons } from "./meeting/reasons.ts";
export { recorder } from "./meeting/recorder.ts";
export { meeting } from "./meeting/room.ts";
export { defaultLimits, type Limits } from "./protocol/limits.ts";
export { defineRoom } from "./room/define-room.ts";
export { type Served, serve } from "./room/serve.ts";
