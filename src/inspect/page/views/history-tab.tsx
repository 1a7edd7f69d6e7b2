/** Time travel: the ops, and at one rev who did what, the state, what each audience saw, what differs from another rev. */
import { useRef, useState } from "react";
import type { RoomDetail } from "../../api.ts";
import { useNameOf } from "../store/inspector.ts";
import { useOpAt } from "../store/op-at.ts";
import type { Seen } from "../store/travel.ts";
import { Compare } from "./compare.tsx";
import { JsonTree } from "./json-tree.tsx";
import { OpList } from "./op-list.tsx";
import { SeenBy } from "./seen-by.tsx";
import { StateFacts } from "./state-facts.tsx";
import { Tabs } from "./tabs.tsx";
import { dateAndTime, payloadText } from "./words.ts";

interface Props {
  readonly room: string;
  readonly detail: RoomDetail;
  readonly head: number;
  /** `undefined`: live. */
  readonly rev: number | undefined;
  readonly seen: Seen;
}

const parts = [
  { id: "state", word: "State" },
  { id: "seen", word: "Seen by" },
  { id: "compare", word: "Compare" },
] as const;
type Part = (typeof parts)[number]["id"];

export function HistoryTab({ room, detail, head, rev, seen: { state, problem, isLoading } }: Props) {
  const [part, setPart] = useState<Part>("state");
  const body = useRef<HTMLDivElement>(null);
  const at = rev ?? head;
  return (
    <div className="history-tab">
      <OpList room={room} epoch={detail.epoch} opsFrom={detail.opsFrom} head={head} rev={rev} />
      <section
        className="moment"
        aria-label={`Rev ${at}`}
        aria-busy={isLoading}
        data-testid="moment"
        data-rev={state?.rev}
        data-loading={isLoading}
      >
        <OpCard room={room} rev={at} opsFrom={detail.opsFrom} />
        <Tabs label="At this rev" tabs={parts} selected={part} onSelect={setPart} controls="moment-part" small />
        <div
          ref={body}
          id="moment-part"
          className="moment-part"
          role="tabpanel"
          aria-label={parts.find(({ id }) => id === part)?.word ?? ""}
        >
          {problem === undefined ? null : (
            <p className="note" data-testid="no-state">
              {problem} {detail.note ?? ""}
            </p>
          )}
          {state === undefined || problem !== undefined ? null : part === "state" ? (
            <div className="state">
              <JsonTree label="State" value={{ value: state.value, context: state.context }} />
              <StateFacts state={state} />
            </div>
          ) : part === "seen" ? (
            <SeenBy state={state} />
          ) : (
            <Compare key={room} room={room} state={state} from={detail.statesFrom} head={head} />
          )}
          {state === undefined && problem === undefined ? <p className="empty">Asking the server …</p> : null}
        </div>
      </section>
    </div>
  );
}

function OpCard({ room, rev, opsFrom }: { readonly room: string; readonly rev: number; readonly opsFrom: number }) {
  const { op, problem } = useOpAt(room, rev, opsFrom);
  const nameOf = useNameOf();
  if (rev === 0) return <p className="op-card soft">Rev 0: the room as it began, before its first op.</p>;
  if (rev < opsFrom) return <p className="op-card soft">{`Rev ${rev}: its op is not kept; the oldest is ${opsFrom}.`}</p>;
  if (op === undefined) return <p className="op-card soft">{problem ?? `Rev ${rev} …`}</p>;
  return (
    <div className="op-card" data-testid="op-card">
      <p>
        <span className="op-rev figures">{`rev ${rev}`}</span> <code className="op-type">{op.event.type}</code>{" "}
        <span className="soft">
          {op.who === 0 ? "by the room itself" : `by ${nameOf(op.by.user)} (${op.by.role}, ${op.by.user}, ${op.by.client})`}
          {op.seq > 0 ? `, command ${op.seq}` : ""}
          {op.timer === undefined ? "" : `, timer ${op.timer}`}, {dateAndTime(op.at)}
        </span>
      </p>
      {payloadText(op.event) === "" ? null : <p className="mono op-card-payload">{payloadText(op.event)}</p>}
    </div>
  );
}
