/** Rows of one height, of which only those in sight are rendered. From: the event log, the list of ops. */
import { type KeyboardEvent, type ReactNode, useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";

interface Props {
  readonly label: string;
  readonly role: "log" | "listbox";
  readonly count: number;
  readonly rowHeight: number;
  readonly row: (index: number) => ReactNode;
  /** Stays at the end while it is there. */
  readonly follow?: boolean;
  /** This row is brought into sight whenever it is another one. */
  readonly shown?: number | undefined;
  readonly active?: string | undefined;
  readonly onKeyDown?: (event: KeyboardEvent) => void;
  readonly onRange?: (first: number, last: number) => void;
  readonly testId: string;
}

const overscan = 6;
const endPx = 4;

export function VirtualRows({ label, role, count, rowHeight, row, follow = false, shown, active, onKeyDown, onRange, testId }: Props) {
  const area = useRef<HTMLDivElement>(null);
  const [at, setAt] = useState({ top: 0, height: 400 });
  const isAtEnd = useRef(true);
  const read = useCallback(() => {
    const element = area.current;
    if (element === null) return;
    isAtEnd.current = element.scrollTop + element.clientHeight >= element.scrollHeight - endPx;
    setAt((now) =>
      now.top === element.scrollTop && now.height === element.clientHeight ? now : { top: element.scrollTop, height: element.clientHeight },
    );
  }, []);
  useEffect(() => {
    const element = area.current;
    if (element === null) return;
    const watch = new ResizeObserver(() => {
      if (follow && isAtEnd.current) element.scrollTop = element.scrollHeight;
      read();
    });
    watch.observe(element);
    return () => watch.disconnect();
  }, [read, follow]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: for every change of the count
  useLayoutEffect(() => {
    const element = area.current;
    if (element === null) return;
    if (follow && isAtEnd.current) element.scrollTop = element.scrollHeight;
    read();
  }, [count, follow, read]);
  useLayoutEffect(() => {
    const element = area.current;
    if (element === null || shown === undefined) return;
    const top = shown * rowHeight;
    const isInSight = top >= element.scrollTop && top + rowHeight <= element.scrollTop + element.clientHeight;
    if (!isInSight) element.scrollTop = top - element.clientHeight / 2;
    read();
  }, [shown, rowHeight, read]);

  const first = Math.max(0, Math.floor(at.top / rowHeight) - overscan);
  const last = Math.min(count - 1, Math.ceil((at.top + at.height) / rowHeight) + overscan);
  useEffect(() => onRange?.(first, last), [first, last, onRange]);
  const rows: ReactNode[] = [];
  for (let i = first; i <= last; i++) rows.push(row(i));
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: its role says what it is; only a listbox has keys
    // biome-ignore lint/a11y/useAriaPropsSupportedByRole: both roles take a label, and a listbox the active one
    <div
      ref={area}
      className="virtual"
      role={role}
      aria-label={label}
      aria-live={role === "log" ? "off" : undefined}
      aria-activedescendant={active}
      tabIndex={0}
      data-testid={testId}
      onScroll={read}
      onKeyDown={onKeyDown}
    >
      <div className="virtual-all" role="presentation" style={{ height: `${count * rowHeight}px` }}>
        <div className="virtual-shown" role="presentation" style={{ transform: `translateY(${first * rowHeight}px)` }}>
          {rows}
        </div>
      </div>
    </div>
  );
}
