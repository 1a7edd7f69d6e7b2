/** On narrow windows: what has no room beside the table comes in from the edge, over it. */
import { type ReactNode, useEffect, useRef } from "react";
import { Icon } from "../../shared/icons.tsx";

interface DrawerProps {
  readonly open: boolean;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

export function Drawer({ open, onClose, children }: DrawerProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (open && !dialog.current?.open) dialog.current?.showModal();
    if (!open) dialog.current?.close();
  }, [open]);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape closes a dialog by itself
    <dialog
      ref={dialog}
      className="sheet"
      aria-label="Stories and people"
      onClose={onClose}
      onClick={({ target, currentTarget }) => {
        if (target === currentTarget) onClose(); // beside the panel
      }}
    >
      {open ? (
        <div className="sheet-body">
          {children}
          <button type="button" className="button sheet-close" data-look="icon" aria-label="Close" onClick={onClose}>
            <Icon name="close" />
          </button>
        </div>
      ) : null}
    </dialog>
  );
}
