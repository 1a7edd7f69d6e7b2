/** The page: signed in or not, the rooms, the chosen one. */
import { useCallback, useEffect, useState } from "react";
import { Inspector, InspectorProvider } from "../store/inspector.ts";
import { route } from "../store/route.ts";
import { useStore } from "../store/store.ts";
import { dropToken, keepToken, takeToken } from "../store/token.ts";
import { KeysDialog } from "./keys-dialog.tsx";
import { LogView } from "./log-view.tsx";
import { RoomView } from "./room-view.tsx";
import { Rooms } from "./rooms.tsx";
import { useKeys } from "./shortcuts.ts";
import { SignIn } from "./sign-in.tsx";
import { TopBar } from "./top-bar.tsx";

export function App({ firstToken }: { readonly firstToken: string | undefined }) {
  const [token, setToken] = useState(firstToken);
  const [isWrong, setWrong] = useState(false);
  const [inspector, setInspector] = useState<Inspector>();
  useEffect(() => {
    if (token === undefined) return setInspector(undefined);
    const made = new Inspector(token, () => {
      dropToken();
      setWrong(true);
      setToken(undefined);
    });
    setInspector(made);
    return () => made.stop();
  }, [token]);
  useEffect(() => {
    // The address of a server that started anew, opened in this very tab.
    const renew = () => setToken((now) => takeToken() ?? now);
    addEventListener("hashchange", renew);
    return () => removeEventListener("hashchange", renew);
  }, []);
  const signOut = useCallback(() => {
    dropToken();
    setWrong(false);
    setToken(undefined);
  }, []);
  if (token === undefined)
    return (
      <SignIn
        isWrong={isWrong}
        onToken={(given) => {
          keepToken(given);
          setToken(given);
        }}
      />
    );
  if (inspector === undefined) return null;
  return (
    <InspectorProvider value={inspector}>
      <Inside onSignOut={signOut} />
    </InspectorProvider>
  );
}

function Inside({ onSignOut }: { readonly onSignOut: () => void }) {
  const { room } = useStore(route);
  const [hasKeys, setKeys] = useState(false);
  const showKeys = useCallback(() => setKeys(true), []);
  useKeys(showKeys);
  return (
    <div className="page" data-room={room !== undefined}>
      <button type="button" className="skip" onClick={() => document.getElementById("main")?.focus()}>
        To the room
      </button>
      <TopBar onKeys={showKeys} onSignOut={onSignOut} />
      <div className="columns">
        <Rooms />
        <main id="main" className="main" tabIndex={-1}>
          {room === undefined ? (
            <article className="room" aria-label="All rooms">
              <header className="room-head">
                <div className="room-title">
                  <h1>All rooms</h1>
                  <p className="soft">Choose a room to see its machine, its people and its past. Below is what happens in all of them.</p>
                </div>
              </header>
              <div className="room-tab">
                <LogView room={undefined} />
              </div>
            </article>
          ) : (
            <RoomView room={room} />
          )}
        </main>
      </div>
      {hasKeys ? <KeysDialog onClose={() => setKeys(false)} /> : null}
    </div>
  );
}
