/**
 * One client in the connected-clients store: its sync actor, its plain counters, and the socket that it has at the moment, if any.
 * From: the gateway (socket, hello, ping, close) and the room. To: the host, which is the room's feed. Knows nothing of the domain.
 * The session is the actor itself. One of xstate's would hold several kilobytes; the machine has no context, so sessions in one state share
 * its snapshot. Mailbox, order, inspection and failure are as xstate has them.
 */
import { type AnyActorScope, createActor, type EventObject, type SnapshotFrom } from "xstate";
import { clientSync, type SyncEvent } from "../../machines/client-sync.ts";
import type { RefusedFrame, SnapshotReason } from "../protocol/frames.ts";

/** What a session needs of a connection. The gateway's is Bun's own socket. */
export interface Socket {
  /** false: dropped, the socket is closed or over its limit. A dropped frame never counts as sent. */
  send(frame: string): boolean;
  subscribe(topic: string): void;
  unsubscribe(topic: string): void;
  bufferedBytes(): number;
  close(code: number, reason: string): void;
}

export interface Audience {
  readonly name: string;
  /** The name that the room type's `view` knows it by. */
  readonly view: string;
  /** Its clients have the server's version of the room type. */
  readonly sameVersion: boolean;
  readonly topic: string;
  /** Served as patches of a projected state instead of ops. */
  readonly projected: boolean;
}

export interface Identity {
  readonly user: string;
  readonly name: string;
  readonly role: string;
}

/** What the sync actor's actions do; the room gives it at the join. */
export interface SessionHost {
  sendSnapshot(session: Session): void;
  catchUp(session: Session): void;
  subscribe(session: Session): void;
  unsubscribe(session: Session): void;
  detached(session: Session): void;
  departed(session: Session): void;
  /** One of these has thrown: the session takes no event any more. */
  failed(session: Session, error: unknown): void;
  tellRefusal(session: Session, refused: RefusedFrame): void;
  tellAcked(session: Session): void;
  end(session: Session, code: EndCode, close: EndClose, reason: string): void;
}

/** Why a session ends for good: as its client is told, and the close code. */
export type EndCode = "ABORTED" | "PERMISSION_DENIED" | "UNAVAILABLE" | "RESOURCE_EXHAUSTED" | "INTERNAL";
export type EndClose = "replaced" | "removed" | "restart" | "tooMany" | "internal";

/** The lists of whom nothing waits for: one for all, since an empty one of its own takes 64 bytes. */
export const none: readonly never[] = Object.freeze([]);

export class Session {
  readonly id: string;
  readonly identity: Identity;
  readonly client: string;
  readonly host: SessionHost;
  audience: Audience;
  socket: Socket | undefined;
  /** The roster's number; 0 until the join is an op. */
  who = 0;

  // Counters: plain fields, never events.
  /** The rev up to which it was sent everything. While live, that is the feed's head. */
  sentRev = 0;
  /** The rev that the client says it has reached. */
  reportedRev = 0;
  /** Bytes of all ops up to those two, as the ring had them then: it forgets. */
  sentTotal = 0;
  reportedTotal = 0;
  /** Every command up to this seq has its fate, durable and told or about to be. */
  ackedSeq = 0;
  /** A gap in its seqs was told; what follows is ignored until the missing one comes (go-back-N). */
  awaitingSeq = false;
  staleAtMs = 0;
  lagSinceMs = 0;
  snapshotsSinceLive = 0;
  snapshotReason: SnapshotReason = "first";
  /** Frames of a snapshot or a delta that wait for the socket to drain. */
  outbox: readonly string[] = none;
  outboxOf: "snapshot" | "delta" = "delta";
  /** While it is not live: since when a sweep has found its socket full, monotonic ms; 0: it is not, or takes what waits. */
  fullSinceMs = 0;
  /** The rev that is reached once the outbox is empty. */
  outboxRev = 0;
  /** The audience whose states it was sent last, and since which rev: what it has from then on, it has of that one. */
  shown: { readonly audience: Audience; readonly sinceRev: number } | undefined;
  /** What it was told of its user's own; undefined: nothing yet over this socket. */
  own: unknown;
  /** Its commands that took effect, and are not in a delta: in mode `patches` none shows them. */
  acks: readonly number[] = none;
  /** Refusals that were told and are in no journal, kept while the room reloads: it has to know them afterwards. */
  told: readonly RefusedFrame[] = none;
  /** Refusals that came while it was not live. */
  owed: readonly string[] = none;
  /** It was live over this socket: it knows presence, and missed who went while it was not. */
  wasLive = false;
  /** A new socket takes the place of the old one: nobody went away. */
  changingSocket = false;
  /** Its client is on another node by now, or never was here: its end is nobody's leave. */
  isElsewhere = false;
  /** When its owner took the client in, ms since the Unix epoch: the newest connection of a client counts. */
  sinceMs = 0;

