/** Which room, what the app says of it (`children`), how this page is connected, and what the page can do. */
import type { ReactNode } from "react";
import { ConnectionBadge } from "./connection-badge.tsx";
import { Mark } from "./icons.tsx";
import { narrow, useMedia } from "./media.ts";
import { PageItems } from "./page-items.tsx";
import { Popup } from "./popup.tsx";
import { SavedMark } from "./saved-mark.tsx";
import { useVisit } from "./visit.ts";

interface TopBarProps {
  /** A narrow window has a menu of what the page can do; false where the app has that in a menu of its own. */
  readonly menu?: boolean;
  readonly children?: ReactNode;
}

export function TopBar({ menu = true, children }: TopBarProps) {
  const { room } = useVisit();
  const small = useMedia(narrow);
  return (
    <header className="top-bar">
      <Mark />
      <h1 className="room-name ellipsis">{room.id}</h1>
      {children}
      <span className="spacer" />
      <SavedMark />
      <ConnectionBadge />
      {small ? null : (
        <div className="top-actions">
          <PageItems look="icon" />
        </div>
      )}
      {small && menu ? (
        <Popup label="Menu" icon="more" look="icon">
          {(close) => <PageItems look="item" onDone={close} />}
        </Popup>
      ) : null}
    </header>
  );
}
