/** A card on the table: none yet, face down, or turned. What is not known here is not in the page either. */
import { type Card, isSize } from "../deck.ts";

interface PlayingCardProps {
  /** `place`: where a card will lie. */
  readonly face: "place" | "down" | "up";
  /** Of a turned one. */
  readonly card?: Card | undefined;
  readonly tone?: "own" | "agreed" | "outlier" | undefined;
}

export const PlayingCard = ({ face, card, tone }: PlayingCardProps) => (
  <span className="playing-card" data-face={face} data-tone={tone} aria-hidden="true">
    <span className="playing-card-turn">
      <span className="playing-card-back" />
      <span className="playing-card-front">{card === undefined ? "" : <CardFace card={card} />}</span>
    </span>
  </span>
);

export const CardFace = ({ card }: { readonly card: Card }) => (
  <span className="card-face" data-size={isSize(card)}>
    {card}
  </span>
);
