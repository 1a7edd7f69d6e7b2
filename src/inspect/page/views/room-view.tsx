/** One room: its head, its tabs, and below them the time that one looks at. */
import { useState } from "react";
import { useInspector } from "../store/inspector.ts";
import { go, route, type Tab } from "../store/route.ts";
import { useSelect, useStore } from "../store/store.ts";
import { useRoomDetail, useStateAt } from "../store/travel.ts";
import { Button } from "./button.tsx";
import { ChartTab } from "./chart-tab.tsx";
import { HistoryTab } from "./history-tab.tsx";
import { LinesView } from "./lines-view.tsx";
import { LogView } from "./log-view.tsx";
import { RoomActions } from "./room-actions.tsx";
import { Tabs } from "./tabs.tsx";
import { Timeline } from "./timeline.tsx";
import { count, countsText } from "./words.ts";

const tabs: readonly { readonly id: Tab; readonly word: string }[] = [
  { id: "chart", word: "Chart" },
  { id: "history", word: "Time travel" },
  { id: "events", word: "Events" },
  { id: "sessions", word: "Life lines" },
];

export function RoomView({ room }: { readonly room: string }) {
  const { live } = useInspector();
  const { tab, rev, actor } = useStore(route);
  const row = useSelect(live, ({ rooms }) => rooms.get(room));
  const [isDragging, setDragging] = useState(false);
  const { detail, problem } = useRoomDetail(room, `${row?.epoch} ${row?.state === "asleep"}`);
  const head = Math.max(row?.rev ?? 0, detail?.rev ?? 0);
  const from = detail === undefined ? 0 : Math.min(detail.statesFrom, Math.max(0, detail.opsFrom - 1), head);
  const wanted = rev ?? (tab === "history" && detail !== undefined ? head : undefined);
  // Live, the next one waits for the one before, as while the slider is dragged.
  const seen = useStateAt(room, row?.epoch ?? detail?.epoch, wanted, isDragging || rev === undefined);
  const hasTime = tab === "chart" || tab === "history";
  return (
    <article className="room" aria-label={room} data-testid="room-view" data-room={room}>
      <header className="room-head">
        <span className="only-narrow">
          <Button look="icon" icon="back" label="All rooms" onClick={() => go({ room: undefined, rev: undefined, actor: undefined })} />
        </span>
        <div className="room-title">
          <h1 className="ellipsis">{room}</h1>
          <p className="room-facts soft" data-testid="room-facts">
            <span className="state-word" data-state={row?.state}>
              {row?.state ?? "…"}
            </span>
            <span className="figures">rev {count(head)}</span>
            {row?.epoch === undefined ? null : <span className="ellipsis">epoch {row.epoch.slice(0, 8)}</span>}
            {row?.sessions === undefined ? null : <span className="figures">{countsText(row.sessions)}</span>}
          </p>
        </div>
        <RoomActions room={room} definition={detail?.definition} />
      </header>
      <Tabs label="Views of this room" tabs={tabs} selected={tab} onSelect={(next) => go({ tab: next })} controls="room-tab" />
      <div id="room-tab" className="room-tab" role="tabpanel" aria-label={tabs.find(({ id }) => id === tab)?.word ?? ""}>
        {problem === undefined ? null : <p className="note">{problem}</p>}
        {detail?.note !== undefined && hasTime ? (
          <p className="note">{`States from rev ${count(detail.statesFrom)}, ops from rev ${count(detail.opsFrom)}. ${detail.note}`}</p>
        ) : null}
        {tab === "chart" ? (
          <ChartTab
            room={room}
            definition={detail?.definition}
            actorId={actor}
            rev={rev}
            past={seen.problem === undefined ? seen.state : undefined}
          />
        ) : tab === "history" ? (
          detail === undefined ? null : (
            <HistoryTab room={room} detail={detail} head={head} rev={rev} seen={seen} />
          )
        ) : tab === "events" ? (
          <LogView key={room} room={room} />
        ) : (
          <LinesView room={room} />
        )}
      </div>
      {hasTime && detail !== undefined ? (
        <Timeline key={room} from={from} head={head} rev={rev} isThere={!seen.isLoading} onDrag={setDragging} />
      ) : null}
    </article>
  );
}
