/** Stories and people behind tabs. */
import type { KeyboardEvent, ReactNode } from "react";
import { Icon, type IconName } from "../../shared/icons.tsx";
import { People } from "./people.tsx";
import { useSelect } from "./poker-room.ts";
import { Stories } from "./stories.tsx";

const panels = {
  stories: { title: "Stories", icon: "agenda", body: Stories },
  people: { title: "People", icon: "people", body: People },
} as const satisfies Record<string, { title: string; icon: IconName; body: () => ReactNode }>;
export type PanelName = keyof typeof panels;
const names = Object.keys(panels) as readonly PanelName[];

export function Panels({ open, onOpen }: { readonly open: PanelName; readonly onOpen: (name: PanelName) => void }) {
  const stories = useSelect((state) => state.context.app.stories.length);
  const people = useSelect((state) => Object.keys(state.context.meeting.participants).length);
  const counts = { stories, people };
  const { title, body: Body } = panels[open];
  const move = (event: KeyboardEvent) => {
    const at = names.indexOf(open);
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
            aria-selected={name === open}
            aria-controls="panel"
            tabIndex={name === open ? 0 : -1}
            onClick={() => onOpen(name)}
          >
            <Icon name={panels[name].icon} size={16} />
            <span>{panels[name].title}</span>
            <span className="count">{counts[name]}</span>
          </button>
        ))}
      </div>
      <div className="panel" role="tabpanel" id="panel" aria-label={title}>
        <Body />
      </div>
    </section>
  );
}
