/** What a server sends, as this client reads it (SPEC.md, "Server to client"). The server is trusted to keep to the protocol; a text that is no frame is not. */
import type { EventObject, StateValue } from "xstate";
import type { ErrorCode } from "../protocol/codes.ts";
import type { RefusedFrame, RosterEntry, SnapshotReason, Welcome } from "../protocol/frames.ts";
import type { Patch } from "./patch.ts";

/** SNAP-1: the applied state. The order of the keys is the one that the checksum is made over. */
export interface StateDocument {
  readonly at: number;
  readonly value: StateValue;
  readonly context: unknown;
  readonly status: "active" | "done" | "error" | "stopped";
  readonly history: Readonly<Record<string, readonly string[]>>;
  readonly roster: readonly RosterEntry[];
}

export type SnapshotFrame = { readonly epoch: string; readonly rev: number; readonly reason: SnapshotReason } & (
  | { readonly state: StateDocument }
  | { readonly part: number; readonly parts: number; readonly data: string }
);

export type WireOp = readonly [who: number, seq: number, event: EventObject, dt?: number];
export interface DeltaFrame {
  readonly from: number;
  readonly to: number;
  readonly at: number;
  readonly ops?: readonly WireOp[];
  readonly patches?: readonly Patch[];
  readonly cues?: readonly EventObject[];
  readonly acked?: number;
  /** The checksum of the state at `to`. */
  readonly sum?: number;
}

export interface OwnFrame {
  readonly rev: number;
  readonly state?: unknown;
  readonly acks?: readonly number[];
}

export type Frame =
  | { readonly type: "welcome"; readonly payload: Welcome }
  | { readonly type: "snapshot"; readonly payload: SnapshotFrame }
  | { readonly type: "delta"; readonly payload: DeltaFrame }
  | { readonly type: "own"; readonly payload: OwnFrame }
  | { readonly type: "refused"; readonly payload: RefusedFrame }
  | {
      readonly type: "presence";
      readonly payload: { readonly set: readonly (readonly [number, unknown])[]; readonly gone: readonly number[] };
    }
  | { readonly type: "pong"; readonly payload: { readonly rev: number } }
  | { readonly type: "renewed"; readonly payload: { readonly expiresAt?: number } }
  | { readonly type: "error"; readonly payload: ErrorFrame }
  | { readonly type: "closing"; readonly payload: ClosingFrame };
export interface ErrorFrame {
  readonly code: ErrorCode;
  readonly message: string;
  readonly retryAfterMs?: number;
  readonly seq?: number;
}
export interface ClosingFrame {
  readonly code: ErrorCode;
  readonly reason: string;
  readonly retryAfterMs?: number;
}

/** `undefined`: no frame. An unknown type is passed on, and ignored there. */
export function parseFrame(text: unknown): Frame | undefined {
  try {
    const frame = JSON.parse(String(text)) as Frame | null;
    return frame?.payload ? frame : undefined;
  } catch {
    return undefined;
  }
}
