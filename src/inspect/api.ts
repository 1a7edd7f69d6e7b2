/**
 * What the inspector's page asks of the admin listener by HTTP, all of it `GET` with `authorization: Bearer <token>`, all answers JSON.
 * Here is what the journal holds, payloads and contexts too: it is for the people who run the server, and goes nowhere else.
 *
 *   /api/rooms?after=<room>                      RoomList: running and sleeping rooms, by name
 *   /api/rooms/<type>/<id>                       RoomDetail
 *   /api/rooms/<type>/<id>/ops?from=&limit=      OpList
 *   /api/rooms/<type>/<id>/states/<rev>          StateAt
 *   /api/rooms/<type>/<id>/refusals              RefusalList: newest last
 *   /api/rooms/<type>/<id>/refusals/<n>          Explained
 *   /api/rooms/<type>/<id>/export                a room's log (log.ts)
 *   /api/stream                                  a WebSocket: frames are JSON arrays of InspectMessage (messages.ts).
 *                                                Its first frame from the page is {"token": "…"}; without it within 5 s, or with a wrong one: closed with 4401
 *   /stately?token=<token>                       a WebSocket for Stately's own receivers: one StatelyMessage a frame
 *
 * Errors: 401 without the token, 404, 410 (that rev is not kept), 500; body `{code, message}`.
 */
import type { StateValue } from "xstate";
import type { RosterEntry } from "../protocol/frames.ts";
import type { RefusedMessage, SessionCounts } from "./messages.ts";

export interface RoomRow {
  /** `meeting/weekly` */
  readonly room: string;
  /** A state of machines/room.ts, or `asleep`. */
  readonly state: string;
  readonly epoch: string | undefined;
  readonly rev: number;
  /** Only of running rooms. */
  readonly sessions?: SessionCounts;
}
export interface RoomList {
  readonly rooms: readonly RoomRow[];
  /** There are more: ask again with `after` this name. */
  readonly next?: string;
}

export interface RoomDetail extends RoomRow {
  readonly type: string;
  readonly version: number;
  /** As in an ActorMessage. */
  readonly definition: string;
  /** The oldest op that is kept; `rev + 1` if none is. */
  readonly opsFrom: number;
  /** The oldest rev whose state can be had. */
  readonly statesFrom: number;
  /** Why that is not 0, for people. */
  readonly note?: string;
}

export interface OpRow {
  readonly rev: number;
  /** ms since the Unix epoch. */
  readonly at: number;
  /** The roster's number; 0 is the room itself. */
  readonly who: number;
  readonly by: { readonly user: string; readonly role: string; readonly client: string };
  /** 0 for what is no command. */
  readonly seq: number;
  readonly event: { readonly type: string } & Readonly<Record<string, unknown>>;
  readonly timer?: string;
}
export interface OpList {
  /** In order; at most `limit` (1 … 500, 200 without a word). */
  readonly ops: readonly OpRow[];
}

/** A room as it was right after `rev`. */
export interface StateAt {
  readonly rev: number;
  readonly at: number;
  readonly value: StateValue;
  readonly status: string;
  readonly context: unknown;
  readonly timers: readonly { readonly id: string; readonly dueAt: number }[];
  /** Ids of the services that run. */
  readonly services: readonly string[];
  readonly roster: readonly RosterEntry[];
  /** What each audience saw; the one `everyone` where the room type has no view. Empty if nobody was there. */
  readonly audiences: readonly {
    readonly audience: string;
    readonly users: readonly string[];
    /** As SNAP-1 of SPEC.md. */
    readonly state: unknown;
    /** What a user saw besides, by user. */
    readonly own?: Readonly<Record<string, unknown>>;
  }[];
}

export interface RefusalList {
  readonly refusals: readonly RefusedMessage[];
}

/** Why a command was refused: the walk over the state that decided, told by its guards. */
export interface Explained extends RefusedMessage {
  /** The command as it came, and who sent it. */
  readonly command: Readonly<Record<string, unknown>>;
  readonly stamp: { readonly at: number; readonly id: string; readonly by: RefusedMessage["by"] };
  readonly value: StateValue;
  /** Where it would be taken, guards aside. */
  readonly acceptedIn: readonly string[];
  /** Every guard that was asked, innermost state first. */
  readonly guards: readonly {
    /** The state whose transition it guards; the machine's id for the root. */
    readonly state: string;
    readonly guard: string;
    readonly params?: unknown;
    readonly negated?: true;
    readonly holds: boolean;
    /** What it threw, instead of saying anything; none was asked after it. */
    readonly failure?: string;
    /** Each value that it read, by path: `context.meeting.hands`, `event.by.role`, `params.item`. Big values are cut. */
    readonly reads: readonly { readonly path: string; readonly value: unknown }[];
  }[];
  /** The state could not be had any more, so that `guards` is empty; why. */
  readonly note?: string;
}

export interface ApiError {
  readonly code: string;
  readonly message: string;
}
