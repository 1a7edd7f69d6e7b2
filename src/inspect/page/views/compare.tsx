/** This rev beside another one: what was added, removed, changed. */
import { useMemo, useState } from "react";
import type { StateAt } from "../../api.ts";
import { useStateAt } from "../store/travel.ts";
import { changesBetween, changesMax, comparable } from "./changes.ts";

interface Props {
  readonly room: string;
  readonly state: StateAt;
  readonly from: number;
  readonly head: number;
}

const signs = { added: "+", removed: "−", changed: "~" } as const;
const valueCharsMax = 2_000;

export function Compare({ room, state, from, head }: Props) {
  const [chosen, setChosen] = useState<number>();
  const [typed, setTyped] = useState<string>();
  const other = Math.max(from, Math.min(head, chosen ?? state.rev - 1));
  const seen = useStateAt(room, undefined, other, false);
  const against = seen.state?.rev === other ? seen.state : undefined;
  const changes = useMemo(() => {
    if (against === undefined) return undefined;
    const [before, after] = against.rev <= state.rev ? [against, state] : [state, against];
    return changesBetween(comparable(before), comparable(after));
  }, [against, state]);
  const take = (): void => {
    if (typed !== undefined && /^\d+$/.test(typed)) setChosen(Number(typed));
    setTyped(undefined);
  };
  const [older, newer] = other <= state.rev ? [other, state.rev] : [state.rev, other];
  return (
    <div className="compare">
      <div className="compare-head">
        <label className="check">
          Compare with rev
          <input
            className="field rev-field figures"
            inputMode="numeric"
            data-testid="compare-with"
            value={typed ?? String(other)}
            onChange={(event) => setTyped(event.target.value)}
            onBlur={take}
            onKeyDown={(event) => {
              if (event.key === "Enter") take();
            }}
          />
        </label>
        {chosen === undefined ? (
          <span className="soft">the rev before</span>
        ) : (
          <button type="button" className="button" data-look="quiet" onClick={() => setChosen(undefined)}>
            The rev before
          </button>
        )}
        <span className="soft figures">{`From rev ${older} to rev ${newer}`}</span>
      </div>
      {seen.problem === undefined ? null : <p className="note">{seen.problem}</p>}
      {changes === undefined ? null : changes.length === 0 ? <p className="soft">Nothing differs.</p> : null}
      <ul className="changes">
        {changes?.map(({ kind, path, before, after }, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: paths of lists may come twice
          <li key={i} className="change" data-kind={kind} data-testid="change">
            <p className="change-head">
              <span className="change-sign" aria-hidden="true">
                {signs[kind]}
              </span>
              <span className="change-word">{kind}</span> <code>{path === "" ? "all" : path}</code>
            </p>
            {kind === "added" ? null : <del className="change-value">{short(before)}</del>}
            {kind === "removed" ? null : <ins className="change-value">{short(after)}</ins>}
          </li>
        ))}
      </ul>
      {changes?.length === changesMax ? <p className="note">More than {changesMax} places differ: these are the first ones.</p> : null}
    </div>
  );
}

function short(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > valueCharsMax ? `${text.slice(0, valueCharsMax)}…` : text;
}
