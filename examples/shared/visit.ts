/** One person's stay in one room: the room itself and what the page keeps beside it. An app's own things stand beside these. */
import { createContext, useCallback, useContext, useSyncExternalStore } from "react";
import { createRoom, type Room } from "../../src/client/index.ts";
import { indexedDbStorage } from "../../src/client/indexed-db.ts";
import type { AnyRoomType } from "../../src/room/define-room.ts";
import type { AnyRoom } from "./any-room.ts";
import { createLab, type Lab } from "./lab.ts";
import { type OpLog, recordOps } from "./op-log.ts";
import { createToasts, type Toasts } from "./toasts.ts";

export interface Visit<R> {
  readonly room: R;
  readonly lab: Lab;
  readonly ops: OpLog;
  readonly toasts: Toasts;
}

/** Connects at once, so it is called in an event handler or at the start, never while rendering. */
export function visitRoom<R extends AnyRoomType>(definition: R, id: string, name: string): Visit<Room<R>> {
  const lab = createLab();
  const toasts = createToasts();
  const room = createRoom(definition, { url: "/", id, token: name, storage: indexedDbStorage(), socket: lab.socket });
  // Where it would be possible is told in the machine's names: nothing for people.
  room.on("refused", ({ code, reason }) =>
    toasts.tell(code === "state" ? "Your command came too late: that is not possible now." : `Your command was refused: ${reason}`, "bad"),
  );
  room.on("trouble", ({ message }) => toasts.tell(message, "bad"));
  return { room, lab, toasts, ops: recordOps(room) };
}

const VisitContext = createContext<Visit<AnyRoom> | undefined>(undefined);
export const VisitProvider = VisitContext.Provider;

export function useVisit(): Visit<AnyRoom> {
  const visit = useContext(VisitContext);
  if (visit === undefined) throw new Error("This component needs a visit around it.");
  return visit;
}

/** What the room tells; `read` must give the same answer until something changes. */
export function useOfRoom<T>(read: (room: AnyRoom) => T): T {
  const { room } = useVisit();
  const subscribe = useCallback((listener: () => void) => room.subscribe(listener), [room]);
  return useSyncExternalStore(subscribe, () => read(room));
}
export const useConnection = () => useOfRoom(({ connection }) => connection);
export const usePending = () => useOfRoom(({ pending }) => pending);
/** The rev of what the server has told; -1 before the first snapshot. */
export const useRev = (): number => useOfRoom(({ rev }) => rev);
