/** One connection as SPEC.md describes it: frames out, frames in, and waiting for them. It is written from that page alone. */
import type { EventObject, StateValue } from "xstate";

export interface RosterEntry extends Readonly<Record<"user" | "name" | "role" | "client", string>> {
  readonly who: number;
}
/** [SNAP-1] */
export interface RoomState {
  readonly at: number;
  readonly value: StateValue;
  readonly context: unknown;
  readonly status: string;
  readonly history: Readonly<Record<string, readonly string[]>>;
  readonly roster: readonly RosterEntry[];
}
export type Event = EventObject & Readonly<Record<string, unknown>>;
/** [DELTA-2] */
export type Op = readonly [who: number, seq: number, event: Event, dt?: number];
export type Patch = { readonly op: string; readonly path: string; readonly value?: unknown };
export interface Payloads {
  readonly welcome: Welcome;
  readonly snapshot: Snapshot;
  readonly delta: Delta;
  readonly own: Own;
  readonly presence: { readonly set: readonly (readonly [who: number, state: unknown])[]; readonly gone: readonly number[] };
  readonly refused: Refused;
  readonly pong: { readonly rev: number };
  readonly error: { readonly code: string; readonly retryable: boolean; readonly retryAfterMs?: number; readonly seq?: number };
  readonly closing: { readonly code: string; readonly reason: string };
}
/** [WEL-1] */
export interface Welcome extends Readonly<Record<"resume" | "user" | "epoch" | "mode" | "recovered", string>> {
  readonly rev: number;
  readonly acked: number | null;
  readonly refused: readonly Refused[];
}
/** [SNAP-1], [SNAP-2] */
export type Snapshot = { readonly epoch: string; readonly rev: number; readonly reason: string } & (
  | { readonly state: RoomState; readonly part?: never }
  | { readonly part: number; readonly parts: number; readonly data: string }
);
/** [DELTA-1], [DELTA-5] */
export interface Delta extends Readonly<Record<"from" | "to" | "at", number>> {
  readonly ops?: readonly Op[];
  readonly patches?: readonly Patch[];
  readonly cues?: readonly Event[];
  readonly sum?: number;
  readonly acked?: number;
}
/** [OWN-1] */
export interface Own {
  readonly rev: number;
  readonly state?: Readonly<Record<string, unknown>>;
  readonly acks?: readonly number[];
}
/** [REF-1] */
export interface Refused {
  readonly seq: number;
  readonly code: string;
  readonly guard?: string;
}
type Type = keyof Payloads;
export type Frame = { readonly [T in Type]: { readonly type: T; readonly payload: Payloads[T] } }[Type];

const waitMsMax = 10_000;

/** Whatever is waited for is looked at again after each change. */
export class Watch {
  readonly #looks = new Set<() => void>();

  changed(): void {
    for (const look of this.#looks) look();
  }

  /** The first value that `find` gives which is neither undefined nor false. */
  until<T>(find: () => T | undefined | false, what: string): Promise<T> {
    return new Promise((resolve, reject) => {
      const end = () => {
        this.#looks.delete(look);
        clearTimeout(deadline);
      };
      const look = () => {
        const found = find();
        if (found === undefined || found === false) return;
        end();
        resolve(found);
      };
      const deadline = setTimeout(() => {
        end();
        reject(new Error(`waited ${waitMsMax} ms for ${what}`));
      }, waitMsMax);
      this.#looks.add(look);
      look();
    });
  }
}

export class SpecSocket {
  /** All frames, in the order in which they came. */
  readonly frames: Frame[] = [];
  /** May be replaced: a client that hears nothing. */
  onFrame: (frame: Frame, chars: number) => void;
  closed: { readonly code: number } | undefined;
  readonly #ws: WebSocket;
  readonly #watch: Watch;
  readonly #taken = new Set<Frame>();

  private constructor(ws: WebSocket, watch: Watch, onFrame: SpecSocket["onFrame"]) {
    this.#ws = ws;
    this.#watch = watch;
    this.onFrame = onFrame;
    ws.addEventListener("message", ({ data }) => {
      const frame = JSON.parse(String(data)) as Frame;
      this.frames.push(frame);
      this.onFrame(frame, String(data).length);
      watch.changed();
    });
    ws.addEventListener("close", ({ code }) => {
      this.closed = { code };
      watch.changed();
    });
  }

  static async open(url: string, watch = new Watch(), onFrame: SpecSocket["onFrame"] = () => undefined): Promise<SpecSocket> {
    const ws = new WebSocket(url);
    const socket = new SpecSocket(ws, watch, onFrame);
    const changed = () => watch.changed();
    ws.addEventListener("open", changed);
    await watch.until(() => ws.readyState === WebSocket.OPEN, `${url} to open`);
    return socket;
  }

  get isOpen(): boolean {
    return this.#ws.readyState === WebSocket.OPEN;
  }

  send(type: string, payload: unknown, more: object = {}): void {
    this.sendText(JSON.stringify({ type, payload, ...more }));
  }

  sendText(text: string): void {
    this.#ws.send(text);
  }

  /** The payload of the first frame of this type that was not given before. */
  async next<T extends Type>(type: T, where: (payload: Payloads[T]) => boolean = () => true): Promise<Payloads[T]> {
    const fits = (frame: Frame): frame is Extract<Frame, { type: T }> =>
      frame.type === type && !this.#taken.has(frame) && where(frame.payload as Payloads[T]);
    const frame = await this.#watch.until(() => this.frames.find(fits), `a ${type} frame`);
    this.#taken.add(frame);
    return frame.payload as Payloads[T];
  }

  untilClosed(): Promise<{ readonly code: number }> {
    return this.#watch.until(() => this.closed, "the connection to close");
  }

  /** As when the network goes away: no close frame. */
  cut(): Promise<{ readonly code: number }> {
    (this.#ws as WebSocket & { terminate(): void }).terminate();
    return this.untilClosed();
  }
}
