/**
 * The serving half of a room: ring, fan-out, deltas and snapshots. It knows only what is applied, never what is being decided,
 * so a follower on another node can serve by the same code.
 * From: room.ts (`apply` after a commit). To: Bun's native topics, and single sessions that are behind.
 */
import { checksum } from "../protocol/checksum.ts";
import { diff } from "../protocol/diff.ts";
import { type DeltaMore, type EncodedOp, encodeDelta, encodePatches, encodeSnapshot, opBytes } from "../protocol/frames.ts";
import type { Limits } from "../protocol/limits.ts";
import type { Checksums } from "./checksums.ts";
import { Projection } from "./projection.ts";
import { Ring } from "./ring.ts";
import { type Audience, none, type Session } from "./session.ts";

export interface FeedOptions {
  readonly epoch: string;
  readonly limits: Limits;
  readonly checksums: Checksums;
  readonly publish: (topic: string, frame: string) => void;
  /** The applied state as this audience may see it, plain JSON. */
  readonly project: (audience: Audience) => unknown;
  /** A frame for this session alone, which comes before what leads it to the present rev. */
  readonly personal: (session: Session) => string | undefined;
  readonly onSnapshot: (session: Session) => void;
  readonly onBigFrame: () => void;
}

export interface AppliedBatch {
  readonly ops: readonly EncodedOp[];
  readonly cues: readonly unknown[];
}

export class Feed {
  readonly epoch: string;
  readonly ring: Ring;
  readonly #options: FeedOptions;
  /** Audiences with at least one live session. */
  readonly #live = new Map<string, { readonly audience: Audience; readonly sessions: Set<Session> }>();
  /** Of the present rev only. */
  #states = new Map<string, { readonly text: string; readonly frames: Map<string, readonly string[]> }>();
  #deltas = new Map<number | string, readonly string[]>();
  /** By audience; only those whose state is not everyone's. */
  readonly #projections = new Map<string, Projection>();

  /** `ops` are the newest ones before `head`, oldest first: what the ring starts with. */
  constructor(options: FeedOptions, head: number, ops: readonly EncodedOp[]) {
    this.epoch = options.epoch;
    this.#options = options;
    this.ring = new Ring(options.limits, head - ops.length);
    for (const op of ops) this.ring.push(op);
  }

  get rev(): number {
    return this.ring.head;
  }

