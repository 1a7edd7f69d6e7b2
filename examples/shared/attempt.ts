/** Sends a command where the room would take it. Returns why not, in words for people. */
import type { Room } from "../../src/client/index.ts";
import type { AnyRoomType, CommandOf } from "../../src/room/define-room.ts";

export function attempt<R extends AnyRoomType>(room: Room<R>, command: CommandOf<R>): string | undefined {
  const verdict = room.explain(command);
  if (verdict.verdict === "refused") return verdict.reason;
  room.send(command);
  return undefined;
}
