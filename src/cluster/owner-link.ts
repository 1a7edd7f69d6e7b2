/**
 * From a node that follows a room to the one that decides: what its clients want, and what they are answered.
 * From: arrivals.ts, ingress.ts, room-sessions.ts, and the owner's messages by room-cluster.ts.
 * An answer that tells of ops waits until those have come from the log. Whatever may have been lost on the way is asked for anew: by the client, or with `attach`.
 */
import { encodeError } from "../protocol/frames.ts";
import { type Arrival, cannotSave, joiningOf, takeSocket, turnAway, welcome } from "../room/arrivals.ts";
import type { Room } from "../room/room.ts";
import type { Sender } from "../room/sender.ts";
import { none, type Session } from "../sync/session.ts";
import type { Attached, ToFollower, ToOwner } from "./messages.ts";
import type { NodeId } from "./port.ts";

const answerMsMax = 3_000;
/** Without an answer to so many, the owner is looked for anew. */
const attachTriesMax = 3;
/** Characters of one `attach`. */
const attachCharsMax = 256 * 1024;

interface Forwarded {
  /** The seq that its client has to go on with. */
  next: number;
  /** What was acknowledged when it was last looked at, and since when nothing moves. */
  ackedSeq: number;
  sinceMs: number;
}

export class OwnerLink {
  readonly owner: NodeId;
  readonly #room: Room;
  readonly #tell: (message: ToOwner) => void;
  readonly #forwarded = new WeakMap<Sender, Forwarded>();
  readonly #joins = new Map<number, { readonly arrival: Arrival; readonly cancel: () => void }>();
  readonly #attached = Promise.withResolvers<void>();
  #inbox: ToFollower[] = [];
  #lastJoin = 0;
  #isAttached = false;
  #attachSentMs = 0;
  #attachTries = 0;
  #isClosed = false;

  constructor(room: Room, owner: NodeId, tell: (message: ToOwner) => void) {
    this.#room = room;
    this.owner = owner;
    this.#tell = tell;
  }

  /** Resolves once the owner knows the sessions of this node, or the link is closed. */
  get attached(): Promise<void> {
    return this.#attached.promise;
  }

  /** Tells the owner all sessions of this node. */
  attach(): void {
    this.#isAttached = false;
    this.#attachSentMs = this.#room.options.clock.monotonic();
    this.#inbox = [];
    this.#failJoins();
    const parts: Attached[][] = [[]];
    let chars = 0;
    for (const session of this.#room.sessions) {
      if (session.state === "new") continue;
      const { identity, client, ackedSeq, told, socket, sinceMs } = session;
      const attached = { identity, client, ackedSeq, told, connected: socket !== undefined, sinceMs };
      chars += JSON.stringify(attached).length;
      if (chars > attachCharsMax) {
        parts.push([]);
        chars = 0;
      }
      parts.at(-1)?.push(attached);
    }
    for (const [i, sessions] of parts.entries()) this.#tell({ kind: "attach", isFirst: i === 0, isLast: i === parts.length - 1, sessions });
  }

  close(): void {
    this.#isClosed = true;
    this.#attached.resolve();
    this.#failJoins();
  }

  // --- from this node's clients --------------------------------------------------------------------------------------

