/** Why a command was refused: the sentence, the command, the state that decided, what each guard said and read. */
import { useEffect, useRef, useState } from "react";
import type { Explained } from "../../api.ts";
import type { RefusedMessage } from "../../messages.ts";
import { isAborted, messageOf } from "../store/client.ts";
import { useInspector, useNameOf } from "../store/inspector.ts";
import { valueText } from "../store/log.ts";
import { go } from "../store/route.ts";
import { Button } from "./button.tsx";
import { JsonTree } from "./json-tree.tsx";
import { dateAndTime } from "./words.ts";

export function Refusal({ refused, onClose }: { readonly refused: RefusedMessage; readonly onClose: () => void }) {
  const { api } = useInspector();
  const nameOf = useNameOf();
  const [got, setGot] = useState<{ readonly explained?: Explained; readonly problem?: string }>({});
  const panel = useRef<HTMLElement>(null);
  const { room, n, reason, code, guard, by, event, at, rev, seq } = refused;
  useEffect(() => {
    const stop = new AbortController();
    api.refusal(room, n, stop.signal).then(
      (explained) => setGot({ explained }),
      (error: unknown) => isAborted(error) || setGot({ problem: messageOf(error) }),
    );
    return () => stop.abort();
  }, [api, room, n]);
  useEffect(() => {
    const before = document.activeElement;
    panel.current?.focus();
    const key = (pressed: KeyboardEvent) => {
      if (pressed.key === "Escape" && document.querySelector("dialog[open]") === null) onClose();
    };
    document.addEventListener("keydown", key);
    return () => {
      document.removeEventListener("keydown", key);
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, [onClose]);
  const { explained } = got;
  return (
    <aside ref={panel} className="refusal" aria-label="Why it was refused" tabIndex={-1} data-testid="refusal">
      <header className="refusal-head">
        <h3>Why it was refused</h3>
        <Button look="icon" icon="close" label="Close" onClick={onClose} />
      </header>
      <div className="refusal-body">
        <p className="refusal-reason">{reason}</p>
        <p className="soft">
          {nameOf(by.user)} ({by.role}, {by.user}) asked for <code>{event}</code> on {dateAndTime(at)}
          {seq > 0 ? `, as its command ${seq}` : ""}. Code <code>{code}</code>
          {guard === undefined ? "" : ", guard "}
          {guard === undefined ? null : <code>{guard}</code>}.
        </p>
        <p>
          <Button label={`Look at rev ${rev}`} icon="back" onClick={() => go({ room, tab: "history", rev })} />
        </p>
        {got.problem === undefined ? null : <p className="note">{got.problem}</p>}
        {explained === undefined && got.problem === undefined ? <p className="soft">Asking the server …</p> : null}
        {explained === undefined ? null : <Explanation explained={explained} />}
      </div>
    </aside>
  );
}

function Explanation({ explained: { guards, value, acceptedIn, command, note } }: { readonly explained: Explained }) {
  return (
    <>
      <h4>Guards, in the order in which they were asked</h4>
      {guards.length === 0 ? <p className="soft">{note ?? "No guard was asked: no active state takes this event."}</p> : null}
      <ol className="guards">
        {guards.map(({ state, guard, params, negated, holds, failure, reads }, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the list never changes
          <li key={i} className="guard" data-holds={holds} data-testid="guard">
            <p className="guard-head">
              <span className="guard-says">{failure !== undefined ? "failed" : holds ? "holds" : "does not"}</span>
              <code>
                {negated ? "not " : ""}
                {guard}
              </code>
              <span className="soft">of {state}</span>
            </p>
            {params === undefined ? null : <p className="guard-read">with {JSON.stringify(params)}</p>}
            {failure === undefined ? null : <p className="guard-read">It threw: {failure}</p>}
            {reads.map(({ path, value: read }) => (
              <p key={path} className="guard-read">
                <span>{path}</span> = <b>{JSON.stringify(read) ?? "nothing"}</b>
              </p>
            ))}
          </li>
        ))}
      </ol>
      {guards.length > 0 && note !== undefined ? <p className="note">{note}</p> : null}
      <h4>The state that decided</h4>
      <p className="mono">{valueText(value)}</p>
      <p className="soft">
        {acceptedIn.length === 0 ? "No state takes this command." : `Taken in ${acceptedIn.join(", ")}, guards aside.`}
      </p>
      <h4>The command</h4>
      <JsonTree label="The command" value={command} />
    </>
  );
}
