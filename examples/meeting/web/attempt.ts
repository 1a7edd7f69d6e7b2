/** Sends a command where the room would take it. Returns why not, in words for people. */
import type { Command, MeetingRoom } from "./meeting-room.ts";

export function attempt(room: MeetingRoom, command: Command): string | undefined {
  const verdict = room.explain(command);
  if (verdict.verdict === "refused") return verdict.reason;
  room.send(command);
  return undefined;
}
