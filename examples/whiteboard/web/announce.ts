/** Tells what the others do beside drawing, which one sees. What was refused to oneself is told by the visit. */
import type { Toasts } from "../../shared/toasts.ts";
import type { BoardEvent } from "../board.ts";
import type { BoardRoom } from "./board-room.ts";

export function announce(room: BoardRoom, toasts: Toasts): void {
  // Who was there before the ops that come in: the machine forgets those who leave.
  let before = room.confirmed.context.people;
  room.subscribe(() => {
    before = room.confirmed.context.people;
  });
  room.on("op", ({ by, event, live }) => {
    if (!live) return;
    const { people } = room.confirmed.context;
    const said = event as BoardEvent;
    const me = room.me?.user;
    switch (said.type) {
      case "participant.joined":
        if (said.user !== me && !Object.hasOwn(before, said.user)) toasts.tellJoined(said.name);
        break;
      case "participant.left":
        if (said.user !== me && !Object.hasOwn(people, said.user)) toasts.tell(`${before[said.user]?.name ?? "Somebody"} left`);
        break;
      case "person.role":
        if (said.user === me) toasts.tell(`You are ${articles[said.role]} now`);
        break;
      case "board.lock":
      case "board.unlock":
        if (by.user !== me) toasts.tell(`${by.name} ${said.type === "board.lock" ? "locked" : "unlocked"} the board`);
        break;
      case "guide.start":
        if (by.user !== me) toasts.tell(`${by.name} shows you around`);
        break;
    }
  });
}

const articles = { host: "a host", cohost: "a cohost", member: "a member", observer: "an observer" } as const;
