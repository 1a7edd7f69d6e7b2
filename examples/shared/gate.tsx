/** Before the room is there, and when it does not let one in. */
import { wordsOf } from "./connection-words.ts";
import { Mark } from "./icons.tsx";
import { usePage } from "./page-actions.ts";
import { useConnection, useRev, useVisit } from "./visit.ts";

/** Codes and states that end a stay: what is on screen would no longer be true. */
export const isShutOut = (status: string): boolean => status === "refused" || status === "signedOut";

export function Gate() {
  const { room } = useVisit();
  const page = usePage();
  const { status, reason } = useConnection();
  const { word, text, retry } = wordsOf(status, useRev());
  return (
    <main className="gate">
      <div className="gate-card card" role="status" data-testid="gate" data-status={status}>
        <span className="gate-mark" data-busy={retry === undefined}>
          <Mark size={44} />
        </span>
        <h1>{word}</h1>
        <p dir="auto">{reason ?? text ?? `Getting in step with ${room.id}.`}</p>
        <div className="dialog-buttons">
          <button type="button" className="button" data-look="plain" onClick={page.leave}>
            Back
          </button>
          {retry === undefined ? null : (
            <button type="button" className="button" data-look="primary" onClick={() => room.connect()}>
              {retry}
            </button>
          )}
        </div>
      </div>
    </main>
  );
}