  /** Durable ops, in order: one frame for each audience, whatever the number of its sessions. */
  apply(batch: AppliedBatch): void {
    if (batch.ops.length === 0) return;
    const unitsMax = this.#publish(batch);
    // After a frame that is not small, who did not take it is seen at once, not only by the next sweep.
    if (unitsMax > this.#options.limits.lagBufferedBytesMax / 2) this.#options.onBigFrame();
  }

  /** Returns the length of the longest frame: patches may be long, however small the op. */
  #publish(batch: AppliedBatch): number {
    const from = this.rev;
    for (const op of batch.ops) this.ring.push(op);
    this.#states = new Map();
    this.#deltas = new Map();
    const sums = this.#sums();
    let unitsMax = 0;
    for (const { audience } of this.#live.values()) {
      const sum = sums?.get(audience.name);
      const more = sum === undefined ? { cues: batch.cues } : { cues: batch.cues, sum };
      const frame = audience.projected ? this.#patches(from, audience, audience, more) : encodeDelta(from, batch.ops, more);
      this.#options.publish(audience.topic, frame);
      unitsMax = Math.max(unitsMax, frame.length);
    }
    for (const [name, { rev }] of this.#projections) if (this.rev - rev > this.#options.limits.ringOpsMax) this.#projections.delete(name);
    return unitsMax;
  }

  /** What it has of that rev is known here: patches lead on from it, also to what another audience sees. */
  canPatch({ shown }: Session, rev: number): boolean {
    return shown !== undefined && rev >= shown.sinceRev && this.#projections.get(shown.audience.name)?.at(rev) !== undefined;
  }

  /** By audience, of the rev that is about to be told, when a check is due. Nobody live: nobody to check, and nothing is spent. */
  #sums(): ReadonlyMap<string, number> | undefined {
    if (this.#live.size === 0) return undefined;
    return this.#options.checksums.ifDue(
      () => new Map([...this.#live.values()].map(({ audience }) => [audience.name, checksum(this.#state(audience).text)])),
    );
  }

  /** Entering `live`: from now on the native topic does the work. */
  subscribe(session: Session): void {
    session.socket?.subscribe(session.audience.topic);
    session.sentRev = this.rev;
    session.reportedRev = this.rev; // until it reports for itself
    session.reportedTotal = this.ring.totalAt(this.rev);
    session.snapshotsSinceLive = 0;
    const entry = this.#live.get(session.audience.topic);
    if (entry === undefined) this.#live.set(session.audience.topic, { audience: session.audience, sessions: new Set([session]) });
    else entry.sessions.add(session);
  }

  unsubscribe(session: Session): void {
    session.socket?.unsubscribe(session.audience.topic);
    session.sentRev = this.rev;
    session.sentTotal = this.ring.totalAt(this.rev);
    const entry = this.#live.get(session.audience.topic);
    // After a reload that lost history it leaves a feed that is gone: then this one has others, but not it.
    if (entry?.sessions.delete(session) && entry.sessions.size === 0) this.#live.delete(session.audience.topic);
  }

  /** The ops that a session misses, to it alone, paced by its socket. Then `caughtUp`; `behind` if the ring no longer has them. */
  catchUp(session: Session): void {
    const frames = this.#deltaFrames(session);
    if (frames === undefined) {
      session.snapshotReason = session.lagSinceMs > 0 ? "lagging" : session.audience.projected ? "view" : "beyondRing";
      session.edge({ type: "behind" });
      return;
    }
    this.#post(session, frames, "delta");
  }

  sendSnapshot(session: Session): void {
    session.snapshotsSinceLive++;
    this.#options.onSnapshot(session);
    this.#post(session, this.#snapshotFrames(session), "snapshot");
  }

  /** Goes on with what waited for the socket. Returns whether nothing waits any more. */
  pump(session: Session): boolean {
    const { lagBufferedBytesMax } = this.#options.limits;
    while (session.outbox.length > 0) {
      if ((session.socket?.bufferedBytes() ?? Infinity) > lagBufferedBytesMax) return false;
      const [frame = "", ...rest] = session.outbox;
      session.outbox = rest.length > 0 ? rest : none; // before it is sent: a socket may close on it
      if (!session.send(frame)) {
        session.outbox = none;
        return false;
      }
      session.fullSinceMs = 0;
    }
    return true;
  }

  /** The last frame of a snapshot or a delta is on its way: the session is at that rev, and may go on. */
  settle(session: Session): void {
    session.sentRev = session.outboxRev;
    if (session.outboxOf === "snapshot") session.edge({ type: "snapshotSent" });
    else session.edge({ type: session.sentRev === this.rev ? "caughtUp" : "movedOn" });
  }

  /** More waits in its socket than should. Cheap: asked of every live session after a big frame. */
  isBackedUp(session: Session, share = 1): boolean {
    return (session.socket?.bufferedBytes() ?? 0) > this.#options.limits.lagBufferedBytesMax * share;
  }

  /** A slow reader, seen early: the kernel hides megabytes before a socket's own buffer grows, so the rev that it reports counts too. */
  isSlow(session: Session, share = 1): boolean {
    if (this.isBackedUp(session, share)) return true;
    const { isLive, reportedRev, reportedTotal } = session;
    const [sentRev, sentTotal] = isLive ? [this.rev, this.ring.totalAt(this.rev)] : [session.sentRev, session.sentTotal];
    return reportedRev < sentRev && sentTotal - reportedTotal > this.#options.limits.lagUnreportedBytesMax * share;
  }

  #post(session: Session, frames: readonly string[], of: Session["outboxOf"]): void {
    if (session.outbox.length > 0) session.own = undefined; // it may be among what never left
    const personal = this.#options.personal(session);
    session.outbox = personal === undefined ? [...frames] : [personal, ...frames];
    if (session.shown?.audience !== session.audience) session.shown = { audience: session.audience, sinceRev: this.rev };
    session.outboxOf = of;
    session.outboxRev = this.rev;
    if (this.pump(session)) this.settle(session);
  }

  #deltaFrames(session: Session): readonly string[] | undefined {
    const from = session.sentRev;
    if (session.audience.projected) return this.#patchFrames(session, from);
    if (from === this.rev) return [];
    const known = this.#deltas.get(from);
    if (known !== undefined) return known;
    const missed = this.ring.since(from);
    if (missed === undefined) return undefined;
    const frames: string[] = [];
    const bytesMax = this.#options.limits.lagBufferedBytesMax;
    for (let start = 0; start < missed.length; ) {
      let end = start;
      for (let bytes = 0; end < missed.length && (end === start || bytes < bytesMax); end++) bytes += opBytes(missed[end] as EncodedOp);
      frames.push(encodeDelta(from + start, missed.slice(start, end)));
      start = end;
    }
    this.#deltas.set(from, frames);
    return frames;
  }

  #snapshotFrames(session: Session): readonly string[] {
    const { audience, snapshotReason } = session;
    const state = this.#state(audience);
    const known = state.frames.get(snapshotReason);
    if (known !== undefined) return known;
    const frames = encodeSnapshot(this.epoch, this.rev, state.text, snapshotReason, this.#options.limits.snapshotPartBytesMax);
    state.frames.set(snapshotReason, frames);
    return frames;
  }

  #state(audience: Audience): { readonly text: string; readonly frames: Map<string, readonly string[]> } {
    const known = this.#states.get(audience.name);
    if (known !== undefined) return known;
    const document = audience.projected ? this.#projection(audience).document : this.#options.project(audience);
    const made = { text: JSON.stringify(document), frames: new Map<string, readonly string[]>() };
    this.#states.set(audience.name, made);
    return made;
  }

  #patchFrames(session: Session, from: number): readonly string[] | undefined {
    const { audience, shown } = session;
    if (shown === undefined || !this.canPatch(session, from)) return undefined;
    if (from === this.rev && shown.audience === audience) return [];
    const key = `${from} ${shown.audience.name} ${audience.name}`;
    let frames = this.#deltas.get(key);
    if (frames === undefined) {
      frames = [this.#patches(from, shown.audience, audience, {})];
      this.#deltas.set(key, frames);
    }
    // A snapshot goes in parts, as the socket takes them.
    return (frames[0]?.length ?? 0) > this.#options.limits.snapshotPartBytesMax ? undefined : frames;
  }

  /** From what the one audience saw at that rev to what the other sees now: gained and lost are added and removed. */
  #patches(from: number, before: Audience, audience: Audience, more: DeltaMore): string {
    const old = this.#projections.get(before.name)?.at(from);
    return encodePatches(from, this.rev, 0, JSON.stringify(diff(old, this.#projection(audience).document)), more);
  }

  /** At the present rev. */
  #projection(audience: Audience): Projection {
    let projection = this.#projections.get(audience.name);
    if (projection === undefined) {
      projection = new Projection(this.#options.limits.viewRevsMax, this.rev, this.#options.project(audience));
      this.#projections.set(audience.name, projection);
    } else if (projection.rev !== this.rev) projection.advance(this.rev, this.#options.project(audience));
    return projection;
  }
}
