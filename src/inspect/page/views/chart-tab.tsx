/** The actors, and the chart of the chosen one: live, or the domain's at the rev that is looked at. */
import type { StateAt } from "../../api.ts";
import { ChartView } from "../chart/chart-view.tsx";
import { useInspector } from "../store/inspector.ts";
import { go } from "../store/route.ts";
import { useSelect } from "../store/store.ts";
import { Actors } from "./actors.tsx";

interface Props {
  readonly room: string;
  /** Of the room type, where no actor lives that would tell. */
  readonly definition: string | undefined;
  readonly actorId: string | undefined;
  readonly rev: number | undefined;
  readonly past: StateAt | undefined;
}

export function ChartTab({ room, definition, actorId, rev, past }: Props) {
  const { live } = useInspector();
  const id = actorId ?? `domain:${room}`;
  const actor = useSelect(live, ({ actors }) => actors.get(id));
  const isDomain = id.startsWith("domain:");
  const drawn = actor?.definition ?? (isDomain ? definition : undefined);
  const isPast = rev !== undefined && isDomain;
  const name = actor?.name ?? (isDomain ? room : id);
  return (
    <div className="chart-tab">
      <section className="actors" aria-label="Actors of this room">
        <h3>Actors</h3>
        <Actors room={room} selected={id} onSelect={(actor) => go({ actor })} />
      </section>
      <section className="chart-side" aria-label="Chart">
        <div className="chart-head">
          <h3 className="ellipsis">{name}</h3>
          {isPast ? (
            <p className="chart-moment" data-testid="chart-moment" data-past="true">
              {past === undefined ? `Rev ${rev} …` : `As it was after rev ${past.rev}, not as it is now`}
            </p>
          ) : (
            <p className="chart-moment" data-testid="chart-moment" data-past="false">
              {rev === undefined ? "" : "Live: only the room's own state has a past"}
              {rev === undefined && actor !== undefined ? <span className="live-word">Live</span> : null}
            </p>
          )}
        </div>
        {drawn === undefined ? (
          <p className="empty">{actor === undefined ? "This actor lives no more, or its room sleeps." : "This actor is no machine."}</p>
        ) : (
          <ChartView
            name={name}
            definition={drawn}
            value={isPast ? past?.value : actor?.snapshot.value}
            step={isPast ? undefined : actor?.step}
          />
        )}
      </section>
    </div>
  );
}
