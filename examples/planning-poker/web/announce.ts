/**
 * Tells what the others do. From: the room's state and cues. To: the toasts.
 * A room with a view is told patches, no ops, so who came and went is read off two states.
 */
import type { Toasts } from "../../shared/toasts.ts";
import type { PokerRoom } from "./poker-room.ts";
import { articleOf } from "./roles.ts";

export function announce(room: PokerRoom, toasts: Toasts): void {
  tellPeople(room, toasts);
  const nameOf = (user: string) => room.confirmed.context.meeting.participants[user]?.name ?? "Somebody";
  room.on("cue", (cue) => {
    switch (cue.type) {
      case "revealed":
        if (cue.user === null) toasts.tell("Time is up: here are the cards");
        else if (cue.user !== room.me?.user) toasts.tell(`${nameOf(cue.user)} turned the cards`);
        break;
      case "nobodyVoted":
        toasts.tell("Time is up, and nobody voted", "bad");
        break;
      case "estimated":
        toasts.tell(`“${cue.title}” is a ${cue.estimate}`, "good");
        break;
      case "participant.removed":
        if (cue.user !== room.me?.user) toasts.tell(`${cue.name} was removed`);
        break;
    }
  });
}

function tellPeople(room: PokerRoom, toasts: Toasts): void {
  let before: PokerRoom["confirmed"]["context"]["meeting"]["participants"] | undefined;
  room.subscribe(() => {
    if (room.rev < 0) return;
    const now = room.confirmed.context.meeting.participants;
    const was = before;
    before = now;
    if (was === undefined || was === now) return;
    const me = room.me?.user ?? "";
    for (const [user, { name }] of Object.entries(now)) if (user !== me && !Object.hasOwn(was, user)) toasts.tellJoined(name);
    for (const [user, { name }] of Object.entries(was)) if (user !== me && !Object.hasOwn(now, user)) toasts.tell(`${name} left`);
    const role = now[me]?.role;
    if (role !== undefined && was[me] !== undefined && was[me].role !== role) toasts.tell(`You are ${articleOf(role)} now`);
  });
}
