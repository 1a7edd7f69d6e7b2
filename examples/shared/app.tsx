/** An app's page: outside of a room or inside of one. Its `main.tsx` starts it. */
import { type ReactNode, useCallback, useState } from "react";
import { createRoot } from "react-dom/client";
import type { AnyRoom } from "./any-room.ts";
import { forgetVisit, rememberVisit, returning } from "./invitation.ts";
import { JoinScreen, type JoinWords } from "./join-screen.tsx";
import type { Visit } from "./visit.ts";

interface AppParts<V extends Visit<AnyRoom>> {
  readonly words: JoinWords;
  readonly enter: (room: string, name: string) => V;
  /** The page from the inside. */
  readonly inside: (visit: V, onLeave: () => void) => ReactNode;
}

/** Renders into `#root`. Whoever was inside before a reload is inside again. */
export function startApp<V extends Visit<AnyRoom>>(parts: AppParts<V>): void {
  const root = document.getElementById("root");
  if (root === null) throw new Error("The page has no #root.");
  const before = returning();
  createRoot(root).render(<App {...parts} first={before === undefined ? undefined : parts.enter(before.room, before.name)} />);
}

function App<V extends Visit<AnyRoom>>({ words, enter, inside, first }: AppParts<V> & { readonly first: V | undefined }) {
  const [visit, setVisit] = useState(first);
  const join = (room: string, name: string) => {
    rememberVisit(room, name);
    setVisit(enter(room, name));
  };
  const leave = useCallback(() => {
    forgetVisit();
    setVisit(undefined);
    void visit?.room.leave();
  }, [visit]);
  return visit === undefined ? <JoinScreen words={words} onJoin={join} /> : inside(visit, leave);
}
