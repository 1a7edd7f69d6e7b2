/** A row of tabs: arrow keys move, one stop for Tab. */
import { type KeyboardEvent, useRef } from "react";

interface Props<T extends string> {
  readonly label: string;
  readonly tabs: readonly { readonly id: T; readonly word: string }[];
  readonly selected: T;
  readonly onSelect: (id: T) => void;
  /** The panel's id. */
  readonly controls: string;
  readonly small?: boolean;
}

export function Tabs<T extends string>({ label, tabs, selected, onSelect, controls, small = false }: Props<T>) {
  const list = useRef<HTMLDivElement>(null);
  const onKeyDown = (event: KeyboardEvent): void => {
    const at = tabs.findIndex(({ id }) => id === selected);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[event.key];
    const next = to === undefined ? undefined : tabs[(to + tabs.length) % tabs.length];
    if (next === undefined) return;
    event.preventDefault();
    onSelect(next.id);
    list.current?.querySelector<HTMLElement>(`[data-tab="${next.id}"]`)?.focus();
  };
  return (
    <div ref={list} className="tabs" role="tablist" aria-label={label} data-small={small} onKeyDown={onKeyDown}>
      {tabs.map(({ id, word }) => (
        <button
          key={id}
          type="button"
          role="tab"
          className="tab"
          data-tab={id}
          aria-selected={id === selected}
          aria-controls={controls}
          tabIndex={id === selected ? 0 : -1}
          onClick={() => onSelect(id)}
        >
          {word}
        </button>
      ))}
    </div>
  );
}
