/** `quorate/client`: for browsers, Bun, and Node 22 or later. */
export type { ConnectionView, Me } from "./client-room.ts";
export {
  createRoom,
  type PendingCommand,
  type Room,
  type RoomEvents,
  type RoomOptions,
  type RoomPresence,
  type Sent,
} from "./create-room.ts";
export type { ClientSocket, Network } from "./link.ts";
export type { LocalRefusal, Settled } from "./pending.ts";
export type { Selection } from "./select.ts";
export type { ClientRecord, ClientStorage, Slot } from "./storage.ts";
export { createUndo, type Undo, type UndoVerdict } from "./undo.ts";
