/** Stories and people behind tabs. */
import { type Panel, Panels } from "../../shared/panels.tsx";
import { People } from "./people.tsx";
import { useSelect } from "./poker-room.ts";
import { Stories } from "./stories.tsx";

export type PanelName = "stories" | "people";
const panels: Readonly<Record<PanelName, Panel>> = {
  stories: { title: "Stories", icon: "agenda", body: Stories },
  people: { title: "People", icon: "people", body: People },
};
const names = ["stories", "people"] as const;

export function SidePanels({ open, onOpen }: { readonly open: PanelName; readonly onOpen: (name: PanelName) => void }) {
  const stories = useSelect((state) => state.context.app.stories.length);
  const people = useSelect((state) => Object.keys(state.context.meeting.participants).length);
  const counts = { stories, people };
  const mark = (name: PanelName) => <span className="count">{counts[name]}</span>;
  return <Panels panels={panels} names={names} open={open} onOpen={onOpen} mark={mark} />;
}
