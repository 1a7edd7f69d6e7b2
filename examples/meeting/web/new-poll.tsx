/** The form of a new poll. */
import { type FormEvent, useState } from "react";
import { pollOptionCharsMax, pollOptionsMax, pollOptionsMin, pollQuestionCharsMax } from "../../../machines/meeting.ts";
import { attempt } from "../../shared/attempt.ts";
import { Icon } from "../../shared/icons.tsx";
import { useVisit } from "../../shared/visit.ts";
import { type Command, CommandButton, useRoom } from "./meeting-room.ts";

interface Draft {
  readonly key: number;
  readonly text: string;
}

export function NewPoll({ onDone }: { readonly onDone: () => void }) {
  const room = useRoom();
  const { toasts } = useVisit();
  const [question, setQuestion] = useState("");
  const [drafts, setDrafts] = useState<readonly Draft[]>([
    { key: 0, text: "" },
    { key: 1, text: "" },
  ]);
  const options = drafts.map(({ text }) => text.trim()).filter((text) => text !== "");
  const blocked =
    question.trim() === ""
      ? "Ask a question first."
      : options.length < pollOptionsMin
        ? `Give at least ${pollOptionsMin} options.`
        : new Set(options).size < options.length
          ? "The options must differ."
          : undefined;
  const command: Command =
    blocked === undefined
      ? { type: "poll.open", question: question.trim(), options }
      : { type: "poll.open", question: "…", options: ["1", "2"] };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const reason = blocked ?? attempt(room, command);
    if (reason === undefined) onDone();
    else toasts.tell(reason, "bad");
  };
  const change = (key: number, text: string) => setDrafts((before) => before.map((draft) => (draft.key === key ? { key, text } : draft)));
  return (
    <form className="poll new-poll" aria-label="New poll" onSubmit={submit}>
      <input
        className="field"
        aria-label="Question"
        placeholder="What do you want to know?"
        value={question}
        maxLength={pollQuestionCharsMax}
        dir="auto"
        autoComplete="off"
        // biome-ignore lint/a11y/noAutofocus: the form opens because somebody asked for it
        autoFocus
        onChange={({ currentTarget }) => setQuestion(currentTarget.value)}
      />
      {drafts.map(({ key, text }, index) => (
        <span key={key} className="new-option">
          <input
            className="field"
            aria-label={`Option ${index + 1}`}
            placeholder={`Option ${index + 1}`}
            value={text}
            maxLength={pollOptionCharsMax}
            dir="auto"
            autoComplete="off"
            onChange={({ currentTarget }) => change(key, currentTarget.value)}
          />
          {drafts.length > pollOptionsMin ? (
            <button
              type="button"
              className="button"
              data-look="icon"
              data-hint="Remove this option"
              aria-label={`Remove option ${index + 1}`}
              onClick={() => setDrafts(drafts.filter((draft) => draft.key !== key))}
            >
              <Icon name="close" size={15} />
            </button>
          ) : null}
        </span>
      ))}
      <div className="poll-foot">
        {drafts.length < pollOptionsMax ? (
          <button
            type="button"
            className="button"
            data-look="quiet"
            onClick={() => setDrafts([...drafts, { key: Math.max(...drafts.map((draft) => draft.key)) + 1, text: "" }])}
          >
            <Icon name="plus" size={15} />
            <span className="button-text">Option</span>
          </button>
        ) : null}
        <span className="spacer" />
        <button type="button" className="button" data-look="quiet" onClick={onDone}>
          Cancel
        </button>
        <CommandButton command={command} label="Open poll" look="primary" blocked={blocked} submit />
      </div>
    </form>
  );
}
