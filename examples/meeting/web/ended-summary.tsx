/** What is left of a meeting that has ended. */

import { clock } from "../../shared/time.ts";
import { useSelect } from "./meeting-room.ts";

export function EndedSummary() {
  const { startedAt, endedAt, agenda, polls, recording } = useSelect((state) => state.context.meeting);
  const done = agenda.filter(({ state }) => state === "done").length;
  const facts = [
    ["Lasted", clock((endedAt ?? 0) - (startedAt ?? endedAt ?? 0))],
    ["Agenda", agenda.length === 0 ? "none" : `${done} of ${agenda.length} done`],
    ["Polls", polls.length === 0 ? "none" : String(polls.length)],
    ...(recording.file === null ? [] : [["Recording", recording.file] as const]),
  ] as const;
  return (
    <>
      <h2>The meeting has ended</h2>
      <p>Chat, agenda and polls stay here to be read.</p>
      <dl className="facts">
        {facts.map(([term, value]) => (
          <div key={term}>
            <dt>{term}</dt>
            <dd className="figures">{value}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}
