/**
 * One running room: its life (machines/room.ts), its flush, and its two halves — the owner, which decides, and the feed, which serves.
 * From: the gateway (join, command, presence, ping, close). To: the journal, then the feed. Nobody hears of an op before the append returned (L3).
 */
import { type Actor, createActor, type EventObject } from "xstate";
import { type RoomEvent, room as roomLife } from "../../machines/room.ts";
import type { RoomCluster } from "../cluster/room-cluster.ts";
import type { Appended, Cursor, Entry, RoomName } from "../journal/port.ts";
import { Checksums } from "../sync/checksums.ts";
import { type AppliedBatch, Feed } from "../sync/feed.ts";
import { FlushWindow, type Held } from "../sync/window.ts";
import { ReplayError } from "./domain.ts";
import { Followed } from "./followed.ts";
import type { HostedDomain } from "./hosted.ts";
import { Ingress } from "./ingress.ts";
import { type Loaded, loadFollowed, loadRoom, nextDueAt } from "./load.ts";
import { OtherVersionError, VersionError } from "./migrate.ts";
import type { Op } from "./op.ts";
import { type Batch, type Committed, Owner } from "./owner.ts";
import type { RoomAlarm, RoomOptions } from "./room-options.ts";
import { RoomSessions } from "./room-sessions.ts";
import type { Sender } from "./sender.ts";
import { SnapshotKeeper } from "./snapshot-keeper.ts";
import { projectState } from "./state.ts";

export class Room {
  readonly name: RoomName;
  readonly sessions: RoomSessions;
  readonly ingress: Ingress;
  readonly #options: RoomOptions;
  readonly #life: Actor<typeof roomLife>;
  readonly #window: FlushWindow;
  readonly #keeper: SnapshotKeeper;
  readonly #checksums: Checksums;
  readonly #closed = Promise.withResolvers<void>();
  /** Not there: this node decides for all rooms that it has. */
  readonly cluster: RoomCluster | undefined;
  #owner: Owner | undefined;
  /** What the owner on another node has made durable, replayed here. */
  #followed: Followed | undefined;
  #feed: Feed | undefined;
  #cursor: Cursor | undefined;
  #committed: Committed | undefined;
  #migratedAt: number | undefined;
  /** What is told to whoever has to go, or comes, while it is quarantined. */
  stoppedBecause = "This room had to be stopped.";
  /** When to come again. */
  stoppedMs: number;
  /** What arrived while the room was loading for the first time. */
  #arrivals: (() => void)[] = [];

