/** The page's composition root. */
import { startApp } from "../../shared/app.tsx";
import { PokerPage } from "./poker-page.tsx";
import { enter } from "./visit.ts";

startApp({
  words: {
    title: "Planning poker",
    tagline: "A backlog, cards, one verdict",
    room: { label: "Room", first: "sprint-12" },
    foot: "The first one in a new room is its host.",
  },
  enter,
  inside: (visit, onLeave) => <PokerPage key={visit.room.id} visit={visit} onLeave={onLeave} />,
});
