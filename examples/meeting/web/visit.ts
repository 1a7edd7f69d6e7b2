/** One person's stay in one room: the room itself and what this page keeps beside it. Made in an event handler, never while rendering. */
import { createContext, useContext } from "react";
import { createRoom } from "../../../src/client/index.ts";
import { indexedDbStorage } from "../../../src/client/indexed-db.ts";
import { meeting } from "../../../src/meeting/room.ts";
import { announce } from "./announce.ts";
import { createLab, type Lab } from "./lab.ts";
import type { MeetingRoom } from "./meeting-room.ts";
import { type OpLog, recordOps } from "./op-log.ts";
import { collectReactions, type Reactions } from "./reactions.ts";
import { createToasts, type Toasts } from "./toasts.ts";

export interface Visit {
  readonly room: MeetingRoom;
  readonly lab: Lab;
  readonly ops: OpLog;
  readonly toasts: Toasts;
  readonly reactions: Reactions;
}

/** Connects at once. */
export function enter(id: string, name: string): Visit {
  const lab = createLab();
  const toasts = createToasts();
  const room = createRoom(meeting, { url: "/", id, token: name, storage: indexedDbStorage(), socket: lab.socket });
  announce(room, toasts);
  return { room, lab, toasts, ops: recordOps(room), reactions: collectReactions(room) };
}

const VisitContext = createContext<Visit | undefined>(undefined);
export const VisitProvider = VisitContext.Provider;

export function useVisit(): Visit {
  const visit = useContext(VisitContext);
  if (visit === undefined) throw new Error("This component needs a visit around it.");
  return visit;
}
