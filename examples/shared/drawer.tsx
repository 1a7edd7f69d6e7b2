/** The developer drawer: what the machine knows here and there, what is on its way, and a network to break. */
import { useEffect, useRef } from "react";
import { DrawerNetwork } from "./drawer-network.tsx";
import { DrawerOps } from "./drawer-ops.tsx";
import { DrawerState } from "./drawer-state.tsx";
import { Icon } from "./icons.tsx";

export function Drawer({ onClose }: { readonly onClose: () => void }) {
  const drawer = useRef<HTMLElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    drawer.current?.focus();
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  useEffect(() => {
    const key = (event: KeyboardEvent) => {
      // What lies over the page closes first.
      if (event.key === "Escape" && document.querySelector("dialog[open], .popup:popover-open") === null) onClose();
    };
    document.addEventListener("keydown", key);
    return () => document.removeEventListener("keydown", key);
  }, [onClose]);
  return (
    <aside ref={drawer} className="drawer" aria-label="Developer tools" tabIndex={-1}>
      <header className="drawer-head">
        <Icon name="code" size={16} />
        <h2>Developer tools</h2>
        <button type="button" className="button" data-look="icon" aria-label="Close developer tools" onClick={onClose}>
          <Icon name="close" size={16} />
        </button>
      </header>
      <div className="drawer-body">
        <DrawerNetwork />
        <DrawerState />
        <DrawerOps />
      </div>
    </aside>
  );
}
