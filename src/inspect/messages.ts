/**
 * What the recorder tells whoever watches: the messages of Stately's inspector (`@statelyai/inspect` 0.7), and a few of our own beside them.
 * From: recorder.ts. To: the inspector's page, Stately's page, any receiver of Stately's WebSocket protocol.
 * Nothing is in them that a machine's allow-list does not name: no payload, no context, no service's input or output.
 */
import type { StateValue } from "xstate";

/** The protocol of `@statelyai/inspect` that these messages follow; its receivers take messages that carry one alone. */
export const inspectProtocol = "0.7.2";

/**
 * `server` is the root of all; below it `room:<name>`, below that `domain:<name>` and `session:<session id>`,
 * below a domain its services, `service:<name>/<service id>`.
 */
export type ActorId = string;

export interface InspectedSnapshot {
  readonly status: "active" | "done" | "error" | "stopped";
  /** Not there for actors that are no machines. */
  readonly value?: StateValue;
  /** What the machine's allow-list shows; `{}` without one. */
  readonly context: Readonly<Record<string, unknown>>;
}

/** `createdAt` is ms since the Unix epoch, as text, as Stately has it. */
interface Stamped {
  readonly createdAt: string;
  readonly id: null;
  readonly rootId: ActorId;
  readonly _version: typeof inspectProtocol;
}

/** A new actor, or one that was there before the watcher. Parents come first. */
export interface ActorMessage extends Stamped {
  readonly type: "@xstate.actor";
  readonly sessionId: ActorId;
  readonly parentId: ActorId | undefined;
  /** For people: `meeting/weekly`, `Ada (tab1)`. */
  readonly name: string;
  /** JSON text of a configuration that `createMachine` takes, with names in place of functions and without literals. */
  readonly definition: string;
  readonly snapshot: InspectedSnapshot;
}

/** `type` of what happened and who did it; never what was in it. */
export interface InspectedEvent {
  readonly type: string;
  readonly by?: { readonly user: string; readonly role: string; readonly client: string };
  /** The client's own number for its command. */
  readonly seq?: number;
}

export interface EventMessage extends Stamped {
  readonly type: "@xstate.event";
  readonly sessionId: ActorId;
  readonly sourceId: ActorId | undefined;
  readonly event: InspectedEvent;
}

/** One whose status is not `active` is an actor's last message; what is below it has ended by then, too, or ends with it. */
export interface SnapshotMessage extends Stamped {
  readonly type: "@xstate.snapshot";
  readonly sessionId: ActorId;
  readonly event: InspectedEvent;
  readonly snapshot: InspectedSnapshot;
  /** Of a domain: the rev that it has now. It may not be durable yet. */
  readonly rev?: number;
}

export type StatelyMessage = ActorMessage | EventMessage | SnapshotMessage;

/** How many sessions of a room are in each state of machines/client-sync.ts. */
export interface SessionCounts {
  readonly new: number;
  readonly snapshot: number;
  readonly catchingUp: number;
  readonly live: number;
  readonly lagging: number;
  readonly stale: number;
}

/** A running room as it is now; at most a few times a second, and only when something changed. */
export interface RoomMessage {
  readonly type: "quorate.room";
  readonly room: string;
  /** A state of machines/room.ts; `closed`: it is no longer running. */
  readonly state: string;
  readonly epoch: string | undefined;
  /** Durable up to here. */
  readonly rev: number;
  readonly sessions: SessionCounts;
  /** Since the recorder is on: how often by which reason. */
  readonly snapshots: Readonly<Record<string, number>>;
  readonly refusals: Readonly<Record<string, number>>;
}

/** A command or a join was refused. Its inputs are asked for by HTTP (api.ts). */
export interface RefusedMessage {
  readonly type: "quorate.refused";
  /** Counts up over all rooms, and over restarts; the address of its explanation. */
  readonly n: number;
  readonly room: string;
  /** ms since the Unix epoch. */
  readonly at: number;
  readonly by: { readonly user: string; readonly role: string; readonly client: string };
  /** 0 for a join. */
  readonly seq: number;
  /** The command's type; `(unknown)` if the room type has none such: a client may have written anything there. */
  readonly event: string;
  readonly code: string;
  readonly guard?: string;
  readonly reason: string;
  /** The state that decided. */
  readonly rev: number;
}

/** This watcher was too slow: so many messages were left out, and who lives now follows, as at the beginning. */
export interface DroppedMessage {
  readonly type: "quorate.dropped";
  readonly count: number;
}

export type InspectMessage = StatelyMessage | RoomMessage | RefusedMessage | DroppedMessage;
