/** What is to be talked about, one thing at a time. */
import { type FormEvent, useState } from "react";
import { type AgendaItem, agendaItemMinutesMax, agendaTitleCharsMax } from "../../../machines/meeting.ts";
import { attempt } from "../../shared/attempt.ts";
import { Icon } from "../../shared/icons.tsx";
import { useNow } from "../../shared/time.ts";
import { useVisit } from "../../shared/visit.ts";
import { Countdown } from "./countdown.tsx";
import { type Command, CommandButton, useRoom, useSelect } from "./meeting-room.ts";

export function Agenda() {
  const items = useSelect((state) => state.context.meeting.agenda);
  return (
    <div className="panel-body agenda">
      <div className="panel-scroll">
        {items.length === 0 ? (
          <p className="empty">
            <Icon name="agenda" size={22} />
            No agenda yet. Give each topic its minutes, and everyone sees the same clock.
          </p>
        ) : (
          <ol className="cards" aria-label="Agenda">
            {items.map((item) => (
              <AgendaRow key={item.id} item={item} />
            ))}
          </ol>
        )}
      </div>
      <NewItem />
    </div>
  );
}

function AgendaRow({ item }: { readonly item: AgendaItem }) {
  const running = useSelect((state) => (state.context.meeting.running?.item === item.id ? state.context.meeting.running : null));
  return (
    <li className="item" data-testid="agenda-item" data-state={item.state}>
      <span className="item-mark" aria-hidden="true">
        {item.state === "done" ? <Icon name="check" size={13} /> : null}
      </span>
      <div className="item-main">
        <p className="item-title" dir="auto">
          {item.title}
        </p>
        <p className="row-note">
          {running === null ? `${item.minutes} min${item.state === "done" ? " · done" : ""}` : <Countdown endsAt={running.endsAt} />}
        </p>
        {running === null ? null : <Progress endsAt={running.endsAt} minutes={item.minutes} />}
      </div>
      <div className="item-actions">
        {item.state === "running" ? (
          <CommandButton command={{ type: "agenda.finish" }} label="Finish" look="primary" />
        ) : item.state === "planned" ? (
          <CommandButton command={{ type: "agenda.start", item: item.id }} label={`Start ${item.title}`} icon="play" look="icon" />
        ) : null}
        {item.state === "running" ? null : (
          <CommandButton command={{ type: "agenda.remove", item: item.id }} label={`Remove ${item.title}`} icon="trash" look="icon" />
        )}
      </div>
    </li>
  );
}

function Progress({ endsAt, minutes }: { readonly endsAt: number; readonly minutes: number }) {
  const part = 1 - (endsAt - useNow()) / (minutes * 60_000);
  return (
    <span className="progress" data-over={part >= 1} aria-hidden="true">
      <i style={{ width: `${Math.min(1, Math.max(0, part)) * 100}%` }} />
    </span>
  );
}

function NewItem() {
  const room = useRoom();
  const { toasts } = useVisit();
  const [title, setTitle] = useState("");
  const [minutes, setMinutes] = useState("5");
  const length = Number(minutes);
  const blocked =
    title.trim() === ""
      ? "Name the topic first."
      : Number.isInteger(length) && length >= 1 && length <= agendaItemMinutesMax
        ? undefined
        : `Give it 1 to ${agendaItemMinutesMax} whole minutes.`;
  const command: Command = {
    type: "agenda.add",
    title: title.trim() === "" ? "…" : title.trim(),
    minutes: blocked === undefined ? length : 1,
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const reason = blocked ?? attempt(room, command);
    if (reason !== undefined) return toasts.tell(reason, "bad");
    setTitle("");
  };
  return (
    <form className="add-row" onSubmit={submit}>
      <input
        className="field"
        aria-label="Topic"
        placeholder="Add a topic"
        value={title}
        maxLength={agendaTitleCharsMax}
        dir="auto"
        autoComplete="off"
        onChange={({ currentTarget }) => setTitle(currentTarget.value)}
      />
      <label className="minutes">
        <span className="visually-hidden">Minutes</span>
        <input
          className="field figures"
          inputMode="numeric"
          aria-label="Minutes"
          value={minutes}
          maxLength={3}
          autoComplete="off"
          onChange={({ currentTarget }) => setMinutes(currentTarget.value)}
        />
        <span aria-hidden="true">min</span>
      </label>
      <CommandButton command={command} label="Add to agenda" icon="plus" look="icon" blocked={blocked} submit />
    </form>
  );
}
