/** Chat, agenda and polls behind tabs; people too, where they have no column of their own. */
import { useEffect, useState } from "react";
import { type Panel, Panels } from "../../shared/panels.tsx";
import { Agenda } from "./agenda.tsx";
import { Chat } from "./chat.tsx";
import { useMe, useSelect } from "./meeting-room.ts";
import { People } from "./people.tsx";
import { Polls } from "./polls.tsx";

export type PanelName = "people" | "chat" | "agenda" | "polls";
const panels: Readonly<Record<PanelName, Panel>> = {
  people: { title: "People", icon: "people", body: People },
  chat: { title: "Chat", icon: "chat", body: Chat },
  agenda: { title: "Agenda", icon: "agenda", body: Agenda },
  polls: { title: "Polls", icon: "poll", body: Polls },
};

interface SidePanelsProps {
  readonly names: readonly PanelName[];
  readonly open: PanelName;
  readonly onOpen: (name: PanelName) => void;
}

export function SidePanels({ names, open, onOpen }: SidePanelsProps) {
  const shown = names.includes(open) ? open : "chat"; // people, where they have a column
  const news = useNews(shown);
  const mark = (name: PanelName) =>
    news[name] > 0 ? (
      <span className="tab-news">
        <span className="visually-hidden">, new: </span>
        {news[name] > 99 ? "99+" : news[name]}
      </span>
    ) : null;
  return <Panels panels={panels} names={names} open={shown} onOpen={onOpen} mark={mark} />;
}

/** What waits behind the closed tabs: messages since one last looked, and open polls without one's vote. */
function useNews(shown: PanelName): Readonly<Record<PanelName, number>> {
  const me = useMe();
  const last = useSelect((state) => state.context.meeting.chat.at(-1)?.id);
  const [read, setRead] = useState(last);
  useEffect(() => {
    if (shown === "chat") setRead(last);
  }, [shown, last]);
  const unread = useSelect(({ context: { meeting } }) =>
    meeting.chat
      .slice(meeting.chat.findIndex(({ id }) => id === read) + 1)
      .reduce((count, { user }) => count + (user === me?.user ? 0 : 1), 0),
  );
  const unvoted = useSelect(
    ({ context: { meeting } }) =>
      meeting.polls.filter(({ open, votes }) => open && me !== undefined && !Object.hasOwn(votes, me.user)).length,
  );
  const hands = useSelect((state) => state.context.meeting.hands.length);
  return { people: shown === "people" ? 0 : hands, chat: shown === "chat" ? 0 : unread, agenda: 0, polls: shown === "polls" ? 0 : unvoted };
}
