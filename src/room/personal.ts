/**
 * What is one person's alone in a room with projected states: their own overlay, and which of their commands took effect.
 * It goes to each before the frame that it belongs to, so that nothing flickers. From: room-sessions.ts, feed.ts.
 */
import { encodeOwn } from "../protocol/frames.ts";
import { share } from "../protocol/share.ts";
import { none, type Session } from "../sync/session.ts";
import type { AnyRoomType } from "./define-room.ts";
import type { Op } from "./op.ts";
import type { Committed } from "./owner.ts";

export class Personal {
  readonly #def: AnyRoomType;
  readonly #acksMax: number;

  constructor(def: AnyRoomType, acksMax: number) {
    this.#def = def;
    this.#acksMax = acksMax;
  }

  /** Before the batch is published: those who are live are told now, the others with what brings them up to date. */
  tell(sessions: Iterable<Session>, senderOf: (op: Op) => Session | undefined, ops: readonly Op[], committed: Committed): void {
    const acknowledged = new Set<Session>();
    for (const op of ops) {
      const session = op.seq > 0 ? senderOf(op) : undefined;
      if (session === undefined || !session.audience.projected) continue;
      // While it is not live they may be many; entering `live` tells how far it got.
      session.acks = [...session.acks, op.seq].slice(-this.#acksMax);
      acknowledged.add(session);
    }
    // Anybody's own may have changed: only room types that have it pay for looking.
    for (const session of this.#def.own === undefined ? acknowledged : sessions) {
      if (!session.isLive) continue;
      const frame = this.frame(session, committed);
      if (frame !== undefined) session.send(frame);
    }
  }

  /** Undefined where there is nothing that it was not told over this socket. */
  frame(session: Session, { domain }: Committed): string | undefined {
    if (!session.audience.projected) return undefined;
    const own = share(session.own, this.#def.own?.(domain.snapshot, session.identity.user));
    const isNew = own !== session.own;
    if (!isNew && session.acks.length === 0) return undefined;
    session.own = own;
    const { acks } = session;
    session.acks = none;
    return encodeOwn(domain.rev, isNew ? own : undefined, acks);
  }
}