  arrive(arrival: Arrival): void {
    if (!this.#isAttached) return turnAway(arrival.socket, cannotSave);
    const id = ++this.#lastJoin;
    const cancel = this.#room.options.clock.setTimer(answerMsMax, () => this.attach());
    this.#joins.set(id, { arrival, cancel });
    this.#tell({ kind: "join", id, ...joiningOf(arrival) });
  }

  command(sender: Sender, seq: number, event: { readonly type: string }, bytes: number): void {
    if (!this.#isAttached) {
      sender.awaitingSeq = true;
      sender.send(encodeError("UNAVAILABLE", cannotSave.reason, { seq, retryAfterMs: 1_000 }));
      return;
    }
    const forwarded = this.#of(sender);
    if (seq > forwarded.next) return this.#room.ingress.askAgain(sender, "OUT_OF_RANGE", `Expected seq ${forwarded.next}.`, forwarded.next);
    sender.awaitingSeq = false;
    forwarded.next = Math.max(forwarded.next, seq + 1);
    const { identity, client } = sender;
    this.#tell({ kind: "command", user: identity.user, client, seq, event, bytes });
  }

  nextSeq(sender: Sender): number {
    return this.#of(sender).next;
  }

  settled({ identity: { user }, client }: Sender, seq: number): void {
    this.#tell({ kind: "settled", user, client, seq });
  }

  away({ identity: { user }, client }: Sender): void {
    this.#tell({ kind: "away", user, client });
  }

  leave({ identity: { user }, client }: Sender): void {
    this.#tell({ kind: "leave", user, client });
  }

  /** A command, or its answer, was lost if nothing moves: its client says it again. */
  sweep(nowMs: number): void {
    if (!this.#isAttached && nowMs - this.#attachSentMs > answerMsMax) {
      if (++this.#attachTries >= attachTriesMax) return this.#room.moved();
      return this.attach();
    }
    for (const session of this.#room.sessions) {
      const forwarded = this.#forwarded.get(session);
      if (forwarded === undefined) continue;
      const isOpen = forwarded.next - 1 > session.ackedSeq;
      if (!isOpen || forwarded.ackedSeq !== session.ackedSeq) {
        forwarded.ackedSeq = session.ackedSeq;
        forwarded.sinceMs = nowMs;
      } else if (nowMs - forwarded.sinceMs > answerMsMax) {
        forwarded.next = session.ackedSeq + 1;
        forwarded.sinceMs = nowMs;
        session.awaitingSeq = true;
        session.send(encodeError("UNAVAILABLE", cannotSave.reason, { seq: forwarded.next, retryAfterMs: 1_000 }));
      }
    }
  }

  // --- from the owner ------------------------------------------------------------------------------------------------

  take(message: ToFollower): void {
    this.#inbox.push(message);
    this.reached();
  }

  /** More has come from the log: answers that waited for it count now, in order. */
  reached(): void {
    const rev = this.#room.feed?.rev ?? 0;
    for (let next = this.#inbox[0]; next !== undefined && next.rev <= rev && !this.#isClosed; next = this.#inbox[0]) {
      this.#inbox.shift();
      this.#act(next);
    }
  }

  #act(message: ToFollower): void {
    const { sessions } = this.#room;
    if (message.kind === "attached") {
      this.#isAttached = true;
      this.#attachTries = 0;
      this.#askForOpen();
      return this.#attached.resolve();
    }
    if (message.kind === "attachAgain") return this.#isAttached ? this.attach() : undefined; // that is under way
    if (message.kind === "notOwner") return this.#room.moved();
    // Something before it may be lost: all that counts of it is told anew, once the owner has heard of the sessions here.
    if (!this.#isAttached) return;
    if (message.kind === "joined") return this.#joined(message);
    if (message.kind === "turnedAway") {
      const arrival = this.#answered(message.id);
      if (arrival !== undefined) turnAway(arrival.socket, message.why);
      return;
    }
    const session = sessions.find(message.user, message.client);
    if (session === undefined) return;
    switch (message.kind) {
      case "frame":
        if (message.next !== undefined) {
          session.awaitingSeq = true;
          this.#of(session).next = message.next;
        }
        session.send(message.frame);
        return;
      case "refused":
        return session.tellRefusal(message.refused);
      case "acked":
        session.ackedSeq = Math.max(session.ackedSeq, message.seq);
        return session.tellAcked();
      case "end":
        session.isElsewhere = true; // its owner has ended it there already
        return session.end(message.code, message.close, message.reason);
      case "elsewhere":
        return sessions.giveUp(session);
    }
  }

  /** What was sent before may be lost: its clients send it again, now rather than when it has gone unanswered for long. */
  #askForOpen(): void {
    for (const session of this.#room.sessions) {
      const forwarded = this.#forwarded.get(session);
      if (forwarded === undefined || forwarded.next - 1 <= session.ackedSeq) continue;
      forwarded.next = session.ackedSeq + 1;
      forwarded.sinceMs = this.#room.options.clock.monotonic();
      this.#room.ingress.askAgain(session, "OUT_OF_RANGE", `Expected seq ${forwarded.next}.`, forwarded.next);
    }
  }

  #joined({ id, user, client, who, sinceMs, fate }: Extract<ToFollower, { kind: "joined" }>): void {
    const arrival = this.#answered(id);
    if (arrival === undefined) return;
    const { sessions } = this.#room;
    const { identity, hello, socket } = arrival;
    let session: Session | undefined = sessions.find(user, client);
    if (session === undefined) {
      session = sessions.add(identity, client, who, hello.machine);
      session.socket = socket;
    } else if (!takeSocket(this.#room, session, socket)) this.#tell({ kind: "back", user, client });
    session.who = who; // another one, if it had left meanwhile
    session.sinceMs = sinceMs;
    session.ackedSeq = Math.max(session.ackedSeq, fate.acked);
    sessions.keepTold(session, fate.refused); // by the welcome
    session.owed = none;
    this.#of(session).next = session.ackedSeq + 1;
    sessions.setAudience(session, hello.machine);
    arrival.onSession(session);
    welcome(this.#room, session, arrival, fate);
    if (arrival.isGone()) sessions.lost(session, socket);
    this.#room.checkOccupied();
  }

  #answered(id: number): Arrival | undefined {
    const asked = this.#joins.get(id);
    this.#joins.delete(id);
    asked?.cancel();
    return asked?.arrival;
  }

  #failJoins(): void {
    for (const id of [...this.#joins.keys()]) {
      const arrival = this.#answered(id);
      if (arrival !== undefined) turnAway(arrival.socket, cannotSave);
    }
  }

  #of(sender: Sender): Forwarded {
    let forwarded = this.#forwarded.get(sender);
    if (forwarded === undefined) {
      forwarded = { next: sender.ackedSeq + 1, ackedSeq: sender.ackedSeq, sinceMs: this.#room.options.clock.monotonic() };
      this.#forwarded.set(sender, forwarded);
    }
    forwarded.next = Math.max(forwarded.next, sender.ackedSeq + 1); // what was asked for again may have been under way
    return forwarded;
  }
}
