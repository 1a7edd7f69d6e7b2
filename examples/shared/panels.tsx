/** Several panels in one place, behind tabs: arrows, Home and End go from one to the next. */
import type { KeyboardEvent, ReactNode } from "react";
import { Icon, type IconName } from "./icons.tsx";

export interface Panel {
  readonly title: string;
  readonly icon: IconName;
  readonly body: () => ReactNode;
}

interface PanelsProps<Name extends string> {
  readonly panels: Readonly<Record<Name, Panel>>;
  /** Which of them, in this order. */
  readonly names: readonly Name[];
  readonly open: Name;
  readonly onOpen: (name: Name) => void;
  /** What stands on a tab behind its title. */
  readonly mark: (name: Name) => ReactNode;
}

export function Panels<Name extends string>({ panels, names, open, onOpen, mark }: PanelsProps<Name>) {
  const { title, body: Body } = panels[open];
  const move = (event: KeyboardEvent) => {
    const at = names.indexOf(open);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: names.length - 1 }[event.key];
    const name = to === undefined ? undefined : names[(to + names.length) % names.length];
    if (name === undefined) return;
    event.preventDefault();
    onOpen(name);
    document.getElementById(`tab-${name}`)?.focus();
  };
  return (
    <section className="panels card" aria-label="Side panel">
      <div className="tabs" role="tablist" aria-label="Panels" onKeyDown={move}>
        {names.map((name) => (
          <button
            key={name}
            type="button"
            id={`tab-${name}`}
            className="tab"
            role="tab"
            aria-selected={name === open}
            aria-controls="panel"
            tabIndex={name === open ? 0 : -1}
            onClick={() => onOpen(name)}
          >
            <Icon name={panels[name].icon} size={16} />
            <span>{panels[name].title}</span>
            {mark(name)}
          </button>
        ))}
      </div>
      <div className="panel" role="tabpanel" id="panel" aria-label={title}>
        <Body />
      </div>
    </section>
  );
}
