/**
 * The connected-clients store of one room: the sessions and what they are sent personally. It knows nothing of the domain's state.
 * From: arrivals.ts and ingress.ts. To: the owner (who comes and goes) and the feed (deltas, snapshots).
 */
import type { EventObject } from "xstate";
import { closeCodes } from "../protocol/codes.ts";
import {
  encodeClosing,
  encodeDelta,
  encodeError,
  encodePatches,
  encodeRefused,
  type RefusedFrame,
  type RosterEntry,
  type SnapshotReason,
} from "../protocol/frames.ts";
import { Presence } from "../sync/presence.ts";
import { type EndClose, type EndCode, type Identity, none, Session, type SessionHost, type Socket } from "../sync/session.ts";
import { replaced } from "./arrivals.ts";
import { Audiences } from "./audiences.ts";
import { clientKey } from "./client-key.ts";
import { removedBy } from "./load.ts";
import type { Op } from "./op.ts";
import type { Committed, Owner } from "./owner.ts";
import { Personal } from "./personal.ts";
import type { Room } from "./room.ts";
import type { RoomOptions } from "./room-options.ts";
import type { Sender } from "./sender.ts";

export const notSaved = "Your join was not saved. Come again.";
const hasLeft = "Your place in this room was given up. Come again.";
const hasOtherNumber = "You have another number in this room now. Come again.";
export const wasRemoved = "You were removed from this room.";
const snapshotsInARowMax = 6;

export class RoomSessions implements SessionHost {
  readonly #room: Room;
  readonly #options: RoomOptions;
  readonly #sessions = new Map<string, Session>();
  readonly #audiences: Audiences;
  readonly #personal: Personal;
  readonly #presence: Presence;
  readonly #presenceTopic: string;

  constructor(room: Room, options: RoomOptions) {
    this.#room = room;
    this.#options = options;
    this.#audiences = new Audiences(options.def, options.room);
    this.#personal = new Personal(options.def, options.limits.refusalsPerClientMax);
    this.#presence = new Presence(options.clock, options.limits.presenceBytesPerSecond, () => room.requestFlush());
    this.#presenceTopic = `${options.room}|presence`;
  }

  get size(): number {
    return this.#sessions.size;
  }

  find(user: string, client: string): Session | undefined {
    return this.#sessions.get(clientKey(user, client));
  }

  [Symbol.iterator](): Iterator<Session> {
    return this.#sessions.values();
  }

  // --- leaving -------------------------------------------------------------------------------------------------------

  /** The socket closed. An old socket's late close never ends the session that has a newer one. */
  lost(session: Session, socket: Socket): void {
    if (session.socket === socket) session.edge({ type: "lost" });
  }

  /** The session's own exit: `bye`. */
  bye(session: Session): void {
    const { socket } = session;
    session.edge({ type: "bye" });
    socket?.close(closeCodes.bye, "bye");
  }

  missedHeartbeat(session: Session): void {
    this.#options.count("staleSessions");
    session.edge({ type: "missedHeartbeat" });
  }

