/** The keys, and a switch that turns them off. */
import type { RefObject } from "react";
import { Icon } from "./icons.tsx";
import { everyPages, type Shortcuts, setShortcuts, shortcutSettings } from "./shortcuts.ts";
import { useStore } from "./store.ts";

interface HelpDialogProps {
  readonly dialog: RefObject<HTMLDialogElement | null>;
  readonly shortcuts: Shortcuts;
}

export function HelpDialog({ dialog, shortcuts }: HelpDialogProps) {
  const { on } = useStore(shortcutSettings);
  return (
    <dialog ref={dialog} className="dialog" aria-labelledby="help-title">
      <div className="dialog-head">
        <h2 id="help-title">Keyboard shortcuts</h2>
        <button type="button" className="button" data-look="icon" aria-label="Close" onClick={() => dialog.current?.close()}>
          <Icon name="close" />
        </button>
      </div>
      <dl className="keys">
        {[...shortcuts.list, ...everyPages].map(({ keys, does }) => (
          <div key={keys}>
            <dt>
              <kbd>{keys}</kbd>
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
      <label className="switch-row">
        <input
          type="checkbox"
          role="switch"
          aria-checked={on}
          className="switch"
          checked={on}
          onChange={({ currentTarget }) => setShortcuts(currentTarget.checked)}
        />
        Single-letter keys
      </label>
    </dialog>
  );
}
