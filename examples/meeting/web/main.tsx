/** The page's composition root: outside of a meeting or inside of one. */
import { useCallback, useState } from "react";
import { createRoot } from "react-dom/client";
import { forgetVisit, rememberVisit, returning } from "./invitation.ts";
import { JoinScreen } from "./join-screen.tsx";
import { MeetingPage } from "./meeting-page.tsx";
import { enter, type Visit } from "./visit.ts";

function App({ first }: { readonly first: Visit | undefined }) {
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
  return visit === undefined ? <JoinScreen onJoin={join} /> : <MeetingPage key={visit.room.id} visit={visit} onLeave={leave} />;
}

const root = document.getElementById("root");
if (root === null) throw new Error("The page has no #root.");
const before = returning();
createRoot(root).render(<App first={before === undefined ? undefined : enter(before.room, before.name)} />);
