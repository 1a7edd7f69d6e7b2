/**
 * One room among several nodes: who decides it, and the way to the others. From: room.ts. To: owner-link.ts where another node decides, places.ts where this one does.
 * The log is the safety: whoever has claimed it can append, nobody else. All else here only finds that out sooner.
 */
import type { Cursor, Opened } from "../journal/port.ts";
import type { Room } from "../room/room.ts";
import type { ToFollower, ToOwner, ToRoom } from "./messages.ts";
import type { ClusterNode } from "./node.ts";
import { OwnerLink } from "./owner-link.ts";
import { Places } from "./places.ts";
import type { Following, NodeId } from "./port.ts";
import { Presences } from "./presences.ts";

const claimTriesMax = 30;
const claimAgainMs = 200;
const attachMsMax = 1_000;
/** So long without an owner, and whoever waits looks for one. */
const ownerlessMsMax = 2_000;

export class RoomCluster {
  readonly presences: Presences;
  readonly #room: Room;
  readonly #node: ClusterNode;
  #link: OwnerLink | undefined;
  #places: Places | undefined;
  #owner: NodeId | undefined;
  #following: Following | undefined;
  /** Settled once it is known who decides, or that nobody knows. */
  #placing = Promise.withResolvers<void>();
  /** Another node had the room since this one did. */
  #wasElsewhere = false;
  /** How often it was stopped: what began before has no say. */
  #life = 0;
  /** Since when it follows a log that nobody says to write to, monotonic ms. */
  #unlinkedSinceMs: number | undefined;

  constructor(room: Room, node: ClusterNode) {
    this.#room = room;
    this.#node = node;
    this.presences = new Presences(room, (states) => this.#tellRoom({ kind: "presence", states }));
    node.net.listen(room.name);
  }

  /** Another node decides. */
  get link(): OwnerLink | undefined {
    return this.#link;
  }

  /** This node decides. */
  get places(): Places | undefined {
    return this.#places;
  }

  /** Claims the room, unless a node that is there has it. On a node that is about to stop, the room closes. */
  async place(): Promise<Opened | "elsewhere"> {
    this.#placing.resolve();
    this.#placing = Promise.withResolvers();
    const { journal, net } = this.#node;
    const { name, options } = this.#room;
    for (let tries = 1; tries <= claimTriesMax; tries++) {
      const holder = await journal.holder(name);
      if (holder !== undefined && holder.node !== net.node) this.#wasElsewhere = true;
      if (holder !== undefined && net.others.has(holder.node)) {
        const answer = await this.#node.isTheirs(holder.node, name);
        if (answer === "itIs") {
          this.#owner = holder.node;
          return "elsewhere";
        }
        if (answer === undefined) {
          await new Promise<void>((resolve) => options.clock.setTimer(claimAgainMs, resolve));
          continue;
        }
      }
      if (this.#node.isDraining) {
        this.#room.close();
        return "elsewhere";
      }
      this.#node.checkVersions(name, options.def);
      const opened = await journal.claim(name, holder?.at);
      if (opened === undefined) continue;
      options.count("cluster.claimed");
      return opened;
    }
    throw new Error(`${name} could not be claimed: its last holder does not answer, or others are faster again and again`);
  }

  /** Loaded, and decided here from now on. */
  owning(): void {
    this.#placing.resolve();
    this.#owner = undefined;
    this.#places = new Places(this.#room, (node, answer) =>
      this.#node.send(node, this.#room.name, { ...answer, rev: this.#room.feed?.rev ?? 0 } as ToFollower),
    );
    this.#tellRoom({ kind: "owner" });
    const { sessions, owner } = this.#room;
    // Its owner may have held them for away.
    if (this.#wasElsewhere) for (const session of sessions) if (session.socket !== undefined) owner?.mark(session, "back");
    this.#wasElsewhere = false;
  }

  /** Loaded up to `from`, and decided elsewhere. Resolves when the owner knows who is here, or takes its time with it. */
  async follow(from: Cursor): Promise<void> {
    this.#placing.resolve();
    const room = this.#room;
    const life = this.#life;
    const following = await this.#node.journal.follow(room.name, {
      from,
      onEntries: (entries) => room.follow(entries),
      onReset: () => room.moved(),
      onTrouble: (error) => room.alarm("journal", "the log of another node cannot be followed just now", error),
    });
    if (life !== this.#life || this.#owner === undefined) return following.close(); // it was stopped meanwhile
    this.#following = following;
    const link = this.#linkTo(this.#owner);
    const { clock } = room.options;
    await Promise.race([link.attached, new Promise<void>((resolve) => clock.setTimer(attachMsMax, resolve))]);
  }

