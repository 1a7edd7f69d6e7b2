/** One story in the list: its estimate, its rounds so far, and what may be done with it. */
import { type FormEvent, useState } from "react";
import { attempt } from "../../shared/attempt.ts";
import { useConfirm } from "../../shared/confirm.tsx";
import { Icon } from "../../shared/icons.tsx";
import { Popup } from "../../shared/popup.tsx";
import { timeOfDay } from "../../shared/time.ts";
import { useVisit } from "../../shared/visit.ts";
import { type Story, titleCharsMax } from "../backlog.ts";
import { type Command, CommandButton, useRoom } from "./poker-room.ts";
import { usePlan } from "./visit.ts";

interface StoryRowProps {
  readonly story: Story;
  readonly running: boolean;
  /** The ids around it, for moving. */
  readonly previous: string | undefined;
  readonly afterNext: string | undefined;
  readonly isLast: boolean;
}

export function StoryRow({ story, running, previous, afterNext, isLast }: StoryRowProps) {
  const [isEditing, setEditing] = useState(false);
  const [{ seconds }] = usePlan();
  const { id, title, estimate, rounds } = story;
  return (
    <li className="story" data-testid="story" data-state={running ? "running" : estimate === null ? "open" : "estimated"}>
      <span className="story-size" data-testid="estimate">
        {estimate ?? <span aria-hidden="true">–</span>}
        <span className="visually-hidden">{estimate === null ? "not estimated" : "points"}</span>
      </span>
      <div className="story-main">
        {isEditing ? (
          <EditTitle story={story} onDone={() => setEditing(false)} />
        ) : (
          <p className="story-name" dir="auto">
            {title}
          </p>
        )}
        {running ? <p className="row-note">on the table</p> : rounds.length === 0 ? null : <History story={story} />}
      </div>
      <div className="item-actions">
        {running ? null : (
          <CommandButton command={{ type: "round.start", story: id, seconds }} label={`Start ${title}`} icon="play" look="icon" />
        )}
        <StoryMenu story={story} up={previous} down={isLast ? undefined : moveDown(id, afterNext)} onEdit={() => setEditing(true)} />
      </div>
    </li>
  );
}

const moveDown = (story: string, before: string | undefined): Command =>
  before === undefined ? { type: "story.move", story } : { type: "story.move", story, before };

function History({ story: { rounds } }: { readonly story: Story }) {
  return (
    <details className="history">
      <summary className="row-note">{rounds.length === 1 ? "1 round" : `${rounds.length} rounds`}</summary>
      <ol>
        {rounds.map(({ at, cards, estimate }) => (
          <li key={at} className="figures">
            <span className="history-cards">{cards.join(" ")}</span>
            <b>{estimate === null ? "" : `→ ${estimate}`}</b>
            <time dateTime={new Date(at).toISOString()}>{timeOfDay(at)}</time>
          </li>
        ))}
      </ol>
    </details>
  );
}

interface StoryMenuProps {
  readonly story: Story;
  readonly up: string | undefined;
  readonly down: Command | undefined;
  readonly onEdit: () => void;
}

function StoryMenu({ story: { id, title }, up, down, onEdit }: StoryMenuProps) {
  const ask = useConfirm();
  return (
    <Popup label={`Actions for ${title}`} icon="more" look="icon">
      {(close) => (
        <>
          <button
            type="button"
            role="menuitem"
            className="button"
            data-look="item"
            onClick={() => {
              close();
              onEdit();
            }}
          >
            <Icon name="edit" size={17} />
            <span className="button-text">Edit title</span>
          </button>
          <hr />
          {up === undefined ? null : (
            <CommandButton look="item" icon="send" label="Move up" command={{ type: "story.move", story: id, before: up }} onSent={close} />
          )}
          {down === undefined ? null : <CommandButton look="item" icon="down" label="Move down" command={down} onSent={close} />}
          <CommandButton
            look="item"
            icon="trash"
            label="Remove"
            command={{ type: "story.remove", story: id }}
            confirm={() => {
              close();
              return ask({ title: `Remove “${title}”?`, text: "Its estimate and its rounds go with it.", yes: "Remove" });
            }}
          />
        </>
      )}
    </Popup>
  );
}

function EditTitle({ story, onDone }: { readonly story: Story; readonly onDone: () => void }) {
  const room = useRoom();
  const { toasts } = useVisit();
  const [title, setTitle] = useState(story.title);
  const save = (event: FormEvent) => {
    event.preventDefault();
    const text = title.trim();
    if (text !== "" && text !== story.title) {
      const reason = attempt(room, { type: "story.edit", story: story.id, title: text });
      if (reason !== undefined) return toasts.tell(reason, "bad");
    }
    onDone();
  };
  return (
    <form onSubmit={save}>
      <input
        className="field"
        aria-label="Title"
        value={title}
        maxLength={titleCharsMax}
        dir="auto"
        autoComplete="off"
        // biome-ignore lint/a11y/noAutofocus: somebody asked for it
        autoFocus
        onChange={({ currentTarget }) => setTitle(currentTarget.value)}
        onBlur={onDone}
        onKeyDown={(event) => {
          if (event.key !== "Escape") return;
          event.preventDefault(); // it would close the drawer
          onDone();
        }}
      />
    </form>
  );
}
