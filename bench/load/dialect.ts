/**
 * What the load generator has to know of a server's protocol. One file per protocol says it: bench/dialects/, and bench/peers/<name>/dialect.ts.
 * The generator itself knows TCP and WebSocket frames, and nothing of what is in them.
 */

/** Text, or bytes for a binary message. */
export type Outgoing = string | Uint8Array;

/** Who a client is, and where it goes. */
export interface Place {
  /** 0, 1, 2 … in the whole run. */
  readonly index: number;
  /** The room that it joins: 0, 1, 2 … */
  readonly room: number;
  readonly port: number;
}

export interface Dialect {
  /** What asks by HTTP before the upgrade may answer later. */
  speaker(place: Place): Speaker | Promise<Speaker>;
  /** Its ops carry a room-wide number (`reached`), so that it can be seen of each client whether it has everything. */
  readonly numbers: boolean;
  /** Passes on the newest state and not each op: then there may be gaps, and they are counted as skipped. */
  readonly skips?: boolean;
}

/** One client's side of the protocol. */
export interface Speaker {
  /** Path and query of the upgrade. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly keepAlive?: KeepAlive;

  /** What is said right after the upgrade. */
  opening(): readonly Outgoing[];
  /** Gets each whole message until it says `joined`; from then on only those that `kind` calls "answer". Throws if it is turned away. */
  hear(payload: Uint8Array): Heard;

  /** Command n of this client, 1, 2, 3 …; `mark` comes back in what the observer reads. It replaces this client's text by `text`. */
  command(n: number, mark: number, text: string): Outgoing;
  /** Its cursor, where the protocol has presence; `mark` is a coordinate, too, and comes back in what the observer reads. */
  presence?(mark: number, y: number): Outgoing;
  /** Makes a room's state big without sockets: `count` more entries, numbered from `from`. */
  grow?(n: number, from: number, count: number): Outgoing;
  /** One that comes back and has everything up to `reached`. */
  resumed?(reached: number): Speaker;
  /** How it was brought up to date when it came: `resumed`, or why not. Known once it is joined. */
  readonly recovered?: string;

  /** What kind of message it is, by its first bytes: asked of every message of every client, so it has to be cheap. */
  kind(bytes: Uint8Array, start: number, kept: number): Kind;
  /** The number to which an ops-bearing message leads, by its first bytes. Undefined: the protocol numbers nothing. */
  reached(bytes: Uint8Array, start: number, kept: number): number | undefined;
  /** The observer's: everything that is in a message. */
  read(payload: Uint8Array): Reading;
}

/** `ops`: bears ops. `answer`: has to be heard. */
export type Kind = "ops" | "answer" | "other";

export interface Heard {
  readonly send?: readonly Outgoing[];
  readonly joined?: boolean;
  /** The number up to which it has everything now. */
  readonly reached?: number;
  /** The server complains: a run with that is not complete. */
  readonly trouble?: string;
}

export interface Reading {
  readonly ops: readonly SeenOp[];
  /** The whole state came: everything up to this number of stream 0 is there now. */
  readonly snapshot?: number;
  /** The marks of cursors that moved. */
  readonly cursors?: readonly number[];
}

/** In each stream `n` goes 1 by 1; a room's revs are one stream, where there are none each writer's own numbers are. */
export interface SeenOp {
  readonly stream: number;
  readonly n: number;
  /** Undefined where it is no command of ours: a join, say. */
  readonly mark: number | undefined;
}

/** What a client has to say by itself. */
export interface KeepAlive {
  readonly everyMs: number;
  /** Also after so many bytes received. */
  readonly everyBytes?: number;
  /** Said only when ops arrive, and with the number that they lead to. */
  readonly tellsReached: boolean;
  message(reached: number): Outgoing;
}