  #snapshot: SyncSnapshot = initial;
  #mailbox: SyncEvent[] | undefined;
  #inspectors: Set<(happening: Happening) => void> | undefined;

  constructor(id: string, identity: Identity, client: string, audience: Audience, host: SessionHost) {
    this.id = id;
    this.identity = identity;
    this.client = client;
    this.audience = audience;
    this.host = host;
  }

  /** One at a time: what an action sends is handled after what it is an action of. */
  edge(event: SyncEvent): void {
    if (this.#snapshot.status !== "active") return;
    this.#tell({ type: "@xstate.event", actorRef: this, event });
    if (this.#mailbox !== undefined) return void this.#mailbox.push(event);
    this.#mailbox = [event];
    try {
      for (const next of this.#mailbox) if (this.#snapshot.status === "active") this.#take(next);
    } catch (error) {
      this.#snapshot = { ...this.#snapshot, status: "error", error } as unknown as SyncSnapshot;
      this.host.failed(this, error);
    } finally {
      this.#mailbox = undefined;
    }
  }

  #take(event: SyncEvent): void {
    // While an action runs, the snapshot is still the one before.
    this.#snapshot = shared(driven.transition(this.#snapshot, event, { ...scope, self: this } as unknown as AnyActorScope));
    this.#tell({ type: "@xstate.snapshot", actorRef: this, event, snapshot: this.#snapshot });
  }

  #tell(happening: Happening): void {
    if (this.#inspectors !== undefined) for (const inspect of this.#inspectors) inspect(happening);
  }

  getSnapshot(): SyncSnapshot {
    return this.#snapshot;
  }

  /** For who looks on, as an actor has it. */
  get system() {
    return {
      inspect: (listener: (happening: Happening) => void): { unsubscribe(): void } => {
        const inspectors = this.#inspectors ?? new Set();
        this.#inspectors = inspectors;
        inspectors.add(listener);
        return { unsubscribe: () => void inspectors.delete(listener) };
      },
    };
  }

  // The getters below tell the state between events: while an entry action runs, they still tell the one before.
  get isLive(): boolean {
    return this.state === "live";
  }

  get isLagging(): boolean {
    return this.state === "lagging";
  }

  get isStale(): boolean {
    return this.state === "stale";
  }

  // Asked of every session once a second, and of many at each flush: `matches` would cost a microsecond.
  /** new, snapshot, catchingUp, live, lagging, stale, closed. */
  get state(): string {
    const { value } = this.#snapshot;
    return typeof value === "string" ? value : value.delta;
  }

  tellRefusal(refused: RefusedFrame): void {
    this.host.tellRefusal(this, refused);
  }

  tellAcked(): void {
    this.host.tellAcked(this);
  }

  end(code: EndCode, close: EndClose, reason: string): void {
    this.host.end(this, code, close, reason);
  }

  /** To this client alone. False when it could not be sent; the client will ask again when it is back. */
  send(frame: string): boolean {
    return this.socket?.send(frame) ?? false;
  }
}

type SyncSnapshot = SnapshotFrom<typeof clientSync>;
/** A subset of xstate's inspection events. */
export interface Happening {
  readonly type: "@xstate.event" | "@xstate.snapshot";
  readonly actorRef: unknown;
  readonly event: EventObject;
  readonly snapshot?: SyncSnapshot;
}

const of = (self: unknown): Session => self as Session;

/** The machine with what its actions do, once for all sessions. */
export const driven = clientSync.provide({
  actions: {
    sendSnapshot: ({ self }) => of(self).host.sendSnapshot(of(self)),
    catchUp: ({ self }) => of(self).host.catchUp(of(self)),
    subscribe: ({ self }) => of(self).host.subscribe(of(self)),
    unsubscribe: ({ self }) => of(self).host.unsubscribe(of(self)),
    detach: ({ self }) => of(self).host.detached(of(self)),
    depart: ({ self }) => of(self).host.departed(of(self)),
  },
});
/** Never started: it lends its system and its first snapshot. */
const lender = createActor(driven);
const initial = lender.getSnapshot();
const nothing = () => undefined;
const scope = {
  ...{ id: "session", sessionId: "session", system: lender.system, logger: nothing, emit: nothing, stopChild: nothing },
  defer: (run: () => void) => run(),
  actionExecutor: ({ exec, info, params }: { exec?: (info: unknown, params: unknown) => void; info: unknown; params: unknown }) =>
    exec?.(info, params),
};

const kept = new Map<string, SyncSnapshot>();
/** One snapshot for each state: nothing else is in it. */
function shared(snapshot: SyncSnapshot): SyncSnapshot {
  const { value } = snapshot;
  const name = typeof value === "string" ? value : value.delta;
  const known = kept.get(name);
  if (known === undefined) kept.set(name, snapshot);
  return known ?? snapshot;
}
