/** Life lines: in which state each session was when, and why it got a snapshot. From: live.ts. To: lines-view.tsx. Pure. */
import type { InspectedSnapshot } from "../../messages.ts";
import { leavesOf } from "../chart/taken.ts";

export interface Span {
  readonly state: string;
  readonly from: number;
}
export interface Mark {
  readonly at: number;
  /** `delta`, or why it was a snapshot. */
  readonly reason: string;
}
export interface LifeLine {
  readonly id: string;
  readonly room: string;
  readonly name: string;
  readonly user: string | undefined;
  readonly role: string | undefined;
  readonly spans: readonly Span[];
  readonly marks: readonly Mark[];
  /** Of the newest change. */
  readonly changedAt: number;
}

const spansMax = 200;
/** Kept over all rooms. */
const linesMax = 1_000;

/** The innermost name: `new`, `snapshot`, `catchingUp`, `live`, `lagging`, `stale`, `closed`. */
export const stateOf = ({ value, status }: InspectedSnapshot): string =>
  leavesOf(value)[0]?.split(".").at(-1) ?? (status === "active" ? "new" : "closed");

const word = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);

export function moved(
  line: LifeLine | undefined,
  of: { id: string; room: string; name: string },
  snapshot: InspectedSnapshot,
  at: number,
): LifeLine {
  const { context } = snapshot;
  const state = snapshot.status === "active" ? stateOf(snapshot) : "closed";
  const last = line?.spans.at(-1);
  const who = { user: word(context["user"]) ?? line?.user, role: word(context["role"]) ?? line?.role };
  if (line !== undefined && (last?.state === state || at < line.changedAt)) return { ...line, ...who };
  const reason = state === "snapshot" ? word(context["reason"]) : state === "catchingUp" && last?.state === "stale" ? "delta" : undefined;
  return {
    ...of,
    ...who,
    spans: [...(line?.spans ?? []), { state, from: at }].slice(-spansMax),
    marks: reason === undefined ? (line?.marks ?? []) : [...(line?.marks ?? []), { at, reason }].slice(-spansMax),
    changedAt: at,
  };
}

/** Those that changed last. */
export function bounded(lines: ReadonlyMap<string, LifeLine>): ReadonlyMap<string, LifeLine> {
  if (lines.size <= linesMax) return lines;
  const kept = [...lines.values()].sort((a, b) => b.changedAt - a.changedAt).slice(0, linesMax);
  return new Map(kept.map((line) => [line.id, line]));
}

/** A room's lines to show: those that changed last, by name. */
export const shownLines = (lines: Iterable<LifeLine>, room: string, max: number): readonly LifeLine[] =>
  [...lines]
    .filter((line) => line.room === room)
    .sort((a, b) => b.changedAt - a.changedAt)
    .slice(0, max)
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.id < b.id ? -1 : 1));
