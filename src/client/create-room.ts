/**
 * `createRoom`: the client's composition root, and the types that an app sees. Clock, chance, ids, sockets and the network are real from here on,
 * unless a test brings its own.
 */
import type { EmittedFrom, EventObject } from "xstate";
import { type Clock, realClock } from "../clock.ts";
import type { RefusalCode } from "../protocol/codes.ts";
import type { RosterEntry } from "../protocol/frames.ts";
import type { AnyRoomType, CommandOf, PresenceOf, SnapshotOf } from "../room/define-room.ts";
import type { Verdict } from "../room/verdict.ts";
import { ClientRoom, type ConnectionView, type Me, view } from "./client-room.ts";
import type { ClientSocket, Network } from "./link.ts";
import type { Entry, Settled } from "./pending.ts";
import { platformNetwork, roomAddress } from "./platform.ts";
import type { Other } from "./presence.ts";
import type { Selection } from "./select.ts";
import type { ClientStorage } from "./storage.ts";
import type { SyncOptions } from "./sync.ts";
import type { Token } from "./tokens.ts";

export interface RoomOptions<R extends AnyRoomType> {
  /** Where the server is: `https://example.com`, `wss://example.com`, or in a page `/`, its own origin. */
  readonly url: string;
  /** The room's id: 1–64 letters, digits, `.`, `_`, `-`. */
  readonly id: string;
  /** For the server's sign-in; in guest mode the display name. A function is asked at each connect, and before a token expires. */
  readonly token?: Token;
  /** Where pending commands outlive the page or process: `indexedDbStorage()`, `fileStorage(folder)`. Default: nowhere. */
  readonly storage?: ClientStorage;
  /** Commands that were sent and whose fate the server can no longer tell. `again`: do them once more, even if they took effect. Default: `drop`. */
  readonly onUnknownFate?: (commands: readonly PendingCommand<R>[]) => "again" | "drop";
  /** As `on("refused", …)`, and surely there before anything is told. */
  readonly onRefused?: (refused: RoomEvents<R>["refused"]) => void;
  /** Default: `new WebSocket(address)`. For Node below 22, which has none, and to put something in between. */
  readonly socket?: (address: string) => ClientSocket;
  /** Default: `navigator.onLine` and its events. */
  readonly network?: Network;
  readonly clock?: Clock;
  /** 0 to 1. */
  readonly random?: () => number;
  /** Makes a client id: 1–32 letters, digits, `_`, `-`; unique among the user's. */
  readonly newId?: () => string;
}

/** A command without a fate. */
export interface PendingCommand<R extends AnyRoomType> {
  readonly seq: number;
  readonly command: CommandOf<R>;
  /** When it was given, by the room's time, ms since the Unix epoch. */
  readonly at: number;
  /** The view shows it. Otherwise the machine does not take it here, or the answer depends on something hidden. */
  readonly predicted: boolean;
}
export interface Sent<R extends AnyRoomType> {
  /** 0 where the command was not even asked for. It may change while the storage is being read, or if the server forgot this client. */
  readonly seq: number;
  readonly predicted: boolean;
  /** Never rejects. */
  readonly settled: Promise<Settled<R>>;
}

export interface RoomEvents<R extends AnyRoomType> {
  /** Each op, after it was applied. `live`: it happened just now; otherwise while this client caught up. */
  readonly op: {
    readonly rev: number;
    readonly at: number;
    readonly by: { readonly user: string; readonly name: string; readonly role: string; readonly client: string };
    readonly event: EventObject;
    readonly live: boolean;
  };
  /** What the machine emits: told once, and no state. */
  readonly cue: EmittedFrom<R["machine"]>;
  /** The room said no to a command of this client; the view has rolled back. */
  readonly refused: {
    readonly seq: number;
    readonly command: CommandOf<R>;
    readonly code: RefusalCode;
    readonly reason: string;
    readonly guard?: string;
    readonly params?: unknown;
    readonly acceptedIn?: readonly string[];
    readonly rev: number;
  };
  /** For developers: a divergence that was healed, storage that fails, a machine that throws. */
  readonly trouble: { readonly code: string; readonly message: string; readonly error?: unknown };
}

