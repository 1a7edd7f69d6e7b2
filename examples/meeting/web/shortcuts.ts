/** The meeting's keys. */
import { flushSync } from "react-dom";
import { attempt } from "../../shared/attempt.ts";
import type { Shortcuts } from "../../shared/shortcuts.ts";
import type { Command, MeetingRoom } from "./meeting-room.ts";
import type { PanelName } from "./panels.tsx";
import type { MeetingVisit } from "./visit.ts";

const list: Shortcuts["list"] = [
  { keys: "H", does: "Raise or lower your hand" },
  { keys: "F", does: "Take or yield the floor" },
  { keys: "S", does: "Share your screen, or stop" },
  { keys: "A", does: "Away, or back" },
  { keys: "M", does: "Mute or unmute yourself (hosts and cohosts)" },
  { keys: "C", does: "Write a message" },
  { keys: "1 – 4", does: "Open people, chat, agenda, polls" },
];

const panelKeys: Readonly<Record<string, PanelName>> = { "1": "people", "2": "chat", "3": "agenda", "4": "polls" };

export function shortcutsOf({ room, toasts }: MeetingVisit, openPanel: (name: PanelName) => void): Shortcuts {
  return {
    list,
    act: (key) => {
      const command = commandFor(room, key);
      if (command !== undefined)
        return () => {
          const reason = attempt(room, command);
          if (reason !== undefined) toasts.tell(reason, "bad");
        };
      const panel = panelKeys[key];
      if (panel === undefined && key !== "c") return undefined;
      return () => {
        // At once: the next key may be the first letter of a message.
        flushSync(() => openPanel(panel ?? "chat"));
        // People may have a column instead of a tab.
        const target = key === "c" ? "message" : `tab-${panel}`;
        (document.getElementById(target) ?? document.getElementById("people"))?.focus();
      };
    },
  };
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
