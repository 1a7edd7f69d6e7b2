/**
 * What a room's client and its server tell each other: hello and welcome, deltas and snapshots, fates. It keeps the confirmed state in step
 * and the pending commands moving. From: client-room.ts. To: the link. It predicts nothing.
 */
import type { Clock } from "../clock.ts";
import type { RefusedFrame, Welcome } from "../protocol/frames.ts";
import { protocolVersion } from "../protocol/version.ts";
import type { AnyRoomType } from "../room/define-room.ts";
import { differences } from "./differences.ts";
import type { Emitter } from "./emitter.ts";
import { fleetingIdentity, type Identity, type IdentityHost } from "./identity.ts";
import { type ClientSocket, Link, type Network } from "./link.ts";
import { Outbox } from "./outbox.ts";
import { type Entry, Pending } from "./pending.ts";
import type { Sender } from "./prediction.ts";
import { Presence } from "./presence.ts";
import { Replica, type SeenOp } from "./replica.ts";
import { Resyncs } from "./resyncs.ts";
import type { ClientStorage } from "./storage.ts";
import { type Token, Tokens } from "./tokens.ts";
import type { DeltaFrame, ErrorFrame, Frame, OwnFrame, SnapshotFrame } from "./wire.ts";

export interface SyncOptions {
  readonly address: string;
  readonly id: string;
  readonly token: Token | undefined;
  readonly storage: ClientStorage | undefined;
  readonly onUnknownFate: (commands: readonly Entry[]) => "again" | "drop";
  readonly socket: (address: string) => ClientSocket;
  readonly network: Network;
  readonly clock: Clock;
  readonly random: () => number;
  readonly newId: () => string;
  /** Only there to settle what a dead tab left: never becomes another client. */
  readonly isCourier: boolean;
}

export class Sync {
  readonly pending = new Pending();
  readonly replica: Replica;
  readonly presence: Presence;
  readonly link: Link;
  readonly #def: AnyRoomType;
  readonly #options: SyncOptions;
  readonly #events: Emitter;
  /** The confirmed state or what is pending is another one. */
  readonly #moved: () => void;
  readonly #identity: Identity;
  readonly #outbox: Outbox;
  readonly #resyncs: Resyncs;
  readonly #tokens: Tokens;
  /** What is pending may be stored: it is known what an earlier page left. */
  #isReady = false;
  #started: Promise<void> | undefined;
  /** Another client id is being made. */
  #changing: Promise<void> | undefined;
  #welcome: Welcome | undefined;
  #helloNextSeq = 1;
  /** The rev at which the welcome said that the room is. */
  #headRev = -1;
  /** What comes with the next state. */
  #own: OwnFrame | undefined;
  /** Decided according to the welcome; settled once the confirmed state shows it, so that nothing flickers. */
  #ackedAtHead = 0;
  pendingMax = pendingMaxAtFirst;
  /** false: the room told that it cannot save. */
  isSaving = true;
  /** How far the server's clock is ahead of this one's monotonic time, as far as live deltas show it. */
  #offsetMs = -Infinity;

  constructor(def: AnyRoomType, options: SyncOptions, events: Emitter, moved: () => void) {
    const { clock, network, random, storage, newId, address } = options;
    this.#def = def;
    this.#options = options;
    this.#events = events;
    this.#moved = moved;
    const trouble = (code: string, message: string, error?: unknown) => events.emit("trouble", { code, message, error });
    this.replica = new Replica(def, { id: options.id, at: clock.now() }, (error) => trouble("machine", "The machine failed.", error));
    this.link = new Link({
      clock,
      random,
      network,
      socket: () => options.socket(address),
      hello: () => this.#hello(),
      heard: (frame) => this.#heard(frame),
      canRenew: () => this.#tokens.canRenew,
      // A stored client of which it is not known yet whose it is: left for its user, who may be another one.
      taken: () => this.#changeClient(this.#welcome !== undefined || options.isCourier),
      resync: () => this.#resyncs.askNow(),
      changed: () => events.changed(),
    });
    const { link, pending } = this;
    this.presence = new Presence(clock, link, this.replica, () => events.changed());
    this.#outbox = new Outbox(clock, pending, link);
    this.#resyncs = new Resyncs(clock, link);
    this.#tokens = new Tokens(options.token, clock, link, (error) => trouble("token", "No new token.", error));
    const host: IdentityHost = {
      pending,
      room: address,
      newId,
      now: () => clock.now(),
      saved: () => this.#outbox.pump(),
      onTrouble: (error) => trouble("storage", "Commands cannot be stored.", error),
    };
    this.#identity = storage?.identity(host) ?? fleetingIdentity(host);
  }