  add(identity: Identity, client: string, who: number, version: number): Session {
    const session = new Session(this.#options.newId(), identity, client, this.#audiences.of(identity, version), this);
    session.who = who;
    session.sinceMs = this.#options.clock.now();
    this.#sessions.set(clientKey(identity.user, client), session);
    this.#options.watch?.watcher?.session(this.#room, session);
    return session;
  }

  /** A place in the room without a connection: it has its grace to come back. */
  addGhost(identity: Identity, client: string, who: number): void {
    this.add(identity, client, who, this.#options.def.version).edge({ type: "restored" });
  }

  /** Its actor is dead, of a view that throws, say: nothing would ever end it. */
  failed(session: Session, error: unknown): void {
    this.#room.alarm("session", "a session's machine failed", error);
    const { socket } = session;
    this.departed(session);
    socket?.send(encodeClosing("INTERNAL", "The room failed to serve you.", { retryAfterMs: 1_000 }));
    socket?.close(closeCodes.internal, "internal");
  }

  /** Ends a session for good, with a word to its client. */
  end(session: Session, code: EndCode, close: EndClose, reason: string): void {
    const { socket } = session;
    socket?.send(encodeClosing(code, reason, code === "UNAVAILABLE" || code === "RESOURCE_EXHAUSTED" ? { retryAfterMs: 1_000 } : {}));
    session.edge({ type: "kick" });
    socket?.close(closeCodes[close], reason.slice(0, 100));
  }

  /** Its client has its place on another node by now: whoever is still connected here is told, and nobody leaves. */
  giveUp(session: Session): void {
    const { socket } = session;
    session.isElsewhere = true;
    session.edge({ type: "kick" });
    if (socket !== undefined) replaced(socket);
  }

  /** `null` takes it away. */
  setPresence(session: Session, state: unknown): void {
    if (state === null) this.#presence.remove(session.who);
    else this.#presence.set(session.who, state);
    if (this.#room.cluster === undefined) return;
    this.#room.cluster.presences.say(session.who, session.client, state);
    this.#room.requestFlush(); // others may have to be told, though nobody here has
  }

  /** Presence of who is on another node. `null` takes it away. */
  presenceOf(who: number, state: unknown): void {
    if (JSON.stringify(this.presence.get(who) ?? null) === JSON.stringify(state)) return; // said again
    if (state === null) this.#presence.remove(who);
    else this.#presence.set(who, state);
  }

  /** Everybody's, as far as it is known here. */
  get presence(): ReadonlyMap<number, unknown> {
    return this.#presence.states;
  }

  /** The socket has room again. */
  drained(session: Session): void {
    const { feed } = this.#room;
    if (feed === undefined) return;
    if (session.outbox.length === 0) this.tryLeaveLag(session);
    else if (feed.pump(session)) feed.settle(session);
  }

  tellRefusal(session: Session, refused: RefusedFrame): void {
    session.ackedSeq = Math.max(session.ackedSeq, refused.seq);
    // Where another node decides, its next owner may know nothing of it.
    if (this.#room.link !== undefined) this.keepTold(session, [refused]);
    const frame = encodeRefused(refused);
    if (session.isLive) session.send(frame);
    else if (session.owed.length < this.#options.limits.refusalsPerClientMax) session.owed = [...session.owed, frame];
    else this.end(session, "RESOURCE_EXHAUSTED", "tooMany", "Too many commands without reading their answers.");
  }

  /** Until the client's next op, which bears them. */
  keepTold(session: Session, refused: readonly RefusedFrame[]): void {
    session.told = [...session.told, ...refused].slice(-this.#options.limits.refusalsPerClientMax);
  }

  /** Where the room is, and up to where this client's commands have their fate. While it is not live, entering `live` will tell. */
  tellAcked(session: Session): void {
    if (session.isLive) session.send(this.#ackedFrame(session));
  }

  /** A delta without ops. */
  #ackedFrame(session: Session): string {
    const rev = this.#room.feed?.rev ?? 0;
    const acked = { acked: session.ackedSeq };
    return session.audience.projected ? encodePatches(rev, rev, 0, "[]", acked) : encodeDelta(rev, [], acked);
  }

  // --- after a commit, a fault, a reload ---------------------------------------------------------------------------

  applied(ops: readonly Op[]): void {
    const { places } = this.#room;
    for (const op of ops) {
      if (op.event.type === "participant.left" && this.#room.owner === undefined) this.#endGone(op);
      if (op.seq === 0) continue;
      const { user, client } = op.by; // not by its number, which may be another one's by now
      const session = this.find(user, client);
      const sender = session ?? places?.find(user, client);
      if (sender === undefined) continue;
      // Where another node decides, its word of them may come later, or never.
      if (this.#room.owner === undefined)
        for (const refused of op.refused ?? []) if (refused.seq > sender.ackedSeq) sender.tellRefusal(refused);
      sender.ackedSeq = Math.max(sender.ackedSeq, op.seq);
      if (session !== undefined && session.told.length > 0) session.told = session.told.filter(({ seq }) => seq > op.seq);
    }
  }

  /** Another node has given up a place that is served here. */
  #endGone({ who, by: { user, client } }: Op): void {
    const session = this.find(user, client);
    if (session?.who === who) this.#endPlaceless(session);
  }

  #endPlaceless(session: Session): void {
    session.isElsewhere = true;
    this.end(session, "UNAVAILABLE", "restart", hasLeft);
  }

  /** The machine took them out, and that is durable. */
  removed(cues: readonly EventObject[]): void {
    for (const user of removedBy(cues)) this.#remove(user);
  }

  /** Before the batch itself: what is in it for one person alone. */
  tellOwn(committed: Committed, ops: readonly Op[]): void {
    this.#personal.tell(this.#sessions.values(), ({ by }) => this.find(by.user, by.client), ops, committed);
  }

  personalFrame(session: Session, committed: Committed): string | undefined {
    return this.#personal.frame(session, committed);
  }

  stop(): void {
    this.#presence.stop();
  }

  flushPresence(): void {
    const frame = this.#presence.takeFrame();
    if (frame !== undefined) this.#options.publish(this.#presenceTopic, frame);
    this.#room.cluster?.presences.flush();
  }

  /** Everyone has to go, and may come again later. */
  dismiss(reason: string): void {
    for (const session of [...this.#sessions.values()]) this.end(session, "INTERNAL", "internal", reason);
  }

  /** The room is about to reload from what is durable. Refusals are durable with their client's next op only; those that were told hold anyway (L10). */
  rememberTold(owner: Owner): void {
    for (const session of this.#sessions.values()) {
      const refusals = owner.refusalsAfter(session.identity.user, session.client, 0);
      session.told = refusals.filter(({ seq }) => seq <= session.ackedSeq);
    }
  }

  /** The journal fails: what was not acknowledged has to be sent again (L12). */
  notSaving(): void {
    for (const session of this.#sessions.values()) {
      session.awaitingSeq = true;
      session.send(encodeError("UNAVAILABLE", "This room cannot save right now.", { seq: session.ackedSeq + 1, retryAfterMs: 1_000 }));
    }
  }

  /** After a load: places without a connection become stale sessions with a full grace; sessions whose join was lost have to come again. */
  restored(roster: readonly RosterEntry[], removed: readonly string[]): void {
    const places = new Set<string>();
    for (const entry of roster) {
      const key = clientKey(entry.user, entry.client);
      places.add(key);
      const session = this.#sessions.get(key);
      if (session !== undefined) this.#renumber(session, entry.who);
      else this.addGhost({ user: entry.user, name: entry.name, role: entry.role }, entry.client, entry.who);
    }
    for (const [key, session] of [...this.#sessions]) {
      if (!places.has(key)) this.end(session, "UNAVAILABLE", "restart", notSaved);
      else {
        this.recalled(session, session.told);
        session.told = none;
      }
    }
    for (const user of removed) this.#remove(user);
  }

  /** The same where another node decides. No op tells who has left meanwhile, and the owner's word comes later: until then, what they do would be shown. */
  restoredToFollow(roster: readonly RosterEntry[]): void {
    const numbers = new Map(roster.map(({ user, client, who }) => [clientKey(user, client), who]));
    for (const [key, session] of [...this.#sessions]) {
      const who = numbers.get(key);
      if (who === undefined) this.#endPlaceless(session);
      else this.#renumber(session, who);
    }
  }

  /** It left and came back, in what was read now or in what is lost. It keeps its place, but its client knows its number by the welcome alone: it has to come again. */
  #renumber(session: Session, who: number): void {
    const { socket } = session;
    if (session.who === who) return;
    // Between nodes that went with the roster, and the old number may be another's already.
    if (this.#room.cluster === undefined) this.#presence.remove(session.who);
    session.who = who;
    if (socket === undefined) return;
    socket.send(encodeClosing("UNAVAILABLE", hasOtherNumber, { retryAfterMs: 1_000 }));
    socket.close(closeCodes.restart, hasOtherNumber);
    this.lost(session, socket);
  }

  /** The owner was loaded anew: it learns what this client was told, and tells what it was not. */
  recalled(sender: Sender, told: readonly RefusedFrame[]): void {
    const { owner } = this.#room;
    const { client, ackedSeq } = sender;
    const { user } = sender.identity;
    if (owner === undefined) return;
    owner.recall(user, client, ackedSeq, told);
    // An append whose outcome was unknown may have landed, with refusals that nobody was told.
    const refusals = owner.refusalsAfter(user, client, ackedSeq);
    const acked = owner.lastSeq(user, client) ?? ackedSeq;
    // Some of it may be decided just now, and not be durable (L3).
    owner.afterCommit({
      run: () => {
        for (const refused of refusals) sender.tellRefusal(refused);
        sender.ackedSeq = Math.max(sender.ackedSeq, acked);
        sender.tellAcked(); // it saves again
      },
      fail: () => undefined,
    });
  }

  /** History changed under the sessions: everyone gets a snapshot. */
  moveTo(reason: SnapshotReason): void {
    this.leaveOldAudiences(this.#room.committed?.domain.snapshot.context); // roles may be others, too
    for (const session of this.#sessions.values()) {
      session.snapshotReason = reason;
      session.edge({ type: "resync" }); // a stale one takes no notice, it decides when it is back
    }
  }

  sweep(nowMs: number): void {
    const { graceMs, lagMsMax } = this.#options.limits;
    const { feed } = this.#room;
    if (feed === undefined) return;
    let allLive = true;
    // Who is ended is taken out of the map meanwhile, which a map allows.
    for (const session of this.#sessions.values()) {
      const { state } = session;
      if (state === "live") {
        if (feed.isSlow(session)) this.#lag(session);
      } else if (state === "stale") {
        // One that is back waits for its welcome.
        if (session.socket === undefined && nowMs - session.staleAtMs >= graceMs) session.edge({ type: "graceOver" });
      } else if (state === "lagging") {
        if (this.#takesNothing(session, nowMs) || nowMs - session.lagSinceMs > lagMsMax) this.#endSlow(session);
        else this.tryLeaveLag(session);
      } else if (this.#takesNothing(session, nowMs)) this.#endSlow(session);
      else this.drained(session);
      if (session.wasLive && !session.isLive && this.find(session.identity.user, session.client) === session) allLive = false;
    }
    if (allLive) this.#presence.allHeard();
  }

  #endSlow(session: Session): void {
    this.end(session, "RESOURCE_EXHAUSTED", "tooMany", "This connection does not keep up.");
  }

  /** Its socket has had more than it should, for as long as a lagging one may lag, and got nothing new: whatever it asked for meanwhile. */
  #takesNothing(session: Session, nowMs: number): boolean {
    if (!this.#room.feed?.isBackedUp(session)) session.fullSinceMs = 0;
    else if (session.fullSinceMs === 0) session.fullSinceMs = nowMs;
    return session.fullSinceMs > 0 && nowMs - session.fullSinceMs > this.#options.limits.lagMsMax;
  }

  /** After a big frame: who did not take it is seen at once, not only by the next sweep. */
  leaveBackedUpOut(): void {
    for (const session of this.#sessions.values()) if (session.isLive && this.#room.feed?.isBackedUp(session)) this.#lag(session);
  }

  /** Out of the topic, silent until it has caught up: memory stays bounded, nobody waits for it. */
  #lag(session: Session): void {
    session.lagSinceMs = this.#options.clock.monotonic();
    this.#options.count("lagging");
    session.edge({ type: "lag" });
  }

  tryLeaveLag(session: Session): void {
    if (session.isLagging && !this.#room.feed?.isSlow(session, 0.5)) session.edge({ type: "drained" });
  }

  /** With any of their sessions, on this node. */
  isHere(user: string): boolean {
    for (const session of this.#sessions.values()) if (session.identity.user === user && session.socket !== undefined) return true;
    return false;
  }

  #remove(user: string): void {
    for (const session of [...this.#sessions.values()])
      if (session.identity.user === user) this.end(session, "PERMISSION_DENIED", "removed", wasRemoved);
    this.#room.places?.remove(user);
  }

  /**
   * A role change moves a session to another audience: out of the old one before the batch is published, since what came after
   * the change is not for it any more (L8). Only rooms with views pay for this. `context` is the state that is about to be told.
   */
  leaveOldAudiences(context: unknown): Moved[] {
    const { def } = this.#options;
    if (def.view === undefined) return [];
    const moved: Moved[] = [];
    for (const session of this.#sessions.values()) {
      if (session.socket === undefined) continue;
      const { user, role } = session.identity;
      const before = session.audience;
      const after = this.#audiences.of({ user, role: def.role?.(context, user) ?? role }, before.sameVersion ? def.version : 0);
      if (after === before) continue;
      const { isLive, isLagging, state } = session;
      session.edge({ type: "lag" });
      session.audience = after;
      // A lagging one gets there once it has drained; a new one's welcome is still to come, with what it may see by then.
      if (!isLagging && state !== "new") moved.push({ session, wasLive: isLive });
    }
    return moved;
  }

  /** What was gained and lost, by patches; with a snapshot where one was under way. */
  enterNewAudiences(moved: readonly Moved[]): void {
    for (const { session, wasLive } of moved) {
      session.snapshotReason = "view";
      session.edge({ type: wasLive ? "drained" : "resync" });
    }
  }

  setAudience(session: Session, version: number): void {
    const { user, role } = session.identity;
    session.audience = this.#audiences.of({ ...session.identity, role: this.#room.roleOf(user, role) }, version);
  }

  // --- what the sync machine asks for --------------------------------------------------------------------------------

  sendSnapshot(session: Session): void {
    this.#room.feed?.sendSnapshot(session);
  }

  catchUp(session: Session): void {
    this.#room.feed?.catchUp(session);
  }

  subscribe(session: Session): void {
    this.#room.feed?.subscribe(session);
    session.lagSinceMs = 0;
    session.fullSinceMs = 0;
    session.socket?.subscribe(this.#presenceTopic);
    const presence = this.#presence.wholeFrame(session.wasLive);
    session.wasLive = true;
    if (presence !== undefined) session.send(presence);
    // Refusals first: whatever is open up to `acked` counts as taken.
    const { owed } = session;
    session.owed = none;
    for (const frame of owed) session.send(frame);
    // A snapshot shows no ops of one's own, so how far one's commands got is told apart.
    if (session.ackedSeq > 0) session.send(this.#ackedFrame(session));
  }

  unsubscribe(session: Session): void {
    session.socket?.unsubscribe(this.#presenceTopic);
    this.#room.feed?.unsubscribe(session);
  }

  detached(session: Session): void {
    const { socket } = session;
    session.socket = undefined;
    session.outbox = none;
    session.fullSinceMs = 0;
    session.wasLive = false;
    session.own = undefined;
    session.acks = none;
    session.staleAtMs = this.#options.clock.monotonic();
    // A new connection says its own, if it has any: what the last page said must not stay.
    this.#forgetPresence(session);
    if (session.changingSocket) return;
    socket?.close(closeCodes.heartbeat, "no heartbeat");
    this.#room.wentAway(session);
  }

  departed(session: Session): void {
    this.#sessions.delete(clientKey(session.identity.user, session.client));
    session.socket = undefined;
    if (session.isElsewhere) this.#room.cluster?.presences.moved(session.client);
    else {
      this.#forgetPresence(session);
      this.#room.left(session);
    }
    this.#room.checkOccupied();
  }

  #forgetPresence({ who, client }: Session): void {
    if (this.#presence.remove(who)) this.#room.cluster?.presences.say(who, client, null);
  }

  onSnapshot(session: Session): void {
    this.#options.count(`snapshot.${session.snapshotReason}`);
    if (session.snapshotsSinceLive > snapshotsInARowMax) session.socket?.close(closeCodes.tooMany, "too many snapshots in a row");
  }
}

interface Moved {
  readonly session: Session;
  readonly wasLive: boolean;
}
