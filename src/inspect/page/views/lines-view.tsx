/** Life lines: each session's states over time, and why it got a snapshot. */
import { useEffect, useState } from "react";
import { useInspector } from "../store/inspector.ts";
import { type LifeLine, shownLines } from "../store/lines.ts";
import { sameList, useSelect } from "../store/store.ts";
import { count, sessionStates, sessionWord, timeOf } from "./words.ts";

const linesMax = 200;
const tickMs = 1_000;
const ranges = [
  { ms: 60_000, word: "1 minute" },
  { ms: 300_000, word: "5 minutes" },
  { ms: 1_800_000, word: "30 minutes" },
] as const;

export function LinesView({ room }: { readonly room: string }) {
  const { live } = useInspector();
  const lines = useSelect(live, (now) => shownLines(now.lines.values(), room, linesMax), sameList);
  const all = useSelect(live, (now) => [...now.lines.values()].filter((line) => line.room === room).length);
  const [rangeMs, setRangeMs] = useState<number>(ranges[0].ms);
  const now = useNow(lines);
  const from = now - rangeMs;
  return (
    <section className="lines-tab" aria-label="Life lines">
      <div className="lines-tools">
        <ul className="legend" aria-label="Legend">
          {[...sessionStates, "closed"].map((state) => (
            <li key={state}>
              <span className="swatch" data-session={state} /> {sessionWord(state)}
            </li>
          ))}
          <li>
            <span className="mark-sign">◆</span> snapshot, and why
          </li>
          <li>
            <span className="mark-sign">▲</span> came back by a delta
          </li>
        </ul>
        <label className="check">
          The last{" "}
          <select className="field" value={rangeMs} onChange={(event) => setRangeMs(Number(event.target.value))}>
            {ranges.map(({ ms, word }) => (
              <option key={ms} value={ms}>
                {word}
              </option>
            ))}
          </select>
        </label>
      </div>
      {lines.length === 0 ? <p className="empty">No session has been seen here since this page was opened.</p> : null}
      <ol className="lines">
        {lines.map((line) => (
          <Line key={line.id} line={line} from={from} now={now} />
        ))}
      </ol>
      {lines.length === 0 ? null : (
        <p className="lines-axis figures" aria-hidden="true">
          <span>{timeOf(from)}</span>
          <span>{timeOf(from + rangeMs / 2)}</span>
          <span>now</span>
        </p>
      )}
      {all > lines.length ? <p className="note">{`Of ${count(all)} sessions, the ${count(lines.length)} that changed last.`}</p> : null}
    </section>
  );
}

/** The time, again every second, and whenever something changed. */
function useNow(of: unknown): number {
  const [now, setNow] = useState(() => Date.now());
  // biome-ignore lint/correctness/useExhaustiveDependencies: a change is seen at once
  useEffect(() => {
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), tickMs);
    return () => clearInterval(timer);
  }, [of]);
  return now;
}

function Line({
  line: { name, user, role, spans, marks, id },
  from,
  now,
}: {
  readonly line: LifeLine;
  readonly from: number;
  readonly now: number;
}) {
  const part = (at: number): number => Math.max(0, Math.min(1, (at - from) / (now - from))) * 100;
  const last = spans.at(-1)?.state ?? "new";
  const drawn = spans
    .map((span, i) => ({ ...span, until: spans[i + 1]?.from ?? now }))
    .filter(({ until, state }) => until >= from && state !== "closed");
  const said = drawn.map(({ state, from: at }) => `${sessionWord(state)} since ${timeOf(at)}`).join(", ");
  return (
    <li className="line" data-testid="life-line" data-session={id}>
      <span className="line-name ellipsis" title={`${name}${user === undefined ? "" : ` · ${user}`}`}>
        {name} <span className="soft">{role}</span>
      </span>
      <span className="line-state" data-session={last}>
        {sessionWord(last)}
      </span>
      <span className="line-track">
        <svg width="100%" height="22" role="img" aria-label={said || "nothing in this time"}>
          {drawn.map(({ state, from: at, until }) => (
            <rect
              key={`${at} ${state}`}
              data-session={state}
              x={`${part(at)}%`}
              width={`${Math.max(0.15, part(until) - part(at))}%`}
              y={state === "live" ? 5 : 4}
              height={state === "live" ? 12 : 14}
            >
              <title>{`${sessionWord(state)} since ${timeOf(at)}`}</title>
            </rect>
          ))}
        </svg>
        {marks
          .filter(({ at }) => at >= from)
          .map(({ at, reason }) => (
            <span
              key={`${at} ${reason}`}
              className="line-mark"
              data-testid="life-mark"
              data-reason={reason}
              data-late={part(at) > 80}
              style={{ insetInlineStart: `${part(at)}%` }}
            >
              <span className="mark-sign" aria-hidden="true">
                {reason === "delta" ? "▲" : "◆"}
              </span>
              <span className="line-reason">{reason}</span>
            </span>
          ))}
      </span>
    </li>
  );
}
