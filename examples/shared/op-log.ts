/** The last ops that this page has seen, for the developer drawer. */
import type { Room } from "../../src/client/index.ts";
import type { AnyRoomType } from "../../src/room/define-room.ts";
import { createStore, type Store } from "./store.ts";

export interface LoggedOp {
  readonly rev: number;
  readonly at: number;
  /** The name of the person, or the room itself. */
  readonly by: string;
  readonly type: string;
  /** The event without its type and stamp, as JSON. */
  readonly payload: string;
}
/** Newest first. */
export type OpLog = Store<readonly LoggedOp[]>;

const opsMax = 200;

export function recordOps<R extends AnyRoomType>(room: Room<R>): OpLog {
  const log: OpLog = createStore<readonly LoggedOp[]>([]);
  room.on("op", ({ rev, at, by, event }) => {
    const { type, at: _at, id: _id, by: _by, ...payload } = event as typeof event & { at?: unknown; id?: unknown; by?: unknown };
    const logged = { rev, at, by: by.name === "" ? "the room" : by.name, type, payload: JSON.stringify(payload) };
    log.set((ops) => [logged, ...ops].slice(0, opsMax));
  });
  return log;
}
