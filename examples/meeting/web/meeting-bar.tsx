/** What the top bar says of the meeting: its phase, whether it is locked, how it is recorded. */
import { Icon } from "../../shared/icons.tsx";
import { clock, useNow } from "../../shared/time.ts";
import { TopBar } from "../../shared/top-bar.tsx";
import { useSelect } from "./meeting-room.ts";
import { RecordingLight } from "./recording-light.tsx";

export function MeetingBar() {
  const locked = useSelect((state) => state.context.meeting.locked);
  return (
    <TopBar menu={false}>
      <Phase />
      {locked ? (
        <span className="tag" data-tone="soft" data-hint="Locked: nobody new may come in">
          <Icon name="lock" size={14} />
          <span className="visually-hidden">locked</span>
        </span>
      ) : null}
      <RecordingLight />
    </TopBar>
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