export interface RoomPresence<R extends AnyRoomType> {
  /** Everybody else's, by their number in the roster. A new map after each change. */
  readonly others: ReadonlyMap<number, Omit<Other, "state"> & { readonly state: PresenceOf<R> }>;
  readonly mine: Partial<PresenceOf<R>> | undefined;
  /** Merged over the present one and told at most 20 times a second, the last one always; `null` takes it away. It ends with the session. */
  set(change: Partial<PresenceOf<R>> | null): void;
}

/** A room of this type, as a client has it. What the getters return keeps its reference until it changes. */
export interface Room<R extends AnyRoomType> {
  readonly definition: R;
  readonly id: string;
  /** Confirmed state and what is pending on top. Before the first connection: the machine's initial state. */
  readonly state: SnapshotOf<R>;
  /** What the server has told. */
  readonly confirmed: SnapshotOf<R>;
  /** Of `confirmed`; -1 before anything was told. */
  readonly rev: number;
  /** Oldest first. */
  readonly pending: readonly PendingCommand<R>[];
  /** Undefined before the first welcome. */
  readonly me: Me | undefined;
  readonly connection: ConnectionView;
  readonly presence: RoomPresence<R>;
  /** Who is in the room, by number: one entry per session. */
  readonly roster: ReadonlyMap<number, RosterEntry>;
  /** The server's time as far as it is known, ms since the Unix epoch: for countdowns. */
  now(): number;
  /** After any change of the above. Returns how to unsubscribe. */
  subscribe(listener: () => void): () => void;
  /** One value of the state; its listeners hear of it only when it changes, by `Object.is` or `equal`. */
  select<T>(fn: (state: SnapshotOf<R>) => T, equal?: (before: T, after: T) => boolean): Selection<T>;
  /** Shows at once, goes to the server as soon as it can, and survives reconnects. */
  send(command: CommandOf<R>): Sent<R>;
  /** Not refused, as far as can be told here. */
  can(command: CommandOf<R>): boolean;
  /** Why not, by the same guards and reasons as the server's. */
  explain(command: CommandOf<R>): Verdict<R>;
  /** Resolves when live, in step, and nothing pending; rejects if the room is closed before. */
  whenSynced(): Promise<void>;
  on<Name extends keyof RoomEvents<R>>(name: Name, listener: (event: RoomEvents<R>[Name]) => void): () => void;
  /** For a live connection, or for the next one. */
  setToken(token: string): void;
  /** Try now: from backoff, offline, signedOut, refused, stuck. */
  connect(): void;
  /** Says goodbye: the place in the room is given up at once. */
  leave(): Promise<void>;
  /** The connection ends; the server keeps the place for its grace, the storage what is pending. */
  close(): Promise<void>;
}

/** Connects at once, and again whenever the connection is lost. */
export function createRoom<R extends AnyRoomType>(definition: R, options: RoomOptions<R>): Room<R> {
  const { url, id, storage, onUnknownFate } = options;
  const given = {
    token: undefined,
    socket: (address: string) => new WebSocket(address) as unknown as ClientSocket,
    network: platformNetwork,
    clock: realClock,
    random: Math.random,
    newId: newClientId,
    ...options,
    address: roomAddress(url, definition.type, id),
    storage,
    isCourier: false,
    onUnknownFate: (entries: readonly Entry[]) => onUnknownFate?.(entries.map(view) as unknown as PendingCommand<R>[]) ?? "drop",
  } satisfies SyncOptions;
  const room = new ClientRoom(definition, given);
  if (options.onRefused !== undefined) room.on("refused", options.onRefused);
  void room.start().then(() => storage?.settleOrphans(definition, given, room));
  return room as unknown as Room<R>;
}

const newClientId = (): string => Array.from(crypto.getRandomValues(new Uint8Array(10)), (byte) => (byte % 36).toString(36)).join("");
