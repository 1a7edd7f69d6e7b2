/** How this page is connected, in a word. */
import { wordsOf } from "./connection-words.ts";
import { Icon } from "./icons.tsx";
import { useConnection, usePending, useRev, useVisit } from "./visit.ts";

export function ConnectionBadge() {
  const { room } = useVisit();
  const { status, reason } = useConnection();
  const waiting = usePending().length;
  const { word, tone, retry } = wordsOf(status, useRev());
  return (
    <span className="connection" data-testid="connection" data-status={status} data-tone={tone} data-hint={reason}>
      <span role="status" className="connection-state">
        <i className="connection-dot" aria-hidden="true" />
        <span className="connection-word">
          {word}
          {tone === "bad" && waiting > 0 ? ` · ${waiting} pending` : ""}
        </span>
      </span>
      {retry === undefined ? null : (
        <button type="button" className="button" data-look="icon" data-hint={retry} aria-label={retry} onClick={() => room.connect()}>
          <Icon name="retry" size={15} />
        </button>
      )}
    </span>
  );
}
