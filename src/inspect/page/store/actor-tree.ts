/** A room's actors as a tree in rows: the server, the room, its domain with its services, its sessions. From: views/actors.tsx. Pure. */
import type { Actor, Live } from "./live.ts";

export type { Actor };

export interface ActorRow {
  readonly actor: Actor;
  readonly level: number;
  readonly hasBelow: boolean;
}

const rowsMax = 400;

export function actorsOf(
  { actors }: Live,
  room: string,
  folded: ReadonlySet<string>,
): { readonly rows: readonly ActorRow[]; readonly left: number } {
  const below = new Map<string | undefined, Actor[]>();
  for (const actor of actors.values()) {
    if (actor.room !== undefined && actor.room !== room) continue;
    if (actor.snapshot.status !== "active" && actor.room !== undefined) continue;
    const parent = actor.parent !== undefined && actors.has(actor.parent) ? actor.parent : undefined;
    below.set(parent, [...(below.get(parent) ?? []), actor]);
  }
  const rows: ActorRow[] = [];
  let left = 0;
  const visit = (actor: Actor, level: number): void => {
    const inner = (below.get(actor.id) ?? []).sort(byKindThenName);
    if (rows.length < rowsMax) rows.push({ actor, level, hasBelow: inner.length > 0 });
    else left++;
    if (!folded.has(actor.id)) for (const child of inner) visit(child, level + 1);
  };
  const roots = (below.get(undefined) ?? []).sort(byKindThenName);
  // A server without this room says nothing about it.
  if ([...actors.values()].some((actor) => actor.room === room)) for (const root of roots) visit(root, 1);
  return { rows, left };
}

/** The domain before the people. */
const byKindThenName = (a: Actor, b: Actor): number =>
  Number(a.id.startsWith("session:")) - Number(b.id.startsWith("session:")) ||
  (a.name < b.name ? -1 : a.name > b.name ? 1 : a.id < b.id ? -1 : 1);
