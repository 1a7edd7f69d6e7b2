/** What carries packets between nodes. From: nats-net.ts and memory-net.ts, which make one. To: net.ts. */
import type { RoomName } from "../journal/port.ts";
import type { NodeId } from "./port.ts";

/** Carries packets, at most once, and from one node to another in the order in which they were sent. Throws at nothing that is not the caller's fault. */
export interface Wire {
  /** Of one packet. */
  readonly bytesMax: number;
  /** From now on it is told what comes. `room`: what was said to those that listen to it. */
  open(onData: (data: Uint8Array, room?: RoomName) => void): void;
  toNode(node: NodeId, data: Uint8Array): void;
  /** This node, too, if it reaches anyone. */
  toAll(data: Uint8Array): void;
  toRoom(room: RoomName, data: Uint8Array): void;
  listen(room: RoomName): void;
  unlisten(room: RoomName): void;
  /** Resolves when what was sent is on its way, or cannot be. */
  close(): Promise<void>;
}
