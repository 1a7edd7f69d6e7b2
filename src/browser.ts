/** `quorate` in a browser's bundle: what an app's definition and its page need. The server is not among it. */
export { createRoom, createUndo, type Room, type Undo } from "./client/index.ts";
export { meetingCommands } from "./meeting/commands.ts";
export { type ExtendedContext, extendMeeting } from "./meeting/extend.ts";
export { meetingReasons } from "./meeting/reasons.ts";
export { meeting } from "./meeting/room.ts";
export { update } from "./meeting/update.ts";
export type { By, CommandEvent, CommandInput, RoomInput, Stamp, SystemEvent } from "./room/commands.ts";
export { defineRoom } from "./room/define-room.ts";
export { explain } from "./room/explain.ts";
export { hidden, isHidden, mask, reveal, type Secret } from "./room/secret.ts";
export { type Table, table } from "./room/table.ts";
export { verdict } from "./room/verdict.ts";
