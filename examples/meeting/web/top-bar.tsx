/** Which room, in which phase, how it is recorded, and how this page is connected. */
import { ConnectionBadge } from "./connection-badge.tsx";
import { Icon, Mark } from "./icons.tsx";
import { useRoom, useSelect } from "./meeting-room.ts";
import { PageItems } from "./page-items.tsx";
import { RecordingLight } from "./recording-light.tsx";
import { SavedMark } from "./saved-mark.tsx";
import { clock, useNow } from "./time.ts";

export function TopBar() {
  const room = useRoom();
  const locked = useSelect((state) => state.context.meeting.locked);
  return (
    <header className="top-bar">
      <Mark />
      <h1 className="room-name ellipsis">{room.id}</h1>
      <Phase />
      {locked ? (
        <span className="tag" data-tone="soft" data-hint="Locked: nobody new may come in">
          <Icon name="lock" size={14} />
          <span className="visually-hidden">locked</span>
        </span>
      ) : null}
      <RecordingLight />
      <span className="spacer" />
      <SavedMark />
      <ConnectionBadge />
      <div className="top-actions">
        <PageItems look="icon" />
      </div>
    </header>
  );
}

function Phase() {
  const phase = useSelect((state) => state.value.phase);
  return (
    <span className="phase" data-testid="phase" data-phase={phase}>
      {phase === "lobby" ? "Lobby" : phase === "ended" ? "Ended" : <Duration />}
    </span>
  );
}

function Duration() {
  const startedAt = useSelect((state) => state.context.meeting.startedAt);
  const now = useNow();
  return (
    <>
      Live <span className="figures">{clock(now - (startedAt ?? now))}</span>
    </>
  );
}
