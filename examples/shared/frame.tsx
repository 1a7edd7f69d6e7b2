/** Around the inside of every room: the gate, the banner, notices, tooltips, questions, the help and the developer drawer. */
import { type ReactNode, useMemo, useRef, useState } from "react";
import type { AnyRoom } from "./any-room.ts";
import { Confirming } from "./confirm.tsx";
import { ConnectionBanner } from "./connection-banner.tsx";
import { Drawer } from "./drawer.tsx";
import { Gate, isShutOut } from "./gate.tsx";
import { HelpDialog } from "./help-dialog.tsx";
import { Hints } from "./hints.tsx";
import { copyLinkTo } from "./invitation.ts";
import { type PageActions, PageProvider } from "./page-actions.ts";
import { type Shortcuts, useShortcuts } from "./shortcuts.ts";
import { Toaster } from "./toaster.tsx";
import { useConnection, useRev, type Visit, VisitProvider } from "./visit.ts";

interface FrameProps {
  readonly visit: Visit<AnyRoom>;
  /** Of the app, for the window's title. */
  readonly name: string;
  readonly shortcuts: Shortcuts;
  /** Where keyboards go past the top bar, and what is there. */
  readonly skipTo: { readonly id: string; readonly label: string };
  readonly topBar: ReactNode;
  readonly children: ReactNode;
  readonly onLeave: () => void;
}

export function Frame({ visit, name, onLeave, ...inside }: FrameProps) {
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
      <PageProvider value={page}>
        <Confirming>
          <div className="page" data-drawer={drawer}>
            <title>{`${visit.room.id} · ${name}`}</title>
            <Inside page={page} {...inside} />
            {drawer ? <Drawer onClose={() => setDrawer(false)} /> : null}
          </div>
          <HelpDialog dialog={help} shortcuts={inside.shortcuts} />
          <Hints />
        </Confirming>
      </PageProvider>
    </VisitProvider>
  );
}

type InsideProps = Omit<FrameProps, "visit" | "name" | "onLeave"> & { readonly page: PageActions };

function Inside({ page, shortcuts, skipTo, topBar, children }: InsideProps) {
  const { status } = useConnection();
  const rev = useRev();
  useShortcuts(page, shortcuts);
  if (rev < 0 || isShutOut(status)) return <Gate />;
  return (
    <>
      <a className="skip" href={`#${skipTo.id}`}>
        {skipTo.label}
      </a>
      {topBar}
      <ConnectionBanner />
      {children}
      <Toaster />
    </>
  );
}
