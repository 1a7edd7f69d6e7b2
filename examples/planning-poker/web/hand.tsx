/** One's cards while people vote, and how the vote ends. */

import { isHidden } from "quorate";
import { useEffect, useRef } from "react";
import { type Card, deck, wordOf } from "../deck.ts";
import { useBystander } from "./my-part.ts";
import { CardFace } from "./playing-card.tsx";
import { CommandButton, useMe, usePresence, useSelect } from "./poker-room.ts";
import { SeatButton } from "./seat-button.tsx";
import { cardKeys } from "./shortcuts.ts";

export function Hand() {
  const bystander = useBystander();
  const mine = useOwnCard();
  return (
    <>
      <div className="foot-head">
        <p className="foot-words">
          {bystander === "observer" ? (
            "You watch. Only members vote."
          ) : bystander === "out" ? (
            "You sit this out; nobody waits for you."
          ) : mine === undefined ? (
            "Choose a card. Nobody sees it yet."
          ) : (
            <>
              You chose <b>{mine}</b>. <span className="foot-more">Another one replaces it.</span>
            </>
          )}
        </p>
        <SeatButton />
        <CommandButton command={{ type: "round.drop" }} label="Drop this round" icon="close" look="icon" />
        <CommandButton command={{ type: "round.reveal" }} label="Reveal" icon="eye" look="primary" shortcut="R" />
      </div>
      {bystander === undefined ? <Cards mine={mine} /> : null}
    </>
  );
}

function Cards({ mine }: { readonly mine: Card | undefined }) {
  const think = useThinking();
  return (
    <ul
      className="hand"
      aria-label="Your cards"
      data-chosen={mine !== undefined}
      onPointerEnter={({ pointerType }) => think(pointerType !== "touch")}
      onPointerLeave={() => think(false)}
      onFocus={() => think(true)}
      onBlur={() => think(false)}
    >
      {deck.map((card) => (
        <li key={card} className="hand-card" data-chosen={card === mine}>
          {card === mine ? (
            <CommandButton command={{ type: "vote.takeBack" }} label={`Take back ${wordOf(card)}`} look="icon" shortcut="X" on>
              <CardFace card={card} />
            </CommandButton>
          ) : (
            <CommandButton command={{ type: "vote", card }} label={`Vote ${wordOf(card)}`} look="icon" shortcut={cardKeys[card]}>
              <CardFace card={card} />
            </CommandButton>
          )}
        </li>
      ))}
    </ul>
  );
}

/** It is known to oneself alone. */
function useOwnCard(): Card | undefined {
  const me = useMe()?.user ?? "";
  return useSelect(({ context: { app } }) => {
    const votes = app.round?.votes ?? {};
    const mine = Object.hasOwn(votes, me) ? votes[me] : undefined;
    return mine === undefined || isHidden(mine) ? undefined : mine;
  });
}

/** Tells the others that one is bent over the cards, not over which. */
function useThinking(): (thinking: boolean) => void {
  const [, setPresence] = usePresence();
  const told = useRef(false);
  // The hand goes when the vote ends, without a pointer leaving it.
  useEffect(
    () => () => {
      if (told.current) setPresence({ thinking: false });
    },
    [setPresence],
  );
  return (thinking) => {
    if (told.current === thinking) return;
    told.current = thinking;
    setPresence({ thinking });
  };
}
