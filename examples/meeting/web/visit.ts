/** One person's stay in one meeting. */
import { meeting } from "../../../src/meeting/room.ts";
import { type Visit, visitRoom } from "../../shared/visit.ts";
import { announce } from "./announce.ts";
import type { MeetingRoom } from "./meeting-room.ts";
import { collectReactions, type Reactions } from "./reactions.ts";

export interface MeetingVisit extends Visit<MeetingRoom> {
  readonly reactions: Reactions;
}

/** Connects at once. */
export function enter(id: string, name: string): MeetingVisit {
  const visit = visitRoom(meeting, id, name);
  announce(visit.room, visit.toasts);
  return { ...visit, reactions: collectReactions(visit.room) };
}
