/** A JSON value, foldable. What is open stays open by its path, so that stepping through time keeps the place. */
import { useMemo, useState } from "react";
import { jsonRows } from "./json-rows.ts";
import { TreeRows } from "./tree-rows.tsx";

interface Props {
  readonly label: string;
  readonly value: unknown;
  /** Open down to this level, until somebody folds. */
  readonly openLevels?: number;
}

export function JsonTree({ label, value, openLevels = 2 }: Props) {
  const [turned, setTurned] = useState<ReadonlySet<string>>(new Set());
  const rows = useMemo(() => jsonRows(value, (path, level) => level <= openLevels !== turned.has(path)), [value, turned, openLevels]);
  const toggle = (path: string): void =>
    setTurned((now) => {
      const next = new Set(now);
      if (!next.delete(path)) next.add(path);
      return next;
    });
  return (
    <TreeRows
      label={label}
      rows={rows.map(({ path, name, level, kind, text, isOpen }) => ({
        id: path,
        level,
        isOpen,
        content: (
          <span className="json" title={path}>
            {name === "" ? null : <span className="json-name">{name}</span>}
            {isOpen === true ? null : (
              <span className="json-value" data-kind={kind}>
                {text}
              </span>
            )}
          </span>
        ),
      }))}
      onToggle={toggle}
    />
  );
}
