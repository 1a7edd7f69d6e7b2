/** The state that is shown beside the state that is confirmed. */
import { DrawerPart } from "./drawer-part.tsx";
import { type MeetingRoom, useOfRoom, useSelect } from "./meeting-room.ts";

type MeetingPart = keyof MeetingRoom["state"]["context"]["meeting"];

export function DrawerState() {
  const shown = useSelect((state) => state);
  const confirmed = useOfRoom((room) => room.confirmed);
  const meeting = shown.context.meeting;
  const told = confirmed.context.meeting;
  // Parts that did not change keep their reference; what was copied is compared by what it says.
  const changed = (Object.keys(meeting) as MeetingPart[]).filter(
    (part) => meeting[part] !== told[part] && JSON.stringify(meeting[part]) !== JSON.stringify(told[part]),
  );
  const values = JSON.stringify(shown.value, null, 1);
  const valuesDiffer = values !== JSON.stringify(confirmed.value, null, 1);
  return (
    <DrawerPart title="State">
      <pre data-testid="dev-value">{values}</pre>
      {valuesDiffer ? (
        <>
          <h3>Confirmed</h3>
          <pre data-testid="dev-confirmed-value">{JSON.stringify(confirmed.value, null, 1)}</pre>
        </>
      ) : null}
      <h3>
        Ahead of the server <span className="count">{changed.length}</span>
      </h3>
      {changed.length === 0 ? <p className="drawer-note">What you see is what the server has confirmed.</p> : null}
      {changed.map((part) => (
        <dl key={part} className="drawer-change">
          <dt>{part}</dt>
          <dd data-side="shown">
            <code>{excerpt(meeting[part])}</code>
          </dd>
          <dd data-side="confirmed">
            <code>{excerpt(told[part])}</code>
          </dd>
        </dl>
      ))}
    </DrawerPart>
  );
}

/** The end of a long value: lists grow there. */
const excerptCharsMax = 240;
function excerpt(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length <= excerptCharsMax ? text : `…${text.slice(-excerptCharsMax)}`;
}
