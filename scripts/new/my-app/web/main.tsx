/** The page's composition root. */
import { startApp } from "../../../../examples/shared/app.tsx";
import { Page } from "./page.tsx";
import { enter } from "./room-hooks.ts";

startApp({
  words: {
    title: "My app",
    tagline: "One question, secret answers",
    room: { label: "Room", first: "first" },
    foot: "The first one in a new room is its host.",
  },
  enter,
  inside: (visit, onLeave) => <Page key={visit.room.id} visit={visit} onLeave={onLeave} />,
});
