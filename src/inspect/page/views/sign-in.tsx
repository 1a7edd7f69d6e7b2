/** Asks for the token, and says where it is. */
import { useState } from "react";
import { Icon, Mark } from "./icons.tsx";

interface Props {
  readonly isWrong: boolean;
  readonly onToken: (token: string) => void;
}

export function SignIn({ isWrong, onToken }: Props) {
  const [token, setToken] = useState("");
  return (
    <main className="sign-in">
      <form
        className="card sign-in-card"
        onSubmit={(event) => {
          event.preventDefault();
          if (token.trim() !== "") onToken(tokenIn(token.trim()));
        }}
      >
        <Mark size={36} />
        <h1>Quorate inspector</h1>
        <p className="soft">
          The server prints the inspector's address when it starts: <code>/inspect#token=…</code>. Open that address, or put its token in
          here.
        </p>
        {isWrong ? (
          <p className="sign-in-wrong" role="alert">
            <Icon name="warning" /> This token is not the server's. Each start makes a new one.
          </p>
        ) : null}
        <label className="sign-in-field">
          Token
          <input
            className="field mono"
            type="password"
            autoComplete="off"
            spellCheck={false}
            value={token}
            aria-invalid={isWrong}
            onChange={(event) => setToken(event.target.value)}
          />
        </label>
        <button type="submit" className="button" data-look="primary" data-wide>
          Open the inspector
        </button>
      </form>
    </main>
  );
}

/** The whole address may be pasted, too. */
const tokenIn = (text: string): string => /[#&]token=([^&]+)/.exec(text)?.[1] ?? text;
