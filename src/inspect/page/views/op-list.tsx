/** All ops that are kept, of which those in sight are fetched and rendered; a click goes there. */
import { type KeyboardEvent, useCallback } from "react";
import type { OpRow } from "../../api.ts";
import { useNameOf } from "../store/inspector.ts";
import { go } from "../store/route.ts";
import { useOps } from "../store/travel.ts";
import { VirtualRows } from "./virtual-rows.tsx";
import { payloadText, timeOf } from "./words.ts";

interface Props {
  readonly room: string;
  readonly epoch: string | undefined;
  readonly opsFrom: number;
  readonly head: number;
  readonly rev: number | undefined;
}

const rowHeight = 44;

export function OpList({ room, epoch, opsFrom, head, rev }: Props) {
  const { need, opAt, problem } = useOps(room, epoch, opsFrom, head);
  const range = useCallback((first: number, last: number) => need(opsFrom + first, opsFrom + last), [need, opsFrom]);
  const count = Math.max(0, head - opsFrom + 1);
  const at = rev ?? head;
  const onKeyDown = (event: KeyboardEvent): void => {
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, PageDown: at + 10, PageUp: at - 10, Home: opsFrom, End: head }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    go({ rev: Math.max(opsFrom, Math.min(head, to)) });
  };
  const row = (i: number) => {
    const of = opsFrom + i;
    return <OpItem key={of} rev={of} op={opAt(of)} isHere={of === at} />;
  };
  return (
    <section className="ops" aria-label="Ops">
      <h3>
        Ops <span className="soft figures">{count > 0 ? `${opsFrom} … ${head}` : "none are kept"}</span>
      </h3>
      {problem === undefined ? null : <p className="note">{problem}</p>}
      <VirtualRows
        label="Ops"
        role="listbox"
        count={count}
        rowHeight={rowHeight}
        row={row}
        follow={rev === undefined}
        shown={at >= opsFrom ? at - opsFrom : undefined}
        active={`op-${at}`}
        onKeyDown={onKeyDown}
        onRange={range}
        testId="ops"
      />
    </section>
  );
}

function OpItem({ rev, op, isHere }: { readonly rev: number; readonly op: OpRow | undefined; readonly isHere: boolean }) {
  const nameOf = useNameOf();
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the list takes the keys
    // biome-ignore lint/a11y/useFocusableInteractive: the list has the focus and names its option
    <div id={`op-${rev}`} className="op" role="option" aria-selected={isHere} data-testid="op" data-rev={rev} onClick={() => go({ rev })}>
      <span className="op-rev figures">{rev}</span>
      <span className="op-type ellipsis">{op?.event.type ?? "…"}</span>
      <span className="op-at figures">{op === undefined ? "" : timeOf(op.at)}</span>
      <span className="op-by ellipsis">{op === undefined ? "" : op.who === 0 ? "the room" : nameOf(op.by.user)}</span>
      <span className="op-payload ellipsis">{op === undefined ? "" : payloadText(op.event)}</span>
    </div>
  );
}
