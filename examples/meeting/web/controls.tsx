/** One control per thing that a person may do in the meeting; each shows what it would do next. */
import { useConfirm } from "../../shared/confirm.tsx";
import { CommandButton, useMe, useSelect } from "./meeting-room.ts";

interface ControlProps {
  readonly look: "dock" | "item";
  readonly onSent?: () => void;
}

export function HandButton(props: ControlProps) {
  const me = useMe();
  const place = useSelect((state) => state.context.meeting.hands.indexOf(me?.user ?? "") + 1);
  return place > 0 ? (
    <CommandButton {...props} command={{ type: "hand.lower" }} label="Lower hand" icon="hand" shortcut="H" badge={place} on />
  ) : (
    <CommandButton {...props} command={{ type: "hand.raise" }} label="Raise hand" icon="hand" shortcut="H" />
  );
}

export function FloorButton(props: ControlProps) {
  const me = useMe();
  const mine = useSelect((state) => me !== undefined && state.context.meeting.speaker === me.user);
  return mine ? (
    <CommandButton {...props} command={{ type: "floor.yield" }} label="Yield floor" icon="floor" shortcut="F" on />
  ) : (
    <CommandButton {...props} command={{ type: "floor.take" }} label="Take floor" icon="floor" shortcut="F" />
  );
}

export function ShareButton(props: ControlProps) {
  const me = useMe();
  const mine = useSelect((state) => me !== undefined && state.context.meeting.screen === me.user);
  return mine ? (
    <CommandButton {...props} command={{ type: "screen.stop" }} label="Stop sharing" short="Stop" icon="screen" shortcut="S" on />
  ) : (
    <CommandButton {...props} command={{ type: "screen.share" }} label="Share screen" short="Share" icon="screen" shortcut="S" />
  );
}

export function AwayButton(props: ControlProps) {
  const me = useMe();
  const away = useSelect((state) => me !== undefined && state.context.meeting.participants[me.user]?.status === "away");
  return away ? (
    <CommandButton {...props} command={{ type: "status.set", status: "online" }} label="I am back" icon="away" shortcut="A" on />
  ) : (
    <CommandButton {...props} command={{ type: "status.set", status: "away" }} label="Away" icon="away" shortcut="A" />
  );
}

export function RecordButton(props: ControlProps) {
  const recording = useSelect((state) => state.value.recording);
  return recording === "on" || recording === "stopping" ? (
    <CommandButton {...props} command={{ type: "recording.stop" }} label="Stop recording" short="Stop" icon="record" on />
  ) : (
    <CommandButton {...props} command={{ type: "recording.start" }} label="Record meeting" short="Record" icon="record" />
  );
}

export function LockButton(props: ControlProps) {
  const locked = useSelect((state) => state.context.meeting.locked);
  return locked ? (
    <CommandButton {...props} command={{ type: "meeting.lock", locked: false }} label="Unlock meeting" short="Unlock" icon="lock" on />
  ) : (
    <CommandButton {...props} command={{ type: "meeting.lock", locked: true }} label="Lock meeting" short="Lock" icon="unlock" />
  );
}

export function EndButton(props: ControlProps) {
  const ask = useConfirm();
  return (
    <CommandButton
      {...props}
      command={{ type: "meeting.end" }}
      label="End meeting"
      short="End"
      icon="end"
      confirm={() =>
        ask({
          title: "End the meeting for everyone?",
          text: "It cannot be opened again. Chat, agenda and polls stay readable.",
          yes: "End for everyone",
        })
      }
    />
  );
}
