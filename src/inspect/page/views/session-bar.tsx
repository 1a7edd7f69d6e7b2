/** How many sessions are in which state, as a bar beside the words that say it. */
import type { SessionCounts } from "../../messages.ts";
import { sessionStates } from "./words.ts";

export const SessionBar = ({ sessions }: { readonly sessions: SessionCounts }) => (
  <span className="session-bar" aria-hidden="true">
    {sessionStates.map((state) =>
      sessions[state] === 0 ? null : <span key={state} data-session={state} style={{ flexGrow: sessions[state] }} />,
    )}
  </span>
);
