/** The table's keys. */
import { flushSync } from "react-dom";
import { attempt } from "../../shared/attempt.ts";
import type { Shortcuts } from "../../shared/shortcuts.ts";
import type { Card } from "../deck.ts";
import { verdictOf } from "../verdict.ts";
import type { PanelName } from "./panels.tsx";
import { type Command, nextStory, type PokerRoom, stageOf } from "./poker-room.ts";
import type { PokerVisit } from "./visit.ts";

/** A digit where the card is one, else a letter of its name. */
export const cardKeys: Readonly<Record<Card, string>> = {
  "0": "0",
  "½": "H",
  "1": "1",
  "2": "2",
  "3": "3",
  "5": "5",
  "8": "8",
  "13": "T",
  "20": "W",
  "40": "F",
  "100": "U",
  "?": "Q",
  "☕": "C",
};
const cardOf = new Map(Object.entries(cardKeys).map(([card, key]) => [key.toLowerCase(), card as Card]));

const list: Shortcuts["list"] = [
  { keys: "0 – 8", does: "Choose that card" },
  { keys: "H", does: "½" },
  { keys: "T W F U", does: "13 (thirteen), 20 (twenty), 40 (forty), 100 (hundred)" },
  { keys: "Q C", does: "? (a question), ☕ (a coffee)" },
  { keys: "X", does: "Take your card back" },
  { keys: "S", does: "Start the next round, or vote again" },
  { keys: "R", does: "Reveal the cards" },
  { keys: "A", does: "Accept the suggested estimate" },
  { keys: "N", does: "New story" },
];

export function shortcutsOf({ room, toasts, plan }: PokerVisit, openPanel: (name: PanelName) => void): Shortcuts {
  return {
    list,
    act: (key) => {
      if (key === "n")
        return () => {
          // At once: the next key may be the first letter of a title.
          flushSync(() => openPanel("stories"));
          document.getElementById("new-story")?.focus();
        };
      const command = commandFor(room, key, plan.get().seconds);
      if (command === undefined) return undefined;
      return () => {
        const reason = attempt(room, command);
        if (reason !== undefined) toasts.tell(reason, "bad");
      };
    },
  };
}

/** Undefined where the key stands for nothing at this stage. */
function commandFor({ state }: PokerRoom, key: string, seconds: number | null): Command | undefined {
  const stage = stageOf(state);
  const { round } = state.context.app;
  if (stage === "voting") {
    const card = cardOf.get(key);
    if (card !== undefined) return { type: "vote", card };
    if (key === "x") return { type: "vote.takeBack" };
    if (key === "r") return { type: "round.reveal" };
  }
  if (stage === "revealed") {
    const { suggestion } = verdictOf(round?.shown ?? []);
    if (key === "s") return { type: "round.again", seconds };
    if (key === "a" && suggestion !== null) return { type: "round.accept", estimate: suggestion };
  }
  const next = nextStory(state);
  if (stage === "idle" && key === "s" && next !== undefined) return { type: "round.start", story: next.id, seconds };
  return undefined;
}
