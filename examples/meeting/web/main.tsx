/** The page's composition root. */
import { startApp } from "../../shared/app.tsx";
import { MeetingPage } from "./meeting-page.tsx";
import { enter } from "./visit.ts";

startApp({
  words: {
    title: "Meeting",
    tagline: "Hands, floor, agenda, polls, chat",
    room: { label: "Room", first: "weekly" },
    foot: "The first one in a new room is its host.",
  },
  enter,
  inside: (visit, onLeave) => <MeetingPage key={visit.room.id} visit={visit} onLeave={onLeave} />,
});