  /** Neither decides nor follows any more, for now. */
  stopped(): void {
    this.#life++;
    this.#placing.resolve();
    if (this.#places !== undefined) this.#tellRoom({ kind: "unsaved" });
    this.#places = undefined;
    this.#owner = undefined;
    this.#following?.close();
    this.#following = undefined;
    this.#link?.close();
    this.#link = undefined;
  }

  closed(wasOwner: boolean): void {
    this.#placing.resolve();
    if (wasOwner) this.#tellRoom({ kind: "released" });
    this.#node.closed(this.#room.name, this);
  }

  sweep(nowMs: number): void {
    this.#link?.sweep(nowMs);
    if (this.#link !== undefined || (this.#places?.size ?? 0) > 0) this.presences.sweep(nowMs);
    if (this.#following === undefined || this.#link !== undefined) this.#unlinkedSinceMs = undefined;
    else this.#unlinkedSinceMs ??= nowMs;
    if (this.#unlinkedSinceMs !== undefined && nowMs - this.#unlinkedSinceMs > ownerlessMsMax) this.#ownerless();
  }

  // --- from other nodes ----------------------------------------------------------------------------------------------

  /** Answers once that is settled. */
  async isHeld(): Promise<boolean> {
    const room = this.#room;
    if (room.state === "closing") await room.closed;
    await this.#placing.promise;
    return room.owner !== undefined;
  }

  onMessage(from: NodeId, message: ToOwner | ToFollower): void {
    if ("rev" in message) {
      if (this.#link?.owner === from) this.#link.take(message);
    } else if (this.#places !== undefined) {
      this.#places.take(from, message);
      if (message.kind === "attach" && message.isLast) this.presences.sayKnown();
    } else if (this.#room.state !== "loading") this.#node.send(from, this.#room.name, { kind: "notOwner", rev: 0 });
  }

  onRoomMessage(from: NodeId, message: ToRoom): void {
    switch (message.kind) {
      case "owner":
        if (this.#places !== undefined) return void this.verify();
        if (this.#owner !== undefined) this.#owner = from;
        if (this.#following !== undefined) this.#linkTo(from);
        return;
      case "released":
        if (this.#owner === from) this.#ownerless();
        return;
      case "unsaved":
        if (this.#owner !== from) return;
        this.#link?.close();
        this.#link = undefined;
        return this.#room.sessions.notSaving();
      case "presence":
        this.presences.heard(message.states);
    }
  }

  onGone(node: NodeId): void {
    this.#places?.gone(node);
    if (this.#owner === node) this.#ownerless();
  }

  /** Messages to or from it may have been lost. */
  onLost(node: NodeId): void {
    if (this.#link?.owner === node) this.#link.attach();
    if (this.#places?.nodes.has(node)) this.#node.send(node, this.#room.name, { kind: "attachAgain", rev: 0 });
  }

  /** This node stood still, or was cut off: others may have taken over. */
  onBack(): void {
    if (this.#places !== undefined) void this.verify();
    void this.#following?.catchUp();
    this.#link?.attach();
  }

  /** Is it still ours? An append would find that out, but without one, clients here would wait for ever. False: no, or nobody can say. */
  async verify(): Promise<boolean> {
    const { journal, net } = this.#node;
    try {
      const holder = await journal.holder(this.#room.name);
      if (this.#places === undefined) return false;
      if (holder?.node === net.node) return true;
      this.#room.outrun();
    } catch (error) {
      this.#room.alarm("journal", "cannot ask who has the room", error);
    }
    return false;
  }

  #ownerless(): void {
    this.#node.count("cluster.ownersLost");
    // Nobody here needs it: whoever does takes it, or its next timer brings it up.
    if (this.#room.sessions.size === 0) this.#room.close();
    else this.#room.moved();
  }

  #linkTo(owner: NodeId): OwnerLink {
    this.#link?.close();
    this.#owner = owner;
    this.#link = new OwnerLink(this.#room, owner, (message) => this.#node.send(owner, this.#room.name, message));
    this.#link.attach();
    this.presences.sayAll();
    return this.#link;
  }

  #tellRoom(message: ToRoom): void {
    this.#node.net.tellRoom(this.#room.name, message);
  }
}