  constructor(options: RoomOptions) {
    this.#options = options;
    this.name = options.room;
    this.#checksums = new Checksums(options.checksums, options.limits.checksumEveryMsMin);
    this.#keeper = new SnapshotKeeper(options, (code, message, error) => this.alarm(code, message, error));
    this.sessions = new RoomSessions(this, options);
    this.ingress = new Ingress(this);
    this.cluster = options.cluster?.(this);
    this.stoppedMs = options.limits.faultBackoffMaxMs;
    const { clock, limits } = options;
    this.#window = new FlushWindow(
      clock,
      limits,
      () => this.#flush(),
      () => (limits.flushUs + this.sessions.size * limits.flushUsPerSession) / 1_000,
      () => options.journal.ready?.(),
    );
    const life = roomLife.provide({
      actions: {
        load: () => void this.#load(),
        stopAccepting: () => this.#stopAccepting(),
        dismiss: () => this.sessions.dismiss(this.stoppedBecause),
        unload: () => void this.#unload(),
      },
    });
    this.#life = createActor(life, {
      input: { idleMs: limits.idleRoomMs, backoffMinMs: limits.faultBackoffMinMs, backoffMaxMs: limits.faultBackoffMaxMs },
      clock: { setTimeout: (fire: () => void, ms: number) => clock.setTimer(ms, fire), clearTimeout: (cancel: () => void) => cancel() },
    });
    this.#life.subscribe({
      error: (error) => this.alarm("internal", "the room's own machine failed", error),
      complete: () => this.#onClosed(),
    });
    this.#life.start();
    options.watch?.watcher?.room(this);
  }

  /** Resolves once the room has let go of its log. */
  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  /** For who looks on. */
  get life(): Actor<typeof roomLife> {
    return this.#life;
  }

  /** For who looks on: the domain store, where there is one. */
  get domain(): HostedDomain | undefined {
    return this.#owner?.domain;
  }

  get state(): string {
    return String(this.#life.getSnapshot().value);
  }

  /** Commands are decided now. */
  get owner(): Owner | undefined {
    const { value } = this.#life.getSnapshot();
    return value === "open" || value === "idle" ? this.#owner : undefined;
  }

  /** Another node decides, and this is the way to it. */
  get link(): RoomCluster["link"] {
    return this.cluster?.link;
  }

  /** Clients of other nodes, while this one decides. */
  get places(): RoomCluster["places"] {
    return this.cluster?.places;
  }

  /** As of what is decided here; of what was told here, where another node decides. */
  roleOf(user: string, joined: string): string {
    return this.#owner?.roleOf(user, joined) ?? this.#options.def.role?.(this.#committed?.domain.snapshot.context, user) ?? joined;
  }

  /** Its connection is gone, and its place stays for a while. */
  wentAway(sender: Sender): void {
    const { user } = sender.identity;
    this.link?.away(sender);
    if (!this.sessions.isHere(user) && !this.places?.isHere(user)) this.owner?.mark(sender, "away");
  }

  /** It has given up its place. */
  left(sender: Sender): void {
    this.link?.leave(sender);
    this.owner?.leave(sender);
  }

  /** Reads are served from here, also while the journal fails (L12). */
  get feed(): Feed | undefined {
    return this.#feed;
  }

  get committed(): Committed | undefined {
    return this.#committed;
  }

  /** A client that has the room at `rev` has it as this version does: it may go on from there, if the ring reaches back so far. */
  isOfThisVersion(rev: number): boolean {
    return this.#migratedAt === undefined || rev > this.#migratedAt;
  }

  get options(): RoomOptions {
    return this.#options;
  }

  /** Runs once the room can serve; at once if it can. */
  whenServing(run: () => void): void {
    if (this.#feed !== undefined || this.state === "quarantined") run();
    else this.#arrivals.push(run);
  }

  requestFlush(): void {
    this.#window.request();
  }

  /** False: the room has nothing to wait for. Otherwise `take` runs with the next flush, after what was held before it. */
  hold(take: Held, chars: number): boolean {
    return this.link === undefined && this.#window.hold(take, chars);
  }

  /** Resolves once what was held has been taken. */
  takeHeld(): Promise<void> {
    return this.#window.takeHeld();
  }

  /** Flushes now; resolves when what was decided before is durable and told, or lost. */
  drained(): Promise<void> {
    return this.#window.drain();
  }

  /** Someone came or went, a service started or ended. */
  checkOccupied(): void {
    const occupied = this.sessions.size > 0 || (this.places?.size ?? 0) > 0 || (this.#owner?.busy ?? false);
    if (this.state === (occupied ? "idle" : "open")) this.#edge({ type: occupied ? "occupied" : "empty" });
  }

  close(): void {
    this.#edge({ type: "close" });
  }

  /** Another node decides from now on, or none: find out who. */
  moved(): void {
    this.#edge({ type: "moved" });
  }

  /** Durable by another node's word. */
  follow(entries: readonly Entry[]): void {
    const followed = this.#followed;
    if (followed === undefined || this.#feed === undefined) return;
    try {
      const batch = followed.take(entries);
      this.#committed = followed.committed;
      this.#options.count("opsFollowed", batch.ops.length);
      this.#tell(this.#feed, { ops: batch.encoded, cues: batch.cues }, followed.committed, batch.ops);
      this.sessions.applied(batch.ops);
      this.link?.reached();
      const [first] = batch.ops;
      if (first !== undefined) this.#options.onFollowed?.(this.#options.clock.now() - first.at);
    } catch (error) {
      if (!(error instanceof ReplayError)) return this.#cannotTell(error);
      this.alarm("replay", error.message, error);
      this.#edge({ type: "quarantine" });
    }
  }

  /** Not the way it should be: the log has another writer. */
  outrun(): void {
    this.#fault("conflict", "another node writes to this room's log");
  }

  alarm(code: RoomAlarm["code"], message: string, error?: unknown): void {
    this.#options.onAlarm({ code, room: this.name, message, ...(error === undefined ? {} : { error }) });
  }

  #edge(event: RoomEvent): void {
    if (this.#life.getSnapshot().status === "active") this.#life.send(event);
  }

  // --- the flush -------------------------------------------------------------------------------------------------

  async #flush(): Promise<void> {
    const { journal } = this.#options;
    try {
      const owner = this.#owner;
      const batch = owner?.take(this.#keeper.isDue(this.#committed?.domain.rev ?? 0));
      if (owner !== undefined && batch !== undefined && this.#cursor !== undefined) {
        const due = nextDueAt(batch.state.domain, batch.state.roster.length, this.#options.limits.graceMs);
        const { entries } = batch;
        const appended = await journal.append(this.name, this.#cursor, { entries, nextDueAt: due }).catch((error: unknown) => error);
        if (this.#owner !== owner) return; // stopped meanwhile: whatever is durable will be read again
        if (!isAppended(appended)) return this.#fault("journal", "the journal did not take an append; its outcome is unknown", appended);
        if (!appended.ok) return this.#fault("conflict", "another writer appended to this room's log");
        this.#cursor = appended.cursor;
        this.#applied(owner, batch);
      }
      this.sessions.flushPresence();
    } catch (error) {
      this.#cannotTell(error);
    }
  }

  /** Durable: told to everyone, then acted on. A bug in here stops this room and no other (L13). */
  #applied(owner: Owner, batch: Batch): void {
    const { count, clock, onTold } = this.#options;
    this.#committed = batch.state;
    owner.landed();
    count("ops", batch.ops.length);
    count("deltas");
    if (this.#feed !== undefined) this.#tell(this.#feed, { ops: batch.encoded, cues: batch.cues }, batch.state, batch.ops);
    for (const waiter of batch.waiters) waiter.run();
    this.sessions.applied(batch.ops);
    this.sessions.removed(batch.cues);
    onTold?.(clock.monotonic() - batch.decidedAtMs);
    owner.commit(batch);
    this.checkOccupied();
    this.#keeper.follow(batch.entries);
    if (batch.fates !== undefined) void this.#keeper.save(batch.state, batch.fates);
  }

  #tell(feed: Feed, batch: AppliedBatch, committed: Committed, ops: readonly Op[] = []): void {
    const moved = this.sessions.leaveOldAudiences(committed.domain.snapshot.context);
    this.sessions.tellOwn(committed, ops);
    this.cluster?.presences.applied(ops);
    feed.apply(batch);
    this.sessions.enterNewAudiences(moved);
  }

  #fault(code: RoomAlarm["code"], message: string, error?: unknown): void {
    this.alarm(code, message, error);
    this.#edge({ type: "faulted" });
  }

  #stopAccepting(): void {
    const owner = this.#owner;
    this.#owner = undefined;
    this.#followed = undefined;
    if (owner !== undefined) this.sessions.rememberTold(owner);
    owner?.stop();
    this.cluster?.stopped();
    this.sessions.notSaving();
  }

  // --- loading ---------------------------------------------------------------------------------------------------

  async #load(): Promise<void> {
    const { journal } = this.#options;
    let loaded: Loaded;
    let owner: Owner;
    try {
      await this.#options.after;
      // After a fault, only a write that lands ends the read-only time.
      if (this.#feed !== undefined) await journal.probe();
      const placed = await this.cluster?.place();
      if (this.#life.getSnapshot().status !== "active") return this.#arrive();
      if (placed === "elsewhere") return await this.#loadToFollow();
      loaded = await loadRoom(this.#options, placed);
      owner = new Owner(
        { ...this.#options, onWork: () => this.requestFlush(), onTrouble: (where, error, event) => this.#onTrouble(where, error, event) },
        loaded,
      );
      await this.#keeper.begin(loaded, owner.committed);
    } catch (error) {
      return this.#cannotLoad(error);
    }
    if (this.#life.getSnapshot().status !== "active") return owner.stop(); // closed meanwhile
    try {
      this.#cursor = loaded.cursor;
      this.#owner = owner;
      this.#options.watch?.watcher?.domain(this, owner.domain);
      this.#serve(loaded, owner.committed);
      this.#edge({ type: "loaded" });
      owner.start();
      this.sessions.restored(owner.committed.roster, loaded.removed);
      this.cluster?.owning();
    } catch (error) {
      this.#cannotTell(error);
    }
    this.#arrive();
    this.checkOccupied();
  }

  #cannotLoad(error: unknown): void {
    if (error instanceof VersionError || error instanceof ReplayError) {
      if (error instanceof VersionError) this.stoppedBecause = "This version of the server cannot open this room. Nothing in it is lost.";
      this.alarm(error instanceof VersionError ? "version" : "replay", error.message, error);
      this.#edge({ type: "quarantine" });
    } else if (error instanceof OtherVersionError) {
      this.stoppedBecause = "Another version of this app is being deployed. Come again in a moment.";
      this.stoppedMs = 1_000;
      this.alarm("version", error.message);
      this.#edge({ type: "quarantine" });
      this.#arrive();
      return this.close(); // whoever comes next may find it otherwise
    } else {
      this.alarm("journal", "the room could not be loaded", error);
      this.#edge({ type: "loadFailed" });
    }
    this.#arrive();
  }

  /** Another node decides: what it has made durable is read, and then followed. */
  async #loadToFollow(): Promise<void> {
    const loaded = await loadFollowed(this.#options);
    if (this.#life.getSnapshot().status !== "active") return;
    try {
      this.#followed = new Followed(this.#options, loaded);
      this.#serve(loaded, this.#followed.committed);
      this.#edge({ type: "loaded" });
      this.sessions.restoredToFollow(this.#followed.committed.roster);
      await this.cluster?.follow(loaded.cursor);
    } catch (error) {
      this.#cannotTell(error);
    }
    this.#arrive();
    this.checkOccupied();
  }

  /** What was to be told is durable, but this room cannot tell it: its view throws, say. A reload would meet the same. */
  #cannotTell(error: unknown): void {
    this.alarm("internal", "the room cannot tell what is durable, and is quarantined", error);
    this.#edge({ type: "quarantine" });
  }

  /** The feed of what was loaded. After a fault, clients stay where they are, unless history was lost. */
  #serve(loaded: Loaded, committed: Committed): void {
    const before = this.#feed;
    this.#committed = committed;
    this.#migratedAt = loaded.migratedAt;
    this.cluster?.presences.loaded(committed.roster);
    const head = committed.domain.rev;
    if (before !== undefined && before.epoch === loaded.cursor.epoch && before.rev <= head) {
      const missed = loaded.ringOps.filter((op) => op.rev > before.rev);
      if (missed.length === head - before.rev) return this.#tell(before, { ops: missed, cues: [] }, committed);
    }
    const { limits, publish, def } = this.#options;
    this.#feed = new Feed(
      {
        epoch: loaded.cursor.epoch,
        limits,
        checksums: this.#checksums,
        publish,
        project: (audience) => projectState(def, this.#committed as Committed, audience),
        personal: (session) => this.sessions.personalFrame(session, this.#committed as Committed),
        onSnapshot: (session) => this.sessions.onSnapshot(session),
        onBigFrame: () => this.sessions.leaveBackedUpOut(),
      },
      head,
      loaded.ringOps,
    );
    if (before === undefined) return;
    if (before.epoch !== loaded.cursor.epoch) this.alarm("epoch", "history was lost: a new epoch begins, every client gets a snapshot");
    this.sessions.moveTo(before.epoch === loaded.cursor.epoch ? "beyondRing" : "otherEpoch");
  }

  #arrive(): void {
    const arrivals = this.#arrivals;
    this.#arrivals = [];
    for (const arrive of arrivals) {
      try {
        arrive();
      } catch (error) {
        this.alarm("internal", "a hello failed", error);
      }
    }
  }

  #onTrouble(where: "transition" | "effect" | "determinism", error: unknown, event: EventObject | undefined): void {
    const code = where === "transition" ? "machine" : where;
    this.alarm(code, event === undefined ? "the machine or one of its services failed" : `the machine failed on '${event.type}'`, error);
  }

  // --- the end -------------------------------------------------------------------------------------------------------

  async #unload(): Promise<void> {
    this.cluster?.stopped();
    await this.#window.empty();
    if (this.#owner !== undefined && this.#committed !== undefined) await this.#keeper.save(this.#committed, this.#owner.fates);
    this.#edge({ type: "closed" });
  }

  #onClosed(): void {
    this.#window.stop();
    this.sessions.stop();
    const isOurs = this.#owner !== undefined || this.cluster === undefined;
    this.#owner?.stop();
    this.#owner = undefined;
    this.cluster?.closed(isOurs);
    const due =
      this.#committed === undefined ? null : nextDueAt(this.#committed.domain, this.#committed.roster.length, this.#options.limits.graceMs);
    this.#options.onClosed(isOurs ? due : null);
    this.#closed.resolve();
  }
}

const isAppended = (answer: unknown): answer is Appended => typeof answer === "object" && answer !== null && "ok" in answer;
