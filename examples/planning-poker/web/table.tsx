/** What everybody looks at: the story, the table with its people and their cards, cursors. */
import type { PointerEvent } from "react";
import { Avatar } from "../../shared/avatar.tsx";
import { Cursors } from "../../shared/cursors.tsx";
import { Icon } from "../../shared/icons.tsx";
import { Center } from "./center.tsx";
import { usePresence, useSelect, useStory } from "./poker-room.ts";
import { SeatItem } from "./seat.tsx";
import { seatStyle } from "./seat-style.ts";
import { seatAt, usePeople, useSeats } from "./seats.ts";

/** Outside of the table, so nobody draws it: presence fields can be overwritten, not taken away one by one. */
const nowhere: [number, number] = [-1, -1];

export function Table({ onPanels }: { readonly onPanels: (() => void) | undefined }) {
  const [, setPresence] = usePresence();
  const point = ({ currentTarget, clientX, clientY, pointerType }: PointerEvent) => {
    if (pointerType === "touch") return;
    const { left, top, width, height } = currentTarget.getBoundingClientRect();
    setPresence({ cursor: [fraction(clientX - left, width), fraction(clientY - top, height)] });
  };
  return (
    <section className="stage card" aria-label="Table" onPointerMove={point} onPointerLeave={() => setPresence({ cursor: nowhere })}>
      <StoryLine onPanels={onPanels} />
      <div className="table">
        <Center />
        <Seats />
      </div>
      <Watching />
      <TableCursors />
    </section>
  );
}

/** What is being estimated, or how far the backlog has got. */
function StoryLine({ onPanels }: { readonly onPanels: (() => void) | undefined }) {
  const story = useStory();
  const total = useSelect((state) => state.context.app.stories.length);
  const estimated = useSelect((state) => state.context.app.stories.filter(({ estimate }) => estimate !== null).length);
  return (
    <header className="story-line">
      <div className="story-now">
        {story === undefined ? (
          <p className="row-note">{total === 0 ? "No stories yet" : `${estimated} of ${total} estimated`}</p>
        ) : (
          <>
            <p className="row-note">Round {story.rounds.length + 1}</p>
            <h2 className="story-title" dir="auto" data-testid="story-now">
              {story.title}
            </h2>
          </>
        )}
      </div>
      {onPanels === undefined ? null : (
        <button type="button" className="button" data-look="plain" aria-label="Stories and people" onClick={onPanels}>
          <Icon name="agenda" size={17} />
          <span className="button-text figures">
            {estimated}/{total}
          </span>
        </button>
      )}
    </header>
  );
}

function Seats() {
  const { seats, standing } = useSeats();
  return (
    <ul className="seats" aria-label="At the table" data-count={seats.length}>
      {seats.map((seat, index) => (
        <SeatItem key={seat.user} seat={seat} index={index} />
      ))}
      {standing > 0 ? (
        <li className="seat" style={seatStyle(seatAt(seats.length, seats.length + 1), seats.length)}>
          <span className="avatar" data-size="m" data-more>
            +{standing}
          </span>
          <span className="seat-name">more</span>
        </li>
      ) : null}
    </ul>
  );
}

/** Observers: seen, but not at the table. */
function Watching() {
  const observers = usePeople().filter(([, { role }]) => role === "observer");
  if (observers.length === 0) return null;
  return (
    <p className="watching" data-testid="watching">
      <Icon name="eye" size={15} />
      {observers.slice(0, 3).map(([user, { name }]) => (
        <span key={user} className="watcher">
          <Avatar user={user} name={name} size="s" />
          <bdi className="ellipsis">{name}</bdi>
        </span>
      ))}
      {observers.length > 3 ? `+${observers.length - 3}` : ""}
      <span className="visually-hidden">{observers.length === 1 ? "watches" : "watch"}</span>
    </p>
  );
}

/** By itself, so that a moving cursor renders nothing else. */
function TableCursors() {
  const [others] = usePresence();
  const cursors = [...others.values()].map(({ state, ...person }) => {
    const [x, y] = state.cursor ?? nowhere;
    return { ...person, x, y };
  });
  return <Cursors cursors={cursors} />;
}

/** Three digits are finer than any screen needs. */
const fraction = (part: number, whole: number): number => Math.round((part / whole) * 1_000) / 1_000;
