/** A button with a menu, in the top layer. Arrow keys, Home and End move, Escape and a click elsewhere close; focus goes back to the button. */
import { type KeyboardEvent, type ReactNode, useId, useLayoutEffect, useRef, useState } from "react";
import { Icon, type IconName } from "./icons.tsx";

interface PopupProps {
  readonly label: string;
  readonly icon: IconName;
  readonly look: "icon" | "dock";
  /** "row" for a line of choices. */
  readonly shape?: "list" | "row";
  /** Rendered while open. */
  readonly children: (close: () => void) => ReactNode;
}

const gapPx = 6;

export function Popup({ label, icon, look, shape = "list", children }: PopupProps) {
  const [open, setOpen] = useState(false);
  const id = useId();
  const button = useRef<HTMLButtonElement>(null);
  const menu = useRef<HTMLDivElement>(null);

  useLayoutEffect(() => {
    if (!open || menu.current === null || button.current === null) return;
    place(menu.current, button.current.getBoundingClientRect());
    items(menu.current)[0]?.focus();
  }, [open]);

  const move = (event: KeyboardEvent<HTMLDivElement>) => {
    const all = items(event.currentTarget);
    const at = all.indexOf(document.activeElement as HTMLElement);
    const to = { ArrowDown: at + 1, ArrowRight: at + 1, ArrowUp: at - 1, ArrowLeft: at - 1, Home: 0, End: all.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    all[(to + all.length) % all.length]?.focus();
  };
  const close = () => menu.current?.hidePopover();

  return (
    <>
      <button
        ref={button}
        type="button"
        className="button"
        data-look={look}
        data-hint={open ? undefined : label}
        aria-label={label}
        aria-haspopup="menu"
        aria-expanded={open}
        popoverTarget={id}
      >
        <Icon name={icon} size={look === "dock" ? 20 : 17} />
        {look === "dock" ? <span className="button-text">{label}</span> : null}
      </button>
      <div
        ref={menu}
        id={id}
        className="popup"
        data-shape={shape}
        role="menu"
        tabIndex={-1}
        aria-label={label}
        popover="auto"
        onToggle={(event) => setOpen(event.newState === "open")}
        onKeyDown={move}
      >
        {open ? children(close) : null}
      </div>
    </>
  );
}

const items = (menu: HTMLElement): readonly HTMLElement[] => [...menu.querySelectorAll<HTMLElement>('[role="menuitem"]')];

/** Below its button if there is room, else above; never beyond the window's edges. */
function place(menu: HTMLElement, button: DOMRect): void {
  const { width, height } = menu.getBoundingClientRect();
  const below = button.bottom + gapPx;
  const fitsBelow = below + height <= innerHeight - gapPx;
  menu.style.left = `${Math.max(gapPx, Math.min(button.left, innerWidth - width - gapPx))}px`;
  menu.style.top = `${fitsBelow ? below : Math.max(gapPx, button.top - height - gapPx)}px`;
}
