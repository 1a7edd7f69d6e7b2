/** Where messages are written. Tells the others that one is typing. */
import { type FormEvent, type KeyboardEvent, useEffect, useRef, useState } from "react";
import { chatTextCharsMax } from "../../../machines/meeting.ts";
import { attempt } from "../../shared/attempt.ts";
import { useVisit } from "../../shared/visit.ts";
import { CommandButton, useCan, usePresence, useRoom } from "./meeting-room.ts";

/** Nobody types for longer than this without a key. */
const typingMs = 3_000;
/** From here on it is shown how much more fits. */
const charsLeftShown = 200;

export function ChatComposer({ onSent }: { readonly onSent: () => void }) {
  const room = useRoom();
  const { toasts } = useVisit();
  const [draft, setDraft] = useState("");
  const setTyping = useTyping();
  const text = draft.trim();
  const verdict = useCan({ type: "chat.send", text: "…" });
  const refused = verdict.verdict === "refused" ? verdict.reason : undefined;

  const submit = (event: FormEvent | KeyboardEvent) => {
    event.preventDefault();
    if (text === "") return;
    const reason = attempt(room, { type: "chat.send", text });
    if (reason !== undefined) return toasts.tell(reason, "bad");
    setDraft("");
    setTyping(false);
    onSent();
  };
  const charsLeft = chatTextCharsMax - draft.length;
  return (
    <form className="composer" onSubmit={submit}>
      <TypingLine />
      <div className="composer-box">
        <textarea
          aria-label="Message"
          id="message"
          placeholder={refused ?? "Message everyone"}
          value={draft}
          rows={1}
          dir="auto"
          maxLength={chatTextCharsMax}
          onChange={({ currentTarget: { value } }) => {
            setDraft(value);
            setTyping(value.trim() !== "");
          }}
          onBlur={() => setTyping(false)}
          onKeyDown={(event) => {
            if (event.key === "Enter" && !event.shiftKey && !event.nativeEvent.isComposing) submit(event);
          }}
        />
        {charsLeft <= charsLeftShown ? <span className="composer-left figures">{charsLeft}</span> : null}
        <CommandButton
          command={{ type: "chat.send", text: text === "" ? "…" : text }}
          label="Send"
          icon="send"
          look="icon"
          blocked={refused ?? (text === "" ? "Write something first." : undefined)}
          submit
        />
      </div>
    </form>
  );
}

function TypingLine() {
  const [others] = usePresence();
  const names = [...new Set([...others.values()].filter(({ state }) => state.typing === true).map(({ name }) => name))];
  const [first, second] = names;
  return (
    <p className="typing" data-testid="typing" data-on={names.length > 0} aria-live="off">
      {first === undefined ? null : (
        <>
          <span className="typing-dots" aria-hidden="true">
            <i />
            <i />
            <i />
          </span>
          <span className="ellipsis">
            {names.length > 2 ? (
              "Several people are typing…"
            ) : second === undefined ? (
              <>
                <bdi>{first}</bdi> is typing…
              </>
            ) : (
              <>
                <bdi>{first}</bdi> and <bdi>{second}</bdi> are typing…
              </>
            )}
          </span>
        </>
      )}
    </p>
  );
}

/** Says that one types until it is said otherwise, or no key came for a while. */
function useTyping(): (typing: boolean) => void {
  const [, setPresence] = usePresence();
  const told = useRef(false);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const tell = (typing: boolean) => {
    if (told.current === typing) return;
    told.current = typing;
    setPresence({ typing });
  };
  useEffect(() => () => clearTimeout(timer.current), []);
  return (typing) => {
    clearTimeout(timer.current);
    if (typing) timer.current = setTimeout(() => tell(false), typingMs);
    tell(typing);
  };
}
