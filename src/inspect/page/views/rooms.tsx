/** The rooms, with a search: running ones first. */
import { memo, useRef, useState } from "react";
import { useInspector } from "../store/inspector.ts";
import type { Room } from "../store/live.ts";
import { go, route } from "../store/route.ts";
import { sameList, useSelect, useStore } from "../store/store.ts";
import { SessionBar } from "./session-bar.tsx";
import { count, countsText, peopleIn } from "./words.ts";

const shownMax = 300;

export function Rooms() {
  const { live, problem } = useInspector();
  const [text, setText] = useState("");
  const all = useSelect(live, ({ rooms }) => [...rooms.values()], sameList);
  const trouble = useStore(problem);
  const { room: selected } = useStore(route);
  const list = useRef<HTMLUListElement>(null);
  const found = all.filter(({ room, state }) => `${room} ${state}`.toLowerCase().includes(text.trim().toLowerCase())).sort(byLifeThenName);
  const running = all.filter(({ state }) => state !== "asleep").length;
  return (
    <nav className="rooms" aria-label="Rooms">
      <div className="rooms-head">
        <h2>
          Rooms <span className="count">{count(all.length)}</span>
        </h2>
        <span className="soft figures">{count(running)} running</span>
      </div>
      <input
        className="field"
        type="search"
        data-search
        placeholder="Find a room"
        aria-label="Find a room"
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "ArrowDown") list.current?.querySelector("button")?.focus();
        }}
      />
      {trouble === undefined ? null : <p className="note">{trouble}</p>}
      <ul ref={list} className="rooms-list">
        {found.slice(0, shownMax).map((room) => (
          <RoomItem key={room.room} room={room} isSelected={room.room === selected} />
        ))}
      </ul>
      {found.length === 0 ? (
        <p className="empty">{all.length === 0 ? "No room is running, and none sleeps." : "No room is called so."}</p>
      ) : null}
      {found.length > shownMax ? <p className="note">{count(found.length - shownMax)} more: search for one.</p> : null}
    </nav>
  );
}

const byLifeThenName = (a: Room, b: Room): number =>
  Number(a.state === "asleep") - Number(b.state === "asleep") || (a.room < b.room ? -1 : Number(a.room > b.room));

const RoomItem = memo(({ room: { room, state, rev, sessions }, isSelected }: { readonly room: Room; readonly isSelected: boolean }) => {
  const [type = "", id = ""] = room.split("/");
  const people = peopleIn(sessions);
  return (
    <li>
      <button
        type="button"
        className="room-item"
        data-testid="room"
        data-room={room}
        data-asleep={state === "asleep"}
        aria-current={isSelected ? "page" : undefined}
        onClick={() => go({ room, rev: undefined, actor: undefined })}
      >
        <span className="room-name ellipsis">
          <span className="soft">{type}/</span>
          {id}
        </span>
        <span className="room-rev figures">{count(rev)}</span>
        <span className="room-note ellipsis">
          <span className="state-word" data-state={state}>
            {state}
          </span>
          {sessions === undefined || people === 0 ? null : ` · ${countsText(sessions)}`}
        </span>
        {sessions === undefined || people === 0 ? null : <SessionBar sessions={sessions} />}
      </button>
    </li>
  );
});
