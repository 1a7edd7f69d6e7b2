/** The way in: a name and a room. */
import { type FormEvent, useState } from "react";
import { cleanName } from "../../src/protocol/names.ts";
import { Avatar } from "./avatar.tsx";
import { Icon, Mark } from "./icons.tsx";
import { asRoomId, copyLinkTo, isAtRoot, isRoomId, suggestedName, suggestedRoom } from "./invitation.ts";

/** What an app says of itself there. */
export interface JoinWords {
  readonly title: string;
  readonly tagline: string;
  /** What the room is called here, and which one is suggested first. */
  readonly room: { readonly label: string; readonly first: string };
  readonly foot: string;
}

interface JoinScreenProps {
  readonly words: JoinWords;
  readonly onJoin: (room: string, name: string) => void;
}

export function JoinScreen({ words, onJoin }: JoinScreenProps) {
  const [name, setName] = useState(suggestedName);
  const [room, setRoom] = useState(() => suggestedRoom(words.room.first));
  const [tried, setTried] = useState(false);
  const clean = cleanName(name);
  const id = asRoomId(room);
  const nameProblem = clean === undefined ? "A name has 1 to 64 visible characters." : undefined;
  const roomProblem = isRoomId(id) ? undefined : "A room’s name begins with a letter or digit.";
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (clean !== undefined && roomProblem === undefined) onJoin(id, clean);
    else document.getElementById(clean === undefined ? "name" : "room")?.focus();
  };
  return (
    <main className="join">
      <title>{words.title}</title>
      <div className="join-hero">
        <span className="join-table" aria-hidden="true">
          {seated.map(({ user, name: seat }) => (
            <Avatar key={user} user={user} name={user === "you" && clean !== undefined ? clean : seat} size="l" />
          ))}
        </span>
      </div>
      <form className="join-card card" onSubmit={submit} noValidate>
        <header className="join-head">
          <Mark size={40} />
          <div>
            <h1>{words.title}</h1>
            <p>{words.tagline}</p>
          </div>
        </header>
        <Field
          id="name"
          label="Your name"
          value={name}
          onChange={setName}
          problem={tried ? nameProblem : undefined}
          placeholder="Ada Lovelace"
          autoComplete="name"
          focus
        />
        <Field
          id="room"
          label={words.room.label}
          value={room}
          onChange={setRoom}
          problem={tried ? roomProblem : undefined}
          placeholder={words.room.first}
          autoComplete="off"
          note={id !== room && id !== "" ? `Will be ${id}` : "Whoever has the link can join."}
        />
        <button type="submit" className="button" data-look="primary" data-wide data-large>
          Join
        </button>
        <CopyLink room={id} />
      </form>
      <p className="join-foot">
        {words.foot}
        {isAtRoot ? null : (
          <>
            {" "}
            <a href="/">All apps</a>
          </>
        )}
      </p>
    </main>
  );
}

const seated = [
  { user: "you", name: "Y" },
  { user: "grace", name: "Grace Hopper" },
  { user: "alan", name: "Alan Turing" },
] as const;

interface FieldProps {
  readonly id: string;
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly problem: string | undefined;
  readonly placeholder: string;
  readonly autoComplete: string;
  readonly focus?: boolean;
  readonly note?: string;
}

function Field({ id, label, value, onChange, problem, placeholder, autoComplete, focus = false, note }: FieldProps) {
  const about = problem ?? note;
  return (
    <div className="join-field">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        className="field"
        value={value}
        placeholder={placeholder}
        autoComplete={autoComplete}
        spellCheck={false}
        dir="auto"
        // biome-ignore lint/a11y/noAutofocus: the page is this form
        autoFocus={focus}
        aria-invalid={problem !== undefined}
        aria-describedby={about === undefined ? undefined : `${id}-note`}
        onChange={({ currentTarget }) => onChange(currentTarget.value)}
      />
      {about === undefined ? null : (
        <p id={`${id}-note`} className="field-note" data-problem={problem !== undefined}>
          {about}
        </p>
      )}
    </div>
  );
}

function CopyLink({ room }: { readonly room: string }) {
  const [word, setWord] = useState("Copy link");
  const copy = () =>
    copyLinkTo(room).then(
      () => setWord("Link copied"),
      () => setWord("The browser did not allow it"),
    );
  return (
    <button type="button" className="button" data-look="quiet" data-wide aria-label={word} onClick={copy}>
      <Icon name={word === "Link copied" ? "check" : "link"} size={16} />
      <span className="button-text" role="status">
        {word}
      </span>
    </button>
  );
}
