/** Keys for what is done often. They keep out of the way of typing, and can be switched off in the help. */
import { useEffect } from "react";
import { flushSync } from "react-dom";
import { attempt } from "./attempt.ts";
import type { Command, MeetingRoom } from "./meeting-room.ts";
import type { PageActions } from "./page-actions.ts";
import type { PanelName } from "./panels.tsx";
import { createStore } from "./store.ts";
import { useVisit } from "./visit.ts";

const offKey = "quorate.shortcutsOff";
export const shortcutSettings = createStore({ on: localStorage.getItem(offKey) === null });
export function setShortcuts(on: boolean): void {
  if (on) localStorage.removeItem(offKey);
  else localStorage.setItem(offKey, "");
  shortcutSettings.set({ on });
}

export const shortcutList: readonly { readonly keys: string; readonly does: string }[] = [
  { keys: "H", does: "Raise or lower your hand" },
  { keys: "F", does: "Take or yield the floor" },
  { keys: "S", does: "Share your screen, or stop" },
  { keys: "A", does: "Away, or back" },
  { keys: "M", does: "Mute or unmute yourself (hosts and cohosts)" },
  { keys: "C", does: "Write a message" },
  { keys: "1 – 4", does: "Open people, chat, agenda, polls" },
  { keys: "?", does: "Show these keys" },
  { keys: "Ctrl .", does: "Developer tools" },
  { keys: "Esc", does: "Close what is open" },
];

const panelKeys: Readonly<Record<string, PanelName>> = { "1": "people", "2": "chat", "3": "agenda", "4": "polls" };

export function useShortcuts(page: PageActions, openPanel: (name: PanelName) => void): void {
  const { room, toasts } = useVisit();
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.key === "." && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        return page.toggleDrawer();
      }
      if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || isTaken(event.target)) return;
      if (event.key === "?") return page.toggleHelp();
      if (!shortcutSettings.get().on) return;
      const key = event.key.toLowerCase();
      const panel = panelKeys[key];
      const command = commandFor(room, key);
      if (panel === undefined && command === undefined && key !== "c") return;
      event.preventDefault();
      if (command !== undefined) {
        const reason = attempt(room, command);
        if (reason !== undefined) toasts.tell(reason, "bad");
      } else {
        // At once: the next key may be the first letter of a message.
        flushSync(() => openPanel(panel ?? "chat"));
        // People may have a column instead of a tab.
        const target = key === "c" ? "message" : `tab-${panel}`;
        (document.getElementById(target) ?? document.getElementById("people"))?.focus();
      }
    };
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  }, [page, openPanel, room, toasts]);
}

function commandFor(room: MeetingRoom, key: string): Command | undefined {
  const { me, state } = room;
  if (me === undefined) return undefined;
  const { hands, speaker, screen, participants } = state.context.meeting;
  switch (key) {
    case "h":
      return { type: hands.includes(me.user) ? "hand.lower" : "hand.raise" };
    case "f":
      return { type: speaker === me.user ? "floor.yield" : "floor.take" };
    case "s":
      return { type: screen === me.user ? "screen.stop" : "screen.share" };
    case "a":
      return { type: "status.set", status: participants[me.user]?.status === "away" ? "online" : "away" };
    case "m":
      return { type: participants[me.user]?.muted === true ? "member.unmute" : "member.mute", user: me.user };
    default:
      return undefined;
  }
}

/** Somebody types there, or a dialog or a menu has the keyboard. */
const isTaken = (target: EventTarget | null): boolean =>
  target instanceof Element && target.closest("input, textarea, select, dialog, [role=menu]") !== null;
