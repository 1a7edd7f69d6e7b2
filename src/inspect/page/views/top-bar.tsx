/** Which page this is, and whether it hears the server. */
import { useEffect, useState } from "react";
import { useInspector } from "../store/inspector.ts";
import { useStore } from "../store/store.ts";
import { Button } from "./button.tsx";
import { Mark } from "./icons.tsx";

export function TopBar({ onKeys, onSignOut }: { readonly onKeys: () => void; readonly onSignOut: () => void }) {
  const inspector = useInspector();
  const status = useStore(inspector.status);
  return (
    <header className="top-bar">
      <Mark />
      <p className="top-name">
        Quorate <span className="soft">inspector</span>
      </p>
      <span className="spacer" />
      <p className="connection" role="status" data-testid="connection" data-status={status.is}>
        <span className="connection-dot" aria-hidden="true" />
        {status.is === "open" ? (
          "Live"
        ) : status.is === "connecting" ? (
          "Connecting …"
        ) : (
          <Waiting key={status.attempt} pauseMs={status.pauseMs} />
        )}
      </p>
      {status.is === "waiting" ? <Button look="quiet" label="Try now" onClick={() => inspector.retry()} /> : null}
      <Button look="icon" icon="help" label="Keys" onClick={onKeys} />
      <Button look="icon" icon="close" label="Forget the token" onClick={onSignOut} />
    </header>
  );
}

const secondMs = 1_000;

/** The seconds count down for eyes alone: said once is enough. */
function Waiting({ pauseMs }: { readonly pauseMs: number }) {
  const [left, setLeft] = useState(Math.ceil(pauseMs / secondMs));
  useEffect(() => {
    const timer = setInterval(() => setLeft((now) => Math.max(0, now - 1)), secondMs);
    return () => clearInterval(timer);
  }, []);
  return (
    <>
      The server does not answer; this page tries again <span aria-hidden="true">{left > 0 ? `in ${left} s` : "now"}</span>
    </>
  );
}
