/** The applied state as an audience may see it, in plain JSON. Every byte of state that leaves for an audience comes from here (L8). From: feed.ts. */
import type { Audience } from "../sync/session.ts";
import type { AnyRoomType } from "./define-room.ts";
import { historyIds } from "./domain.ts";
import type { Committed } from "./owner.ts";

export function projectState(def: AnyRoomType, { domain, roster }: Committed, audience: Audience): unknown {
  const { snapshot } = domain;
  const context: unknown = def.view === undefined ? snapshot.context : def.view(snapshot, audience.view);
  return { at: domain.at, value: snapshot.value, context, status: snapshot.status, history: historyIds(snapshot), roster };
}
