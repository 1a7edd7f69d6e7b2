/** A meeting, from the inside. */
import { useMemo, useState } from "react";
import { Frame } from "../../shared/frame.tsx";
import { Icon } from "../../shared/icons.tsx";
import { useMedia, wide } from "../../shared/media.ts";
import { Dock } from "./dock.tsx";
import { MeetingBar } from "./meeting-bar.tsx";
import { RoomProvider, useSelect } from "./meeting-room.ts";
import { type PanelName, SidePanels } from "./panels.tsx";
import { People } from "./people.tsx";
import { ReactionsProvider } from "./reactions.ts";
import { shortcutsOf } from "./shortcuts.ts";
import { Stage } from "./stage.tsx";
import type { MeetingVisit } from "./visit.ts";

const allPanels: readonly PanelName[] = ["people", "chat", "agenda", "polls"];
const sidePanels: readonly PanelName[] = ["chat", "agenda", "polls"];
const skipTo = { id: "controls", label: "Skip to the controls" };

export function MeetingPage({ visit, onLeave }: { readonly visit: MeetingVisit; readonly onLeave: () => void }) {
  const [open, setOpen] = useState<PanelName>("chat");
  const isWide = useMedia(wide);
  const shortcuts = useMemo(() => shortcutsOf(visit, setOpen), [visit]);
  return (
    <RoomProvider room={visit.room}>
      <ReactionsProvider value={visit.reactions}>
        <Frame visit={visit} name="Meeting" shortcuts={shortcuts} skipTo={skipTo} topBar={<MeetingBar />} onLeave={onLeave}>
          <div className="workspace">
            {isWide ? (
              <section className="people-column card" id="people" aria-labelledby="people-title" tabIndex={-1}>
                <h2 className="panel-title" id="people-title">
                  <Icon name="people" size={16} /> People <PeopleCount />
                </h2>
                <People />
              </section>
            ) : null}
            <main className="middle">
              <Stage />
              <Dock />
            </main>
            <SidePanels names={isWide ? sidePanels : allPanels} open={open} onOpen={setOpen} />
          </div>
        </Frame>
      </ReactionsProvider>
    </RoomProvider>
  );
}

function PeopleCount() {
  const count = useSelect((state) => Object.keys(state.context.meeting.participants).length);
  return <span className="count">{count}</span>;
}
