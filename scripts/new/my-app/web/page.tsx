/** A room, from the inside. */
import { isHidden } from "quorate";
import { type FormEvent, useState } from "react";
import { attempt } from "../../../../examples/shared/attempt.ts";
import { Avatar } from "../../../../examples/shared/avatar.tsx";
import { Frame } from "../../../../examples/shared/frame.tsx";
import { clock, useNow } from "../../../../examples/shared/time.ts";
import { TopBar } from "../../../../examples/shared/top-bar.tsx";
import { useVisit } from "../../../../examples/shared/visit.ts";
import { type Command, CommandButton, type PageVisit, RoomProvider, useMe, useRoom, useSelect } from "./room-hooks.ts";

const title = "My app";
const shortcuts = { list: [], act: () => undefined };
const skipTo = { id: "round", label: "Skip to the question" };

export function Page({ visit, onLeave }: { readonly visit: PageVisit; readonly onLeave: () => void }) {
  return (
    <RoomProvider room={visit.room}>
      <Frame visit={visit} name={title} shortcuts={shortcuts} skipTo={skipTo} topBar={<TopBar />} onLeave={onLeave}>
        <main id="round" className="round" tabIndex={-1}>
          <Question />
          <People />
        </main>
      </Frame>
    </RoomProvider>
  );
}

function Question() {
  const isAsking = useSelect((state) => state.matches({ app: "asking" }));
  const question = useSelect((state) => state.context.app.question);
  return (
    <section className="question card" aria-label="Question">
      {isAsking ? <Countdown /> : null}
      <h2 dir="auto" data-testid="question">
        {question === "" ? "Nothing has been asked yet." : question}
      </h2>
      {isAsking ? (
        <Say key="answer" label="Your answer" button="Answer" command={(text) => ({ type: "answer", text })} />
      ) : (
        <Say key="ask" label="The next question" button="Ask" command={(question) => ({ type: "ask", question })} />
      )}
    </section>
  );
}

function Countdown() {
  const endsAt = useSelect((state) => state.context.app.endsAt);
  const now = useNow();
  return <p className="countdown figures">{clock((endsAt ?? now) - now)}</p>;
}

interface SayProps {
  readonly label: string;
  readonly button: string;
  readonly command: (text: string) => Command;
}

function Say({ label, button, command }: SayProps) {
  const room = useRoom();
  const { toasts } = useVisit();
  const [draft, setDraft] = useState("");
  const text = draft.trim();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const reason = text === "" ? "Write something first." : attempt(room, command(text));
    if (reason === undefined) setDraft("");
    else toasts.tell(reason, "bad");
  };
  return (
    <form className="say" onSubmit={submit}>
      <input
        className="field"
        aria-label={label}
        placeholder={label}
        value={draft}
        maxLength={120}
        dir="auto"
        autoComplete="off"
        onChange={({ currentTarget }) => setDraft(currentTarget.value)}
      />
      <CommandButton command={command(text === "" ? "…" : text)} label={button} look="primary" submit />
    </form>
  );
}

function People() {
  const participants = useSelect((state) => state.context.meeting.participants);
  const answers = useSelect((state) => state.context.app.answers);
  const me = useMe();
  return (
    <ul className="people" aria-label="People">
      {Object.entries(participants).map(([user, { name, status }]) => {
        const answer = answers[user];
        return (
          <li key={user} className="person card" data-testid="person" data-away={status === "away"}>
            <Avatar user={user} name={name} size="m" />
            <bdi className="ellipsis">{name}</bdi>
            {user === me?.user ? <b className="you">You</b> : null}
            <span className="spacer" />
            {answer === undefined ? null : isHidden(answer) ? (
              <span className="secret">has answered</span>
            ) : (
              <bdi className="answer">{answer}</bdi>
            )}
          </li>
        );
      })}
    </ul>
  );
}
