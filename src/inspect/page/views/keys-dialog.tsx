/** What the keyboard does. */
import { useEffect, useRef } from "react";
import { Button } from "./button.tsx";

const keys: readonly (readonly [keys: string, does: string])[] = [
  ["?", "Show these keys"],
  ["/", "Find a room, or filter the log"],
  ["1 … 4", "Chart, time travel, events, life lines"],
  [", and .", "One rev back, one forward"],
  ["L", "Back to live"],
  ["← →", "On the scrubber: one rev"],
  ["PgUp PgDn", "On the scrubber: 100 revs"],
  ["Home End", "On the scrubber: the oldest rev, the newest"],
  ["Space", "On the scrubber: play, pause"],
  ["+ − 0", "On the chart: zoom in, out, fit"],
  ["arrows", "On the chart: move it. In trees: move, open, fold"],
  ["Esc", "Close what is open"],
];

export function KeysDialog({ onClose }: { readonly onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} className="dialog" aria-label="Keys" onClose={onClose}>
      <div className="dialog-head">
        <h2>Keys</h2>
        <Button look="icon" icon="close" label="Close" onClick={() => dialog.current?.close()} />
      </div>
      <dl className="keys">
        {keys.map(([key, does]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
    </dialog>
  );
}
