/**
 * Server → client frames, encoded once and sent as they are (SPEC.md, "Server to client").
 * From: sync/ and gateway/. To: sockets. Frames are compact because fan-out bytes are the product's running cost.
 */
import type { ErrorCode, RefusalCode } from "./codes.ts";
import { isRetryable } from "./codes.ts";

export const snapshotReasons = [
  "first",
  "beyondRing",
  "otherEpoch",
  "ahead",
  "diverged",
  "gap",
  "asked",
  "version",
  "view",
  "lagging",
] as const;
export type SnapshotReason = (typeof snapshotReasons)[number];
export type Recovered = "resumed" | SnapshotReason;

/** A verdict "no" on one command, as it travels. `guard` and `state` are there where the code says so. */
export interface RefusedFrame {
  readonly seq: number;
  readonly code: RefusalCode;
  readonly reason: string;
  readonly guard?: string;
  readonly params?: unknown;
  readonly acceptedIn?: readonly string[];
  readonly rev: number;
}

export interface RosterEntry {
  readonly who: number;
  readonly user: string;
  readonly name: string;
  readonly role: string;
  readonly client: string;
}

export interface Welcome {
  readonly session: string;
  readonly resume: string;
  readonly user: string;
  readonly role: string;
  readonly who: number;
  readonly epoch: string;
  readonly rev: number;
  readonly mode: "events" | "patches";
  readonly recovered: Recovered;
  /** Every seq up to this one has its fate; null: this client's fates are no longer known. */
  readonly acked: number | null;
  readonly refused: readonly RefusedFrame[];
  readonly heartbeat: { readonly pingEveryMs: number; readonly pongTimeoutMs: number; readonly graceMs: number };
  readonly windowMs: { readonly min: number; readonly max: number };
  readonly limits: {
    readonly frameBytesMax: number;
    readonly commandBytesMax: number;
    readonly commandsPerSecond: number;
    readonly presencePerSecond: number;
    readonly pendingMax: number;
  };
  /** When the sign-in ends, ms since the Unix epoch; without it, it does not. */
  readonly expiresAt?: number;
}

/** One applied op, encoded but for its time, which depends on the frame that it travels in; `text` lacks the closing bracket. */
export interface EncodedOp {
  readonly rev: number;
  readonly at: number;
  readonly text: string;
}

/** `event` is the op's, as JSON. */
export const encodeOp = (op: { rev: number; at: number; who: number; seq: number }, event: string): EncodedOp => ({
  rev: op.rev,
  at: op.at,
  text: `[${op.who},${op.seq},${event}`,
});

/** In a frame. To count them also makes one flat string of the five that it was put together from, and the ring keeps it for long. */
export const opBytes = (op: EncodedOp): number => Buffer.byteLength(op.text) + 4;

export interface DeltaMore {
  readonly cues?: readonly unknown[];
  readonly acked?: number;
  /** The checksum of the receiver's state at the delta's `to`. */
  readonly sum?: number;
}

/** `from` is the rev that the receiver must have; `at` is the first op's time, `dt` counts from the op before, and is left out where it is 0. */
export function encodeDelta(from: number, ops: readonly EncodedOp[], more: DeltaMore = {}): string {
  const at = ops[0]?.at ?? 0;
  let body = "";
  let before = at;
  for (const op of ops) {
    const dt = op.at - before;
    body += `${body === "" ? "" : ","}${op.text}${dt === 0 ? "" : `,${dt}`}]`;
    before = op.at;
  }
  return `{"type":"delta","payload":{"from":${from},"to":${from + ops.length},"at":${at},"ops":[${body}]${encodeMore(more)}}}`;
}

/** RFC 6902 patches of the audience's projected state; `patches` is JSON text. */
export const encodePatches = (from: number, to: number, at: number, patches: string, more: DeltaMore = {}): string =>
  `{"type":"delta","payload":{"from":${from},"to":${to},"at":${at},"patches":${patches}${encodeMore(more)}}}`;

/**
 * Goes before what leads to `rev`: of this client's user alone, `state` is laid over the audience's; the commands `acks` have taken effect.
 * `undefined`: nothing new of that.
 */
export const encodeOwn = (rev: number, state: unknown, acks: readonly number[]): string =>
  frame("own", { rev, state, acks: acks.length > 0 ? acks : undefined });

const encodeMore = ({ cues, acked, sum }: DeltaMore): string =>
  (cues?.length ? `,"cues":${JSON.stringify(cues)}` : "") +
  (acked === undefined ? "" : `,"acked":${acked}`) +
  (sum === undefined ? "" : `,"sum":${sum}`);

/** The frames of one snapshot: one, or numbered parts whose `data`, put together, is the JSON text of the state. `state` is JSON text. */
export function encodeSnapshot(epoch: string, rev: number, state: string, reason: SnapshotReason, partBytesMax: number): string[] {
  const head = `{"type":"snapshot","payload":{"epoch":${JSON.stringify(epoch)},"rev":${rev},"reason":"${reason}"`;
  if (state.length <= partBytesMax && new TextEncoder().encode(state).length <= partBytesMax) return [`${head},"state":${state}}}`];
  const slices: string[] = [];
  // A UTF-16 unit is at most three bytes on the wire, also where quotes and backslashes are escaped.
  const unitsMax = Math.floor(partBytesMax / 3);
  for (let start = 0; start < state.length; ) {
    let end = Math.min(start + unitsMax, state.length);
    const last = state.charCodeAt(end - 1);
    if (end < state.length && last >= 0xd800 && last < 0xdc00) end--; // never cut a surrogate pair
    slices.push(state.slice(start, end));
    start = end;
  }
  return slices.map((data, i) => `${head},"part":${i + 1},"parts":${slices.length},"data":${JSON.stringify(data)}}}`);
}

export const encodeWelcome = (welcome: Welcome): string => frame("welcome", welcome);
export const encodeRefused = (refused: RefusedFrame): string => frame("refused", refused);
export const encodeRenewed = (expiresAt: number | undefined): string => frame("renewed", { expiresAt });
export const encodePong = (rev: number): string => `{"type":"pong","payload":{"rev":${rev}}}`;
export const encodePresence = (set: readonly (readonly [who: number, state: unknown])[], gone: readonly number[]): string =>
  frame("presence", { set, gone });

export const encodeError = (
  code: ErrorCode,
  message: string,
  more: { seq?: number; retryAfterMs?: number; issues?: readonly string[] } = {},
): string => {
  const retryable = isRetryable(code);
  return frame("error", {
    code,
    message,
    retryable,
    ...more,
    ...(retryable && more.retryAfterMs !== undefined ? { retryAfterMs: Math.ceil(more.retryAfterMs) } : {}),
  });
};

export const encodeClosing = (
  code: ErrorCode,
  reason: string,
  more: { guard?: string; retryAfterMs?: number; refusal?: RefusalCode } = {},
): string => frame("closing", { code, reason, ...more });

const frame = (type: string, payload: unknown): string => `{"type":"${type}","payload":${JSON.stringify(payload)}}`;