  /** Resolves when it is known who this client is and the first attempt is under way. */
  start(): Promise<void> {
    this.#started = this.#start();
    return this.#started;
  }

  async #start(): Promise<void> {
    if (this.#options.storage !== undefined) await this.#identity.claim();
    this.#isReady = true;
    this.save();
    this.link.connect();
  }

  /** Something new is pending. */
  save(): void {
    if (this.#isReady) this.#identity.save();
  }

  get sender(): Sender | undefined {
    if (this.#welcome === undefined) return undefined;
    const { user, role, who } = this.#welcome;
    return { user, role: this.replica.roster.get(who)?.role ?? role, client: this.#identity.client, who };
  }

  /** The server's time as far as it is known. */
  get now(): number {
    const { clock } = this.#options;
    return this.#offsetMs === -Infinity ? clock.now() : clock.monotonic() + this.#offsetMs;
  }

  setToken(token: string): void {
    this.#tokens.set(token);
    if (!this.link.isJoined) this.connect();
  }

  connect(): void {
    this.#resyncs.forgive();
    if (this.#isReady) this.link.connect(); // or it would be somebody else who says hello
  }

  async close(how: { readonly bye?: boolean; readonly forget?: boolean }): Promise<void> {
    if (how.bye) this.link.send("bye", {});
    for (const part of [this.presence, this.#outbox, this.#resyncs, this.#tokens]) part.stop();
    this.link.close();
    await this.#started; // what is still being claimed must be let go of, too
    await this.#changing;
    await this.#identity.release(how.forget ?? false);
    // From the last one on: or a refusal that waits for what is before it would count as final.
    for (const { seq } of this.pending.entries.toReversed())
      this.pending.settle(seq, { ok: false, code: "closed", reason: "The room was closed here." });
    this.#moved();
    this.#events.changed();
  }

  async #hello(): Promise<object> {
    const token = await this.#tokens.current();
    await this.#changing;
    const { pending, replica } = this;
    const { client, resume } = this.#identity;
    this.#helloNextSeq = pending.nextSeq;
    const { nextSeq, openSeq } = pending;
    const { epoch, rev } = replica;
    return {
      protocol: protocolVersion,
      client,
      machine: this.#def.version,
      nextSeq,
      openSeq,
      // A state that is known to be wrong is nothing to go on from.
      since: epoch === undefined || this.#resyncs.isWrong ? undefined : { epoch, rev },
      resume,
      token,
    };
  }

  #heard(frame: Frame): void {
    switch (frame.type) {
      case "welcome":
        this.#welcomed(frame.payload);
        break;
      case "snapshot":
        this.#replaced(frame.payload);
        break;
      case "delta":
        this.#delta(frame.payload);
        break;
      case "own":
        // Before what it belongs to, so that a command is acknowledged at the moment when its effect is confirmed.
        this.#own = frame.payload;
        this.replica.own = frame.payload.state ?? this.replica.own;
        break;
      case "refused":
        this.#refused(frame.payload);
        break;
      case "presence":
        this.presence.heard(frame.payload.set, frame.payload.gone);
        break;
      case "pong":
        // In order with the deltas: what it tells of and was not heard, was lost.
        if (frame.payload.rev > this.replica.rev && this.link.status === "live") this.#resyncs.need("gap");
        this.#outbox.askAfterFates();
        break;
      case "renewed":
        this.#tokens.accepted(frame.payload.expiresAt, this.now);
        break;
      case "error":
        this.#failed(frame.payload);
        break;
      default:
        return; // `closing` is the link's; what a newer server says besides is not for this client
    }
    this.#events.changed();
  }

  #welcomed(welcome: Welcome): void {
    if (this.#identity.user !== undefined && this.#identity.user !== welcome.user) {
      // Somebody else signed in on this device: what the other left must not be done in this one's name.
      if (this.#options.isCourier) void this.close({});
      else {
        void this.#changeClient(false);
        this.link.edge({ type: "lost", waitMs: 0 });
      }
      return;
    }
    this.#welcome = welcome;
    // What is sent from now on was sent: a record must not say otherwise after a crash.
    if (this.#identity.resume === undefined) for (const entry of this.pending.entries) entry.isStored = false;
    this.#identity.resume = welcome.resume;
    this.#identity.user = welcome.user;
    this.pendingMax = welcome.limits.pendingMax;
    this.#outbox.commandsPerSecond = welcome.limits.commandsPerSecond;
    this.#outbox.restart();
    this.presence.perSecond = Math.min(20, welcome.limits.presencePerSecond);
    this.presence.restart(welcome.who);
    this.isSaving = true;
    this.#headRev = welcome.rev;
    this.#ackedAtHead = welcome.acked ?? 0;
    if (welcome.acked === null) this.#unknown(this.pending.entries, this.#helloNextSeq);
    else {
      this.pending.nextSeq = Math.max(this.pending.nextSeq, welcome.acked + 1);
      // What was not final then is decided again.
      for (const entry of this.pending.entries) entry.refusal = undefined;
      for (const refused of welcome.refused) this.#refused(refused);
      for (const entry of this.pending.entries) if (entry.seq <= welcome.acked) entry.sentOver = this.link.number;
    }
    if (welcome.recovered === "resumed") this.#resyncs.done();
    else {
      this.#resyncs.coming();
      this.link.pulse.rev = -1; // of another history, perhaps
    }
    this.#moved();
    this.link.edge({ type: "welcomed" });
    this.#tokens.accepted(welcome.expiresAt, this.now);
    this.presence.joined();
    this.#caughtUp();
    this.#identity.save();
  }

  #replaced(frame: SnapshotFrame): void {
    const before = this.replica.snapshot;
    this.#own = undefined; // perhaps of another history; how far one's commands got is told after a snapshot
    try {
      if (!this.replica.replace(frame)) return this.#resyncs.heard();
    } catch (error) {
      const reason = "The server has another version: reload.";
      this.#events.emit("trouble", { code: "version", message: reason, error });
      this.link.edge({ type: "hopeless", reason });
      return;
    }
    if (frame.reason === "diverged") {
      const where = differences(before.context, this.replica.snapshot.context, "context").slice(0, 5).join(", ");
      this.#events.emit("trouble", { code: "diverged", message: `The state was not the server's in ${where || "value"}.` });
    }
    this.#resyncs.done();
    this.#followed();
  }

  #delta(frame: DeltaFrame): void {
    const ops: SeenOp[] = [];
    const wasLive = this.link.status === "live";
    const followed = this.replica.follow(frame, (op) => ops.push(op));
    if (followed === "gap" || followed === "wrong") {
      if (!this.#resyncs.isWaiting) this.#resyncs.need(followed === "gap" ? "gap" : "diverged");
      if (followed === "gap") return;
    }
    this.isSaving = true; // or nothing would be told
    for (const op of ops) {
      if (op.seq > 0 && op.by.user === this.#identity.user && op.by.client === this.#identity.client)
        if (this.pending.settle(op.seq, { ok: true, rev: op.rev })) this.#settled();
    }
    this.#acked(frame.acked ?? 0);
    this.#followed();
    const last = ops.at(-1);
    if (last !== undefined && wasLive) this.#clockSeen(last.at);
    for (const { seq: _, ...op } of ops) this.#events.emit("op", { ...op, live: wasLive });
    if (followed !== "old") for (const cue of frame.cues ?? []) this.#events.emit("cue", cue);
  }

  /** The confirmed state is another one now. */
  #followed(): void {
    const { rev } = this.replica;
    if (this.#own !== undefined && this.#own.rev <= rev) {
      for (const seq of this.#own.acks ?? []) this.pending.settle(seq, { ok: true, rev });
      this.#settled();
      this.#own = undefined;
    }
    this.link.pulse.rev = rev;
    this.#moved();
    this.#caughtUp();
  }

  #caughtUp(): void {
    if (this.#resyncs.isWaiting || this.replica.rev < this.#headRev) return;
    this.#acked(this.#ackedAtHead);
    if (this.link.status === "catchingUp") this.link.edge({ type: "caughtUp" });
    this.#outbox.pump();
  }

  #acked(seq: number): void {
    if (this.pending.acked(seq, this.replica.rev)) this.#settled();
  }

  #refused({ seq, ...why }: RefusedFrame): void {
    const refusal = { ok: false, ...why };
    const entry = this.pending.entries.find((other) => other.seq === seq);
    // Told once it is final, if it ever is: others before it may have no fate yet.
    void entry?.settled.then((outcome) => {
      if (outcome === refusal) this.#events.emit("refused", { seq, command: entry.event, ...why });
    });
    if (this.pending.refuse(seq, refusal)) this.#settled();
  }

  /** Some commands have their fate now. */
  #settled(): void {
    this.#moved();
    this.#identity.save(); // and then what may go, goes
  }

  #failed({ code, message, seq, retryAfterMs = 1_000 }: ErrorFrame): void {
    if (code === "UNAVAILABLE") this.isSaving = false;
    if (seq !== undefined) {
      if (code === "NOT_FOUND") this.#unknown(this.pending.entries.filter((entry) => entry.seq === seq));
      else this.#outbox.again(seq, code === "OUT_OF_RANGE" ? 0 : retryAfterMs, code === "RESOURCE_EXHAUSTED");
    } else if (code === "RESOURCE_EXHAUSTED" && this.#resyncs.isWaiting) this.#resyncs.askLater(retryAfterMs);
    else this.#events.emit("trouble", { code, message });
  }

  /** Only the app can say whether what was sent should be done once more; what was not, surely should. They get new numbers, from `nextSeq` on. */
  #unknown(entries: readonly Entry[], nextSeq = this.pending.nextSeq): void {
    const asked = entries.filter(({ wasSent }) => wasSent);
    if (asked.length > 0 && this.#options.onUnknownFate(asked) !== "again")
      for (const { seq } of asked)
        this.pending.settle(seq, { ok: false, code: "unknown", reason: "What became of it is no longer known." });
    this.pending.renumber(entries, nextSeq);
    this.#settled();
  }

  /** The next hello comes from another client: the id is somebody else's, or what is stored under it is another user's. */
  #changeClient(own: boolean): Promise<void> {
    const theirs = own ? [] : this.pending.entries.filter(({ user }) => user !== undefined);
    const stored = this.pending.stored().filter(({ seq }) => theirs.some((entry) => entry.seq === seq));
    const giveUp = () => {
      for (const { seq, user } of own ? [] : this.pending.entries)
        if (user !== undefined) this.pending.settle(seq, { ok: false, code: "unknown", reason: "Another user gave it." });
    };
    giveUp();
    this.#changing = this.#identity.renew(own ? undefined : stored).then(() => {
      giveUp(); // what was given meanwhile
      this.#unknown(this.pending.entries, 1);
    });
    return this.#changing;
  }

  /** The op that took the least time on its way tells the most. */
  #clockSeen(at: number): void {
    this.#offsetMs = Math.max(this.#offsetMs, at - this.#options.clock.monotonic());
  }
}

/** Open commands before the first welcome says how many there may be. */
const pendingMaxAtFirst = 256;
