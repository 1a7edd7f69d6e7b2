/** Chat, agenda and polls behind tabs; people too, where they have no column of their own. */
import { type KeyboardEvent, type ReactNode, useEffect, useState } from "react";
import { Icon, type IconName } from "../../shared/icons.tsx";
import { Agenda } from "./agenda.tsx";
import { Chat } from "./chat.tsx";
import { useMe, useSelect } from "./meeting-room.ts";
import { People } from "./people.tsx";
import { Polls } from "./polls.tsx";

export type PanelName = "people" | "chat" | "agenda" | "polls";
const panels: Readonly<Record<PanelName, { readonly title: string; readonly icon: IconName; readonly body: () => ReactNode }>> = {
  people: { title: "People", icon: "people", body: People },
  chat: { title: "Chat", icon: "chat", body: Chat },
  agenda: { title: "Agenda", icon: "agenda", body: Agenda },
  polls: { title: "Polls", icon: "poll", body: Polls },
};

interface PanelsProps {
  readonly names: readonly PanelName[];
  readonly open: PanelName;
  readonly onOpen: (name: PanelName) => void;
}

export function Panels({ names, open, onOpen }: PanelsProps) {
  const shown = names.includes(open) ? open : "chat"; // people, where they have a column
  const news = useNews(shown);
  const { title, body: Body } = panels[shown];
  const move = (event: KeyboardEvent) => {
    const at = names.indexOf(shown);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: names.length - 1 }[event.key];
    const name = to === undefined ? undefined : names[(to + names.length) % names.length];
    if (name === undefined) return;
    event.preventDefault();
    onOpen(name);
    document.getElementById(`tab-${name}`)?.focus();
  };
  return (
    <section className="panels card" aria-label="Side panel">
      <div className="tabs" role="tablist" aria-label="Panels" onKeyDown={move}>
        {names.map((name) => (
          <button
            key={name}
            type="button"
            id={`tab-${name}`}
            className="tab"
            role="tab"
            aria-selected={name === shown}
            aria-controls="panel"
            tabIndex={name === shown ? 0 : -1}
            onClick={() => onOpen(name)}
          >
            <Icon name={panels[name].icon} size={16} />
            <span>{panels[name].title}</span>
            {news[name] > 0 ? (
              <span className="tab-news">
                <span className="visually-hidden">, new: </span>
                {news[name] > 99 ? "99+" : news[name]}
              </span>
            ) : null}
          </button>
        ))}
      </div>
      <div className="panel" role="tabpanel" id="panel" aria-label={title}>
        <Body />
      </div>
    </section>
  );
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
