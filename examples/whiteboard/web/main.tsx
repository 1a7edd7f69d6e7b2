/** The page's composition root. */
import { startApp } from "../../shared/app.tsx";
import { BoardPage } from "./board-page.tsx";
import { enter } from "./visit.ts";

startApp({
  words: {
    title: "Whiteboard",
    tagline: "Draw together, undo your own",
    room: { label: "Board", first: "sketches" },
    foot: "The first one at a new board is its host.",
  },
  enter,
  inside: (visit, onLeave) => <BoardPage key={visit.room.id} visit={visit} onLeave={onLeave} />,
});
