/**
 * The clients of a room that other nodes serve, as its owner knows them. What they send is decided by the very code that decides for sessions here.
 * From: room-cluster.ts, with what their nodes say. To: ingress.ts, arrivals.ts; answers go back to their nodes.
 */
import type { RefusedFrame } from "../protocol/frames.ts";
import { admit, cannotSave, type Joining, settle } from "../room/arrivals.ts";
import { clientKey } from "../room/client-key.ts";
import type { Room } from "../room/room.ts";
import { notSaved, wasRemoved } from "../room/room-sessions.ts";
import type { Sender } from "../room/sender.ts";
import type { EndClose, EndCode, Identity } from "../sync/session.ts";
import type { Attached, ToFollower, ToOwner } from "./messages.ts";
import type { NodeId } from "./port.ts";

/** Without `rev`. */
type Answer = ToFollower extends infer T ? (T extends ToFollower ? Omit<T, "rev"> : never) : never;
export type Tell = (node: NodeId, answer: Answer) => void;

export class Places {
  readonly #room: Room;
  readonly #tell: Tell;
  readonly #places = new Map<string, Place>();
  /** Commands that wait for the next flush. */
  #held = 0;
  /** Of a node that is telling all its sessions: whom it has told so far. */
  readonly #attaching = new Map<NodeId, Set<string>>();

  constructor(room: Room, tell: Tell) {
    this.#room = room;
    this.#tell = tell;
  }

  get size(): number {
    return this.#places.size;
  }

