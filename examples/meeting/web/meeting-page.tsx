/** A meeting, from the inside. */
import { useMemo, useRef, useState } from "react";
import { Confirming } from "./confirm.tsx";
import { ConnectionBanner } from "./connection-banner.tsx";
import { Dock } from "./dock.tsx";
import { Drawer } from "./drawer.tsx";
import { Gate, isShutOut } from "./gate.tsx";
import { HelpDialog } from "./help-dialog.tsx";
import { Hints } from "./hints.tsx";
import { Icon } from "./icons.tsx";
import { copyLinkTo } from "./invitation.ts";
import { useMedia, wide } from "./media.ts";
import { RoomProvider, useConnection, useRev, useSelect } from "./meeting-room.ts";
import { type PageActions, PageProvider } from "./page-actions.ts";
import { type PanelName, Panels } from "./panels.tsx";
import { People } from "./people.tsx";
import { useShortcuts } from "./shortcuts.ts";
import { Stage } from "./stage.tsx";
import { Toaster } from "./toaster.tsx";
import { TopBar } from "./top-bar.tsx";
import { type Visit, VisitProvider } from "./visit.ts";

export function MeetingPage({ visit, onLeave }: { readonly visit: Visit; readonly onLeave: () => void }) {
  const [drawer, setDrawer] = useState(false);
  const help = useRef<HTMLDialogElement>(null);
  const page = useMemo<PageActions>(
    () => ({
      copyLink: () =>
        copyLinkTo(visit.room.id).then(
          () => visit.toasts.tell("Link copied", "good"),
          (error: unknown) => visit.toasts.tell(`The link could not be copied: ${String(error)}`, "bad"),
        ),
      toggleHelp: () => (help.current?.open ? help.current.close() : help.current?.showModal()),
      toggleDrawer: () => setDrawer((open) => !open),
      leave: onLeave,
    }),
    [visit, onLeave],
  );
  return (
    <VisitProvider value={visit}>
      <RoomProvider room={visit.room}>
        <PageProvider value={page}>
          <Confirming>
            <div className="page" data-drawer={drawer}>
              <title>{`${visit.room.id} · Quorate`}</title>
              <Inside page={page} />
              {drawer ? <Drawer onClose={() => setDrawer(false)} /> : null}
            </div>
            <HelpDialog dialog={help} />
            <Hints />
          </Confirming>
        </PageProvider>
      </RoomProvider>
    </VisitProvider>
  );
}

const allPanels: readonly PanelName[] = ["people", "chat", "agenda", "polls"];
const sidePanels: readonly PanelName[] = ["chat", "agenda", "polls"];

function Inside({ page }: { readonly page: PageActions }) {
  const [open, setOpen] = useState<PanelName>("chat");
  const isWide = useMedia(wide);
  const { status } = useConnection();
  const rev = useRev();
  useShortcuts(page, setOpen);
  if (rev < 0 || isShutOut(status)) return <Gate />;
  return (
    <>
      <a className="skip" href="#controls">
        Skip to the controls
      </a>
      <TopBar />
      <ConnectionBanner />
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
        <Panels names={isWide ? sidePanels : allPanels} open={open} onOpen={setOpen} />
      </div>
      <Toaster />
    </>
  );
}

function PeopleCount() {
  const count = useSelect((state) => Object.keys(state.context.meeting.participants).length);
  return <span className="count">{count}</span>;
}
