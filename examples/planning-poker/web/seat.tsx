/** One person at the table, with what lies before them. */
import { Avatar } from "../../shared/avatar.tsx";
import { type Card, wordOf } from "../deck.ts";
import { verdictOf } from "../verdict.ts";
import { PlayingCard } from "./playing-card.tsx";
import { useMe, usePresence, useRound, useSelect } from "./poker-room.ts";
import { seatStyle } from "./seat-style.ts";
import { type Seat, type SeatCard, useSeatCard } from "./seats.ts";

export function SeatItem({ seat, index }: { readonly seat: Seat; readonly index: number }) {
  const { user, person } = seat;
  const mine = useMe()?.user === user;
  const card = useSeatCard(user);
  const isOut = useSelect((state) => state.context.app.out.includes(user));
  const isThinking = useThinking(user) && card.face === "place";
  const tone = useTone(user);
  return (
    <li
      className="seat"
      style={seatStyle(seat, index)}
      data-testid="seat"
      data-user={user}
      data-card={card.face}
      data-away={person.status === "away" || isOut}
    >
      {card.face === "none" ? null : (
        <PlayingCard face={card.face} card={card.face === "up" ? card.card : undefined} tone={tone ?? (mine ? "own" : undefined)} />
      )}
      <span className="seat-person">
        <Avatar user={user} name={person.name} size="s" />
        <span className="seat-name">
          <bdi>{mine ? "You" : person.name}</bdi>
        </span>
      </span>
      {isThinking ? (
        <span className="thinking" aria-hidden="true">
          <i />
          <i />
          <i />
        </span>
      ) : null}
      {isOut ? <span className="row-note">sits out</span> : null}
      <span className="visually-hidden">{isOut ? "" : said(card, mine)}</span>
    </li>
  );
}

const said = (card: SeatCard, mine: boolean): string => {
  switch (card.face) {
    case "none":
      return "";
    case "place":
      return mine ? "have not voted" : "has not voted";
    case "down":
      return "has voted";
    case "up":
      return `${mine ? "have" : "has"} chosen ${wordOf(card.card)}`;
  }
};

/** Bent over the cards. */
function useThinking(user: string): boolean {
  const [others] = usePresence();
  return [...others.values()].some((other) => other.user === user && other.state.thinking === true);
}

/** After the reveal: of one mind with all, or far from the middle. */
function useTone(user: string): "agreed" | "outlier" | undefined {
  const shown = useRound()?.shown ?? null;
  if (shown === null) return undefined;
  const { consensus, outliers } = verdictOf(shown);
  if (consensus !== null) return isOf(shown, user, consensus) ? "agreed" : undefined;
  return outliers.some((one) => one.user === user) ? "outlier" : undefined;
}

const isOf = (shown: readonly { readonly user: string; readonly card: Card }[], user: string, card: Card): boolean =>
  shown.some((one) => one.user === user && one.card === card);