  get nodes(): ReadonlySet<NodeId> {
    return new Set([...this.#places.values()].map(({ node }) => node));
  }

  find(user: string, client: string): Place | undefined {
    return this.#places.get(clientKey(user, client));
  }

  /** Connected, with any of their clients. */
  isHere(user: string): boolean {
    for (const place of this.#places.values()) if (place.identity.user === user && place.connected) return true;
    return false;
  }

  /** The client has come to this node. */
  moveHere({ identity: { user }, client }: Sender): void {
    const place = this.find(user, client);
    if (place === undefined) return;
    this.#drop(place);
    this.#tell(place.node, { kind: "elsewhere", user, client });
    if (!place.connected) this.#room.owner?.mark(place, "back");
  }

  /** The machine took them out. */
  remove(user: string): void {
    for (const place of [...this.#places.values()]) if (place.identity.user === user) place.end("PERMISSION_DENIED", "removed", wasRemoved);
  }

  /** A node is dead, or cut off: its clients have their grace to come back, on any node. */
  gone(node: NodeId): void {
    for (const place of [...this.#places.values()]) if (place.node === node) this.#toGhost(place);
  }

  /** A command of a busy room is decided with its next flush, all else at once, and after what is held (L5). */
  take(from: NodeId, message: ToOwner): void {
    const take = () => {
      if (this.#room.places === this) this.#take(from, message); // else its client was told to send it again
    };
    const isHeld =
      message.kind === "command" &&
      this.#room.hold(() => {
        this.#held--;
        take();
      }, message.bytes);
    if (isHeld) this.#held++;
    else if (this.#held === 0) take();
    else void this.#room.takeHeld().then(take);
  }

  #take(from: NodeId, message: ToOwner): void {
    if (message.kind === "join") return this.#join(from, message.id, message);
    if (message.kind === "attach") return this.#attach(from, message);
    const place = this.find(message.user, message.client);
    if (place?.node !== from) return this.#tell(from, { kind: "attachAgain" });
    const { ingress, owner } = this.#room;
    switch (message.kind) {
      case "command":
        return ingress.command(place, message.seq, message.event, message.bytes);
      case "settled":
        return ingress.settled(place, message.seq);
      case "away":
        place.connected = false;
        if (!this.isHere(message.user) && !this.#room.sessions.isHere(message.user)) owner?.mark(place, "away");
        return;
      case "back":
        if (!place.connected) owner?.mark(place, "back");
        place.connected = true;
        return;
      case "leave":
        return this.#leave(place);
    }
  }

  #join(from: NodeId, id: number, joining: Joining): void {
    const { owner, sessions, options } = this.#room;
    const { identity, client } = joining;
    const { user } = identity;
    if (owner === undefined) return this.#tell(from, { kind: "turnedAway", id, why: cannotSave });
    const admitted = admit(this.#room, owner, joining);
    if (!admitted.ok) return this.#tell(from, { kind: "turnedAway", id, why: admitted });
    const session = sessions.find(user, client);
    const before = this.find(user, client);
    const wasConnected = session === undefined ? (before?.connected ?? true) : session.socket !== undefined;
    if (before !== undefined && before.node !== from) this.#tell(before.node, { kind: "elsewhere", user, client });
    const place = this.#add(from, identity, client, admitted.who, { sinceMs: options.clock.now(), connected: true });
    place.state = "new";
    place.ackedSeq = (session ?? before)?.ackedSeq ?? 0;
    if (session !== undefined) sessions.giveUp(session);
    if (!wasConnected) owner.mark(place, "back");
    const fate = settle(owner, joining, admitted.fatesKnown);
    owner.afterCommit({
      run: () => {
        if (this.find(user, client) !== place) return;
        place.state = "live";
        place.ackedSeq = Math.max(place.ackedSeq, fate.acked);
        this.#tell(from, { kind: "joined", id, user, client, who: place.who, sinceMs: place.sinceMs, fate });
      },
      fail: () => this.#tell(from, { kind: "turnedAway", id, why: cannotSave }),
    });
    this.#room.checkOccupied();
  }

  /** A node says whom it has: after a takeover, or when something was lost between the two. */
  #attach(from: NodeId, { isFirst, isLast, sessions }: Extract<ToOwner, { kind: "attach" }>): void {
    if (isFirst) {
      this.#attaching.set(from, new Set());
      this.#tell(from, { kind: "attached" }); // before what it is told anew
    }
    const told = this.#attaching.get(from);
    if (told === undefined) return this.#tell(from, { kind: "attachAgain" });
    const roster = new Map(this.#room.owner?.committed.roster.map(({ user, client, who }) => [clientKey(user, client), who]));
    for (const attached of sessions) {
      const key = clientKey(attached.identity.user, attached.client);
      told.add(key);
      this.#adopt(from, attached, roster.get(key));
    }
    if (!isLast) return;
    this.#attaching.delete(from);
    for (const [key, place] of [...this.#places]) if (place.node === from && !told.has(key)) this.#toGhost(place);
    this.#room.checkOccupied();
  }

  #adopt(from: NodeId, { identity, client, ackedSeq, told, connected, sinceMs }: Attached, who: number | undefined): void {
    const { sessions, owner } = this.#room;
    const { user } = identity;
    if (who === undefined) return this.#tell(from, { kind: "end", user, client, code: "UNAVAILABLE", close: "restart", reason: notSaved });
    const session = sessions.find(user, client);
    const before = this.find(user, client);
    const isNewer =
      (session?.socket !== undefined && session.sinceMs > sinceMs) ||
      (before !== undefined && before.node !== from && before.connected && before.sinceMs > sinceMs);
    if (isNewer) return this.#tell(from, { kind: "elsewhere", user, client });
    if (before !== undefined && before.node !== from) this.#tell(before.node, { kind: "elsewhere", user, client });
    const wasConnected = session === undefined ? before?.connected === true : session.socket !== undefined;
    const place = this.#add(from, identity, client, who, { sinceMs, connected });
    if (session !== undefined) sessions.giveUp(session);
    if (connected && !wasConnected) owner?.mark(place, "back");
    if (!connected && wasConnected) this.#room.wentAway(place);
    place.ackedSeq = ackedSeq;
    sessions.recalled(place, told);
  }

  #add(node: NodeId, identity: Identity, client: string, who: number, at: Pick<Place, "sinceMs" | "connected">): Place {
    const key = clientKey(identity.user, client);
    const place = new Place(node, identity, client, who, {
      tell: (answer) => this.#tell(node, answer),
      next: () => (this.#room.owner?.lastSeq(identity.user, client) ?? 0) + 1,
      ended: (ended) => this.#leave(ended),
    });
    place.sinceMs = at.sinceMs;
    place.connected = at.connected;
    this.#places.set(key, place);
    return place;
  }

  #drop(place: Place): void {
    const key = clientKey(place.identity.user, place.client);
    if (this.#places.get(key) === place) this.#places.delete(key);
  }

  #leave(place: Place): void {
    this.#drop(place);
    this.#forgetPresence(place);
    this.#room.owner?.leave(place);
    this.#room.checkOccupied();
  }

  #toGhost(place: Place): void {
    this.#drop(place);
    this.#room.sessions.addGhost(place.identity, place.client, place.who);
  }

  #forgetPresence({ who, client }: Place): void {
    this.#room.sessions.presenceOf(who, null);
    this.#room.cluster?.presences.say(who, client, null);
  }
}

interface PlaceHost {
  readonly tell: (answer: Answer) => void;
  readonly next: () => number;
  readonly ended: (place: Place) => void;
}

/** One client on another node. */
export class Place implements Sender {
  readonly node: NodeId;
  readonly identity: Identity;
  readonly client: string;
  readonly who: number;
  state: "new" | "live" = "live";
  awaitingSeq = false;
  ackedSeq = 0;
  sinceMs = 0;
  connected = true;
  readonly #host: PlaceHost;

  constructor(node: NodeId, identity: Identity, client: string, who: number, host: PlaceHost) {
    this.node = node;
    this.identity = identity;
    this.client = client;
    this.who = who;
    this.#host = host;
  }

  send(frame: string): boolean {
    this.#host.tell({ kind: "frame", ...this.#of, frame, ...(this.awaitingSeq ? { next: this.#host.next() } : {}) });
    return true;
  }

  tellRefusal(refused: RefusedFrame): void {
    this.ackedSeq = Math.max(this.ackedSeq, refused.seq);
    this.#host.tell({ kind: "refused", ...this.#of, refused });
  }

  tellAcked(): void {
    this.#host.tell({ kind: "acked", ...this.#of, seq: this.ackedSeq });
  }

  end(code: EndCode, close: EndClose, reason: string): void {
    this.#host.tell({ kind: "end", ...this.#of, code, close, reason });
    this.#host.ended(this);
  }

  get #of() {
    return { user: this.identity.user, client: this.client };
  }
}
