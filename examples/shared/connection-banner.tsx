/** Over the page while something is wrong that people should know of. It comes late, so that a short break shows nothing. */
import { wordsOf } from "./connection-words.ts";
import { Icon } from "./icons.tsx";
import { useConnection, useRev, useVisit } from "./visit.ts";

export function ConnectionBanner() {
  const { room } = useVisit();
  const { status, reason, saving } = useConnection();
  const { word, text, retry } = wordsOf(status, useRev());
  if (text === undefined && saving) return null;
  return (
    <div className="banner" role="status" data-testid="banner">
      <Icon name="warning" size={17} />
      <p>
        {text === undefined ? (
          <>
            <strong>The room cannot save right now.</strong> What you do waits here until it can.
          </>
        ) : (
          <>
            <strong>{word.replace("…", "")}.</strong> {reason === undefined ? "" : `${reason} `}
            {text}
          </>
        )}
      </p>
      {retry === undefined ? null : (
        <button type="button" className="button" data-look="plain" onClick={() => room.connect()}>
          {retry}
        </button>
      )}
    </div>
  );
}
