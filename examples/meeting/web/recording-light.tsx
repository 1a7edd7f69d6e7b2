/** Whether this meeting is recorded: everyone in it has to see that. */
import { useSelect } from "./meeting-room.ts";

const words = { starting: "Starting to record", on: "Recording", stopping: "Saving recording" } as const;

export function RecordingLight() {
  const state = useSelect(({ value }) => value.recording);
  const error = useSelect(({ context }) => context.meeting.recording.error);
  if (state === "off" && error === null) return null;
  return (
    <span
      className="recording"
      role="status"
      data-testid="recording"
      data-state={state}
      data-failed={state === "off"}
      data-hint={state === "off" ? error : undefined}
    >
      <i aria-hidden="true" />
      <span className="recording-word">{state === "off" ? "Recording failed" : words[state]}</span>
      {state === "off" ? <span className="visually-hidden">: {error}</span> : null}
    </span>
  );
}
