/**
 * Who looks on while rooms run. Rooms call on lifecycle edges and on refusals alone; while nobody looks, that is one read of a field.
 * From: room.ts, room-sessions.ts, ingress.ts, arrivals.ts. To: whoever is set as the watcher, at any time.
 */
import type { RefusedFrame } from "../protocol/frames.ts";
import type { Session } from "../sync/session.ts";
import type { By } from "./commands.ts";
import type { HostedDomain } from "./hosted.ts";
import type { Room } from "./room.ts";

export interface Watcher {
  /** It begins to load. */
  room(room: Room): void;
  /** It has a domain store, perhaps another one than before a fault. */
  domain(room: Room, domain: HostedDomain): void;
  session(room: Room, session: Session): void;
  refused(room: Room, refusal: WatchedRefusal): void;
}

/** A command, or with seq 0 a join, that was refused. */
export interface WatchedRefusal extends Omit<RefusedFrame, "seq"> {
  readonly seq: number;
  /** As its sender is stamped. */
  readonly by: By;
  /** As it came, before its schema. */
  readonly event: { readonly type: string };
}

export interface Watch {
  watcher: Watcher | undefined;
}
