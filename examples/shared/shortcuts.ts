/** Keys for what is done often. They keep out of the way of typing, and can be switched off in the help. */
import { useEffect } from "react";
import type { PageActions } from "./page-actions.ts";
import { createStore } from "./store.ts";

export interface Shortcuts {
  /** For the help; what every page has is added there. */
  readonly list: readonly { readonly keys: string; readonly does: string }[];
  /** What a key does now, if it does anything. Letters come in lower case. Keep its reference: it is listened to anew when that changes. */
  readonly act: (key: string) => (() => void) | undefined;
}

export const everyPages: Shortcuts["list"] = [
  { keys: "?", does: "Show these keys" },
  { keys: "Ctrl .", does: "Developer tools" },
  { keys: "Esc", does: "Close what is open" },
];

const offKey = "quorate.shortcutsOff";
export const shortcutSettings = createStore({ on: localStorage.getItem(offKey) === null });
export function setShortcuts(on: boolean): void {
  if (on) localStorage.removeItem(offKey);
  else localStorage.setItem(offKey, "");
  shortcutSettings.set({ on });
}

export function useShortcuts(page: PageActions, { act }: Shortcuts): void {
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.key === "." && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        return page.toggleDrawer();
      }
      if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || isTaken(event.target)) return;
      if (event.key === "?") return page.toggleHelp();
      if (!shortcutSettings.get().on) return;
      const does = act(event.key.toLowerCase());
      if (does === undefined) return;
      event.preventDefault();
      does();
    };
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  }, [page, act]);
}

/** Somebody types there, or a dialog or a menu has the keyboard. */
const isTaken = (target: EventTarget | null): boolean =>
  target instanceof Element && target.closest("input, textarea, select, dialog, [role=menu]") !== null;
