/** The event log: newest at the bottom, filtered, paused, and a refusal opens. */
import { useCallback, useMemo, useState } from "react";
import type { RefusedMessage } from "../../messages.ts";
import { useInspector, useNameOf } from "../store/inspector.ts";
import { type Entry, filtered, type LogKind, logEntriesMax, logKinds } from "../store/log.ts";
import { useStore } from "../store/store.ts";
import { Button } from "./button.tsx";
import { Refusal } from "./refusal.tsx";
import { VirtualRows } from "./virtual-rows.tsx";
import { count, timeWithMs } from "./words.ts";

const kindWords: Readonly<Record<LogKind, string>> = {
  event: "Events",
  state: "States",
  actor: "Actors",
  refused: "Refusals",
  note: "Notes",
};

export function LogView({ room }: { readonly room: string | undefined }) {
  const { live } = useInspector();
  const { log, next } = useStore(live);
  const nameOf = useNameOf();
  const [text, setText] = useState("");
  const [without, setWithout] = useState<ReadonlySet<LogKind>>(new Set());
  const [isWide, setIsWide] = useState(false);
  const [paused, setPaused] = useState<{ readonly log: readonly Entry[]; readonly next: number }>();
  const [opened, setOpened] = useState<RefusedMessage>();
  const shown = paused?.log ?? log;
  const scope = isWide ? undefined : room;
  const entries = useMemo(() => filtered(shown, { room: scope, text, without, nameOf }), [shown, scope, text, without, nameOf]);
  const turn = (kind: LogKind): void => {
    const rest = new Set(without);
    if (!rest.delete(kind)) rest.add(kind);
    setWithout(rest);
  };
  const close = useCallback(() => setOpened(undefined), []);
  const row = useCallback(
    (i: number) => <LogRow key={entries[i]?.key} entry={entries[i]} nameOf={nameOf} onOpen={setOpened} />,
    [entries, nameOf],
  );
  return (
    <div className="log-tab" data-opened={opened !== undefined}>
      <section className="log-side" aria-label="Event log">
        <div className="log-tools">
          <input
            className="field"
            type="search"
            data-filter
            placeholder="Filter by actor, event, person"
            aria-label="Filter the log"
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
          <fieldset className="chips">
            <legend className="visually-hidden">Kinds</legend>
            {logKinds.map((kind) => (
              <button
                key={kind}
                type="button"
                className="chip"
                data-kind={kind}
                aria-pressed={!without.has(kind)}
                onClick={() => turn(kind)}
              >
                {kindWords[kind]}
              </button>
            ))}
          </fieldset>
          <span className="spacer" />
          {room === undefined ? null : (
            <label className="check">
              <input type="checkbox" checked={isWide} onChange={(event) => setIsWide(event.target.checked)} />
              All rooms
            </label>
          )}
          <Button
            label={paused === undefined ? "Pause" : `Go on${next > paused.next ? ` (${count(next - paused.next)} new)` : ""}`}
            icon={paused === undefined ? "pause" : "play"}
            pressed={paused !== undefined}
            onClick={() => setPaused(paused === undefined ? { log, next } : undefined)}
          />
        </div>
        {entries.length === 0 ? (
          <p className="empty">{log.length === 0 ? "Nothing has happened since this page was opened." : "Nothing here fits the filter."}</p>
        ) : (
          <VirtualRows label="Event log" role="log" count={entries.length} rowHeight={28} row={row} follow testId="log" />
        )}
        <p className="log-foot soft figures">
          {count(entries.length)} {entries.length === 1 ? "line" : "lines"}
          {log.length >= logEntriesMax ? `, of the newest ${count(logEntriesMax)}` : ""}
        </p>
      </section>
      {opened === undefined ? null : <Refusal key={opened.n} refused={opened} onClose={close} />}
    </div>
  );
}

interface RowProps {
  readonly entry: Entry | undefined;
  readonly nameOf: (user: string) => string;
  readonly onOpen: (refused: RefusedMessage) => void;
}

function LogRow({ entry, nameOf, onOpen }: RowProps) {
  if (entry === undefined) return null;
  const { at, kind, actor, type, by, rev, text, refused } = entry;
  const cells = (
    <>
      <time className="log-at figures">{timeWithMs(at)}</time>
      <span className="log-actor ellipsis">{actor}</span>
      <span className="log-type ellipsis">{type}</span>
      <span className="log-text ellipsis" title={text}>
        {by === undefined ? null : (
          <span className="log-by" title={by.user}>
            {nameOf(by.user)}
          </span>
        )}{" "}
        {text}
      </span>
      <span className="log-rev figures">{rev === undefined ? "" : `rev ${rev}`}</span>
    </>
  );
  return refused === undefined ? (
    <div className="log-row" data-kind={kind} data-testid="log-row">
      {cells}
    </div>
  ) : (
    <button type="button" className="log-row" data-kind={kind} data-testid="log-row" title="Why?" onClick={() => onOpen(refused)}>
      {cells}
    </button>
  );
}
