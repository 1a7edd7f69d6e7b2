/**
 * One client in the connected-clients store: its sync actor, its plain counters, and the socket that it has at the moment, if any.
 * From: the gateway (socket, hello, ping, close) and the room. To: the host, which is the room's feed. Knows nothing of the domain.
 */
import { type Actor, createActor } from "xstate";
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
}

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
  /** Every command up to this seq has its fate, durable and told or about to be. */
  ackedSeq = 0;
  /** A gap in its seqs was told; what follows is ignored until the missing one comes (go-back-N). */
  awaitingSeq = false;
  staleAtMs = 0;
  lagSinceMs = 0;
  snapshotsSinceLive = 0;
  snapshotReason: SnapshotReason = "first";
  /** Frames of a snapshot or a delta that wait for the socket to drain. */
  outbox: string[] = [];
  outboxOf: "snapshot" | "delta" = "delta";
  /** The fewest of them that a sweep has seen, and since when: it takes none. */
  waiting = 0;
  waitingSinceMs = 0;
  /** The rev that is reached once the outbox is empty. */
  outboxRev = 0;
  /** The audience whose states it was sent last, and since which rev: what it has from then on, it has of that one. */
  shown: { readonly audience: Audience; readonly sinceRev: number } | undefined;
  /** What it was told of its user's own; undefined: nothing yet over this socket. */
  own: unknown;
  /** Its commands that took effect, and are not in a delta: in mode `patches` none shows them. */
  acks: number[] = [];
  /** Refusals that were told and are in no journal, kept while the room reloads: it has to know them afterwards. */
  told: readonly RefusedFrame[] = [];
  /** Refusals that came while it was not live. */
  owed: string[] = [];
  /** It was live over this socket: it knows presence, and missed who went while it was not. */
  wasLive = false;
  /** A new socket takes the place of the old one: nobody went away. */
  changingSocket = false;

  readonly #actor: Actor<typeof clientSync>;

  constructor(id: string, identity: Identity, client: string, audience: Audience, host: SessionHost, onTrouble: (error: unknown) => void) {
    this.id = id;
    this.identity = identity;
    this.client = client;
    this.audience = audience;
    this.host = host;
    this.#actor = createActor(driven);
    sessions.set(this.#actor, this);
    this.#actor.subscribe({ error: onTrouble });
    this.#actor.start();
  }

  edge(event: SyncEvent): void {
    if (this.#actor.getSnapshot().status === "active") this.#actor.send(event);
  }

  get actor(): Actor<typeof clientSync> {
    return this.#actor;
  }

  // The getters below tell the state between events: while an entry action runs, they still tell the one before.
  get isLive(): boolean {
    return this.#actor.getSnapshot().matches({ delta: "live" });
  }

  get isLagging(): boolean {
    return this.#actor.getSnapshot().matches({ delta: "lagging" });
  }

  get isStale(): boolean {
    return this.#actor.getSnapshot().matches("stale");
  }

  /** For people and metrics: new, snapshot, catchingUp, live, lagging, stale, closed. */
  get state(): string {
    const { value } = this.#actor.getSnapshot();
    return typeof value === "string" ? value : String(Object.values(value)[0]);
  }

  /** To this client alone. False when it could not be sent; the client will ask again when it is back. */
  send(frame: string): boolean {
    return this.socket?.send(frame) ?? false;
  }
}

const sessions = new WeakMap<object, Session>();
const of = (actor: object): Session => {
  const session = sessions.get(actor);
  if (session === undefined) throw new Error("a sync actor without its session");
  return session;
};

// Once for all sessions: providing per actor would cost 33 µs each and lose the machine's caches.
const driven = clientSync.provide({
  actions: {
    sendSnapshot: ({ self }) => of(self).host.sendSnapshot(of(self)),
    catchUp: ({ self }) => of(self).host.catchUp(of(self)),
    subscribe: ({ self }) => of(self).host.subscribe(of(self)),
    unsubscribe: ({ self }) => of(self).host.unsubscribe(of(self)),
    detach: ({ self }) => of(self).host.detached(of(self)),
    depart: ({ self }) => of(self).host.departed(of(self)),
  },
});
