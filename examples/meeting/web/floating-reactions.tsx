/** Reactions that rise from the seat of whoever sent them. */

import { useStore } from "../../shared/store.ts";
import { Emoji } from "./emoji.tsx";
import { removeReaction, useReactions } from "./reactions.ts";
import { useSeats } from "./seats.ts";

export function FloatingReactions() {
  const reactions = useReactions();
  const floating = useStore(reactions);
  const { seats } = useSeats();
  if (floating.length === 0) return null;
  return (
    <div className="reactions" role="status" aria-label="Reactions">
      {floating.map(({ key, user, emoji }) => {
        const seat = seats.find((one) => one.user === user);
        const { x, y } = seat ?? { x: 50, y: 86 };
        return (
          <span
            key={key}
            className="reaction"
            data-testid="reaction"
            data-lane={key % 3}
            style={{ left: `${x}%`, top: `${y}%` }}
            onAnimationEnd={() => removeReaction(reactions, key)}
          >
            <Emoji emoji={emoji} size={34} />
            <span className="visually-hidden">
              {seat?.person.name ?? "Somebody"} reacts with {emoji}
            </span>
          </span>
        );
      })}
    </div>
  );
}
