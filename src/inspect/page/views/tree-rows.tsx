/** A tree as flat rows, moved through by arrow keys. From: json-tree.tsx, actors.tsx. */
import { type KeyboardEvent, type ReactNode, useRef, useState } from "react";
import { Icon } from "./icons.tsx";

export interface TreeRow {
  readonly id: string;
  readonly level: number;
  /** `undefined`: it cannot be opened. */
  readonly isOpen: boolean | undefined;
  readonly content: ReactNode;
}

interface Props {
  readonly label: string;
  readonly rows: readonly TreeRow[];
  readonly selected?: string | undefined;
  readonly onToggle: (id: string) => void;
  readonly onSelect?: (id: string) => void;
}

export function TreeRows({ label, rows, selected, onToggle, onSelect }: Props) {
  const [focused, setFocused] = useState<string>();
  const tree = useRef<HTMLDivElement>(null);
  const current = rows.find(({ id }) => id === focused) ?? rows.find(({ id }) => id === selected) ?? rows[0];
  const focus = (index: number): void => {
    const row = rows[Math.max(0, Math.min(rows.length - 1, index))];
    if (row === undefined) return;
    setFocused(row.id);
    tree.current?.querySelector<HTMLElement>(`[data-id="${CSS.escape(row.id)}"]`)?.focus();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (current === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    const at = rows.indexOf(current);
    const { id, level, isOpen } = current;
    if (event.key === "ArrowDown") focus(at + 1);
    else if (event.key === "ArrowUp") focus(at - 1);
    else if (event.key === "Home") focus(0);
    else if (event.key === "End") focus(rows.length - 1);
    else if (event.key === "ArrowRight" && isOpen === false) onToggle(id);
    else if (event.key === "ArrowRight" && isOpen === true) focus(at + 1);
    else if (event.key === "ArrowLeft" && isOpen === true) onToggle(id);
    else if (event.key === "ArrowLeft") focus(rows.findLastIndex((row, i) => i < at && row.level < level));
    else if (event.key === "Enter" || event.key === " ") (onSelect ?? onToggle)(id);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div ref={tree} className="tree" role="tree" aria-label={label} onKeyDown={onKeyDown}>
      {rows.map(({ id, level, isOpen, content }) => (
        // biome-ignore lint/a11y/useKeyWithClickEvents: the tree takes the keys
        <div
          key={id}
          className="tree-row"
          role="treeitem"
          data-id={id}
          aria-level={level}
          aria-expanded={isOpen}
          aria-selected={id === selected}
          tabIndex={id === current?.id ? 0 : -1}
          style={{ paddingInlineStart: `${(level - 1) * 14 + 4}px` }}
          onFocus={() => setFocused(id)}
          onClick={() => (onSelect ?? onToggle)(id)}
        >
          {isOpen === undefined ? (
            <span className="tree-toggle" />
          ) : (
            // biome-ignore lint/a11y/useKeyWithClickEvents: arrow keys do the same
            // biome-ignore lint/a11y/noStaticElementInteractions: for the mouse alone
            <span
              className="tree-toggle"
              data-open={isOpen}
              onClick={(event) => {
                event.stopPropagation();
                onToggle(id);
              }}
            >
              <Icon name="forward" size={12} />
            </span>
          )}
          {content}
        </div>
      ))}
    </div>
  );
}
