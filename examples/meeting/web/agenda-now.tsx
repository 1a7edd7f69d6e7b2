/** The agenda item that runs, above the table, with its time. */

import { Icon } from "../../shared/icons.tsx";
import { Countdown } from "./countdown.tsx";
import { useSelect } from "./meeting-room.ts";

export function AgendaNow() {
  const running = useSelect((state) => state.context.meeting.running);
  const title = useSelect((state) => state.context.meeting.agenda.find(({ id }) => id === running?.item)?.title);
  if (running === null || title === undefined) return null;
  return (
    <p className="agenda-now">
      <Icon name="agenda" size={15} />
      <bdi className="agenda-now-title">{title}</bdi>
      <Countdown endsAt={running.endsAt} />
    </p>
  );
}
