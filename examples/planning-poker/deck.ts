/** The cards. They are strings: a half, a question and a cup of coffee are no numbers. */

/** Lowest first; the last two say nothing about size. */
export const deck = ["0", "½", "1", "2", "3", "5", "8", "13", "20", "40", "100", "?", "☕"] as const;
export type Card = (typeof deck)[number];

/** What a story may be estimated at. */
export const sizes = ["0", "½", "1", "2", "3", "5", "8", "13", "20", "40", "100"] as const satisfies readonly Card[];
export type Size = (typeof sizes)[number];

export const isSize = (card: Card): card is Size => card !== "?" && card !== "☕";
export const pointsOf = (size: Size): number => (size === "½" ? 0.5 : Number(size));
/** Where a size stands in the deck, from 0: sizes are told apart by steps, not by points. */
export const stepOf = (size: Size): number => sizes.indexOf(size);
export const byDeck = (a: Card, b: Card): number => deck.indexOf(a) - deck.indexOf(b);

/** For screen readers, and where a sentence speaks of a card. */
const words: Partial<Readonly<Record<Card, string>>> = { "½": "one half", "?": "unsure", "☕": "coffee break" };
export const wordOf = (card: Card): string => words[card] ?? card;
