/** What nodes say to each other about a room, and about their users. Plain JSON; between two nodes in order, or both learn that something was lost (port.ts). */
import type { RefusedFrame } from "../protocol/frames.ts";
import type { Fate, Joining, TurnedAway } from "../room/arrivals.ts";
import type { EndClose, EndCode, Identity } from "../sync/session.ts";

/** Whose it is. */
interface Of {
  readonly user: string;
  readonly client: string;
}

/** A session of a follower, as its owner has to know it. */
export interface Attached {
  readonly identity: Identity;
  readonly client: string;
  readonly ackedSeq: number;
  /** Refusals that were told and are in no journal. */
  readonly told: readonly RefusedFrame[];
  readonly connected: boolean;
  /** When an owner took it in, ms since the Unix epoch. */
  readonly sinceMs: number;
}

/** From a node with clients of a room to the one that decides. */
export type ToOwner =
  | ({ readonly kind: "join"; readonly id: number } & Joining)
  | ({ readonly kind: "command"; readonly seq: number; readonly event: { readonly type: string }; readonly bytes: number } & Of)
  | ({ readonly kind: "settled"; readonly seq: number } & Of)
  | ({ readonly kind: "away" } & Of)
  /** It was away by the time it was let in: its old socket had closed meanwhile. */
  | ({ readonly kind: "back" } & Of)
  | ({ readonly kind: "leave" } & Of)
  /** All sessions of this node, in one message or several: whoever is not among them is not there. */
  | { readonly kind: "attach"; readonly isFirst: boolean; readonly isLast: boolean; readonly sessions: readonly Attached[] };

/** The other way. It counts once its reader has reached `rev`. */
export type ToFollower = { readonly rev: number } & (
  | ({ readonly kind: "joined"; readonly id: number; readonly who: number; readonly sinceMs: number; readonly fate: Fate } & Of)
  | { readonly kind: "turnedAway"; readonly id: number; readonly why: TurnedAway }
  /** As it is for the client. `next`: the seq that it is to go on with. */
  | ({ readonly kind: "frame"; readonly frame: string; readonly next?: number } & Of)
  | ({ readonly kind: "refused"; readonly refused: RefusedFrame } & Of)
  | ({ readonly kind: "acked"; readonly seq: number } & Of)
  | ({ readonly kind: "end"; readonly code: EndCode; readonly close: EndClose; readonly reason: string } & Of)
  /** Its client is on another node now. */
  | ({ readonly kind: "elsewhere" } & Of)
  | { readonly kind: "attached" }
  /** The owner does not know what it should: say all of it. */
  | { readonly kind: "attachAgain" }
  | { readonly kind: "notOwner" }
);

/** A state of `null` takes it away. */
export type PresenceOf = readonly [who: number, client: string, state: unknown];

/** To all nodes that have the room. */
export type ToRoom =
  /** It decides from now on. */
  | { readonly kind: "owner" }
  /** Nobody does. */
  | { readonly kind: "released" }
  /** The owner cannot save. */
  | { readonly kind: "unsaved" }
  | { readonly kind: "presence"; readonly states: readonly PresenceOf[] };

/** A user of the node that says so: connections to it now, and joins since it has told of them. */
export type ToldUser = readonly [user: string, connections: number, joins: number];

/** `anew`: forget what was told before. */
export interface ToldUsers {
  readonly kind: "users";
  readonly anew: boolean;
  readonly users: readonly ToldUser[];
}

export type ToNode =
  | ToldUsers
  /** Before anybody claims a room: does the last who wrote to it still have it? */
  | { readonly kind: "isYours"; readonly id: number; readonly room: string }
  | { readonly kind: "itIs"; readonly id: number }
  | { readonly kind: "itIsNot"; readonly id: number }
  | ({ readonly room: string } & (ToOwner | ToFollower));
