/** The table, from the inside. */
import { useMemo, useState } from "react";
import { Frame } from "../../shared/frame.tsx";
import { narrow, useMedia } from "../../shared/media.ts";
import { TopBar } from "../../shared/top-bar.tsx";
import { Drawer } from "./drawer.tsx";
import { Foot } from "./foot.tsx";
import { type PanelName, SidePanels } from "./panels.tsx";
import { RoomProvider, useSelect } from "./poker-room.ts";
import { shortcutsOf } from "./shortcuts.ts";
import { Table } from "./table.tsx";
import { PlanProvider, type PokerVisit } from "./visit.ts";

const skipTo = { id: "controls", label: "Skip to the cards" };

export function PokerPage({ visit, onLeave }: { readonly visit: PokerVisit; readonly onLeave: () => void }) {
  const [open, setOpen] = useState<PanelName>("stories");
  const [isDrawerOpen, setDrawerOpen] = useState(false);
  const small = useMedia(narrow);
  const shortcuts = useMemo(
    () =>
      shortcutsOf(visit, (panel) => {
        setOpen(panel);
        setDrawerOpen(true);
      }),
    [visit],
  );
  const panels = <SidePanels open={open} onOpen={setOpen} />;
  return (
    <RoomProvider room={visit.room}>
      <PlanProvider value={visit.plan}>
        <Frame visit={visit} name="Planning poker" shortcuts={shortcuts} skipTo={skipTo} topBar={<PokerBar />} onLeave={onLeave}>
          <div className="workspace">
            <main className="middle">
              <Table onPanels={small ? () => setDrawerOpen(true) : undefined} />
              <Foot />
            </main>
            {small ? (
              <Drawer open={isDrawerOpen} onClose={() => setDrawerOpen(false)}>
                {panels}
              </Drawer>
            ) : (
              panels
            )}
          </div>
        </Frame>
      </PlanProvider>
    </RoomProvider>
  );
}

function PokerBar() {
  const phase = useSelect((state) => state.value.phase);
  return (
    <TopBar>
      <span className="phase" data-testid="phase" data-phase={phase}>
        {{ lobby: "Lobby", live: "Live", ended: "Ended" }[phase]}
      </span>
    </TopBar>
  );
}
