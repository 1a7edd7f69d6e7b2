/**
 * What a session's frames do: command, ping, resync, presence. All synchronous: decided, or answered, before the call returns (L5).
 * Where another node decides, commands go there (`room.link`).
 * From: gateway/connection.ts. To: the owner, and the answers to this client alone.
 */
import * as v from "valibot";
import { encodeError, encodePong, type RefusedFrame, type SnapshotReason } from "../protocol/frames.ts";
import type { Session } from "../sync/session.ts";
import type { Owner } from "./owner.ts";
import type { Room } from "./room.ts";
import type { Sender } from "./sender.ts";

export class Ingress {
  readonly #room: Room;
  readonly #presence: v.GenericSchema<unknown, unknown>;

  constructor(room: Room) {
    this.#room = room;
    this.#presence = v.strictObject(room.options.def.presence);
  }

  /** Decides, or answers with an `error` that leaves the seq unused. `bytes` is the frame's length. */
  command(session: Sender, seq: number, input: { readonly type: string }, bytes: number): void {
    const { owner, options } = this.#room;
    if (session.state === "new") {
      session.send(encodeError("FAILED_PRECONDITION", "Wait for the welcome before the first command.", { seq }));
      return;
    }
    if (owner === undefined) {
      if (this.#room.link !== undefined) return this.#room.link.command(session, seq, input, bytes);
      session.awaitingSeq = true;
      session.send(encodeError("UNAVAILABLE", "This room cannot save right now.", { seq, retryAfterMs: 1_000 }));
      return;
    }
    const last = owner.lastSeq(session.identity.user, session.client) ?? 0;
    if (seq <= last) return this.#tellAgain(session, seq, owner);
    if (seq > last + 1) return this.askAgain(session, "OUT_OF_RANGE", `Expected seq ${last + 1}.`, last + 1);
    if (owner.isFull) {
      options.count("rateLimited.batch");
      return this.askAgain(
        session,
        "RESOURCE_EXHAUSTED",
        "This room has more to do than one broadcast holds.",
        seq,
        options.limits.broadcastWindowMaxMs,
      );
    }
    session.awaitingSeq = false;
    const tooBig = bytes > options.limits.commandBytesMax;
    const refused = tooBig
      ? owner.refuseUnseen(session.who, seq, "payload", "This command is too big.")
      : owner.command(session.who, seq, input);
    if (refused === undefined) return;
    options.count(`refused.${refused.code}`);
    const { user, role } = session.identity;
    const by = { user, role: owner.roleOf(user, role), client: session.client };
    options.watch?.watcher?.refused(this.#room, { ...refused, by, event: input });
    // Not before the ops that it may tell of are durable (L3).
    owner.afterCommit({ run: () => session.tellRefusal(refused), fail: () => undefined });
  }

  /** Up to `seq` the client has no command open that this room has not decided: they had their fate in a history that was lost. */
  settled(session: Sender, seq: number): void {
    const { owner, link } = this.#room;
    if (owner === undefined) return link?.settled(session, seq);
    owner.skip(session.identity.user, session.client, seq);
    session.awaitingSeq = false;
  }

  /** Says that `seq` is to be sent again. A gap is told once, what follows is ignored until `seq` comes (go-back-N); that one is answered each time, or its sender would wait for ever. */
  askAgain(session: Sender, code: "OUT_OF_RANGE" | "RESOURCE_EXHAUSTED", message: string, seq: number, retryAfterMs?: number): void {
    if (session.awaitingSeq && code === "OUT_OF_RANGE") return;
    session.awaitingSeq = true;
    session.send(encodeError(code, message, { seq, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) }));
  }

  /** The only seq that a rate limit may hold back; all others are old, or ignored. */
  nextSeq(session: Sender): number {
    const { owner, link } = this.#room;
    return link?.nextSeq(session) ?? (owner?.lastSeq(session.identity.user, session.client) ?? 0) + 1;
  }

  /** Returns what is wrong with it, for people. */
  ping(session: Session, rev: number): string | undefined {
    const { feed, sessions } = this.#room;
    if (feed === undefined) return undefined;
    if (rev > feed.rev) return `Rev ${rev} is yet to come; the room is at ${feed.rev}.`;
    if (rev > session.reportedRev) {
      session.reportedRev = rev;
      session.reportedTotal = feed.ring.totalAt(rev);
    }
    if (session.state === "new" || session.isStale) return undefined; // the welcome comes first
    // In order with the deltas: a client that is told a higher rev than it has, has missed something.
    session.send(encodePong(session.isLive ? feed.rev : session.sentRev));
    sessions.tryLeaveLag(session);
    return undefined;
  }

  resync(session: Session, reason: SnapshotReason): void {
    session.snapshotReason = reason;
    session.edge({ type: "resync" });
  }

  /** Returns what is wrong with it, for people. `null` takes the presence away. */
  presence(session: Session, state: unknown, bytes: number): string | undefined {
    const { sessions, options } = this.#room;
    if (bytes > options.limits.presenceBytesMax) return `Presence may have ${options.limits.presenceBytesMax} bytes at most.`;
    if (state === null) {
      sessions.setPresence(session, null);
      return undefined;
    }
    const parsed = v.safeParse(this.#presence, state);
    if (parsed.success) sessions.setPresence(session, parsed.output);
    else return `presence: ${v.getDotPath(parsed.issues[0]) ?? ""} ${parsed.issues[0].message}`;
    return undefined;
  }

  #tellAgain(session: Sender, seq: number, owner: Owner): void {
    const { options } = this.#room;
    const { user } = session.identity;
    if (owner.isUnknown(user, session.client, seq)) {
      session.send(encodeError("NOT_FOUND", "What became of this command is no longer known.", { seq }));
      return;
    }
    options.count("duplicates");
    const refused: RefusedFrame | undefined = owner.refusalsAfter(user, session.client, seq - 1).find((refusal) => refusal.seq === seq);
    owner.afterCommit({
      run: () => (refused === undefined ? session.tellAcked() : session.tellRefusal(refused)),
      fail: () => undefined,
    });
  }
}
