/** What the shown cards say: how they spread, what they have in common, who should explain. Pure; the page and its tests read it. */
import { byDeck, type Card, isSize, pointsOf, type Size, sizes, stepOf } from "./deck.ts";
import type { Shown } from "./round.ts";

export interface Verdict {
  /** Each card that somebody gave, lowest first, with who gave it. */
  readonly spread: readonly { readonly card: Card; readonly people: readonly Shown[] }[];
  /** Of the sizes, in points; null without any. */
  readonly average: number | null;
  readonly median: number | null;
  /** All who gave a card gave this one, and they are two at least. */
  readonly consensus: Card | null;
  /** More than one step of the deck away from the middle: they have seen something that the others have not. */
  readonly outliers: readonly Shown[];
  /** The size nearest to the middle; between two, the larger. */
  readonly suggestion: Size | null;
}

export function verdictOf(shown: readonly Shown[]): Verdict {
  const cards = [...new Set(shown.map(({ card }) => card))].sort(byDeck);
  const sized = shown.flatMap((one) => (isSize(one.card) ? [{ one, size: one.card }] : [])).sort((a, b) => stepOf(a.size) - stepOf(b.size));
  const points = sized.map(({ size }) => pointsOf(size));
  const middle = median(sized.map(({ size }) => stepOf(size)));
  return {
    spread: cards.map((card) => ({ card, people: shown.filter((one) => one.card === card) })),
    average: points.length === 0 ? null : points.reduce((sum, one) => sum + one, 0) / points.length,
    median: median(points),
    consensus: cards.length === 1 && shown.length > 1 ? (cards[0] ?? null) : null,
    outliers: middle === null ? [] : sized.filter(({ size }) => Math.abs(stepOf(size) - middle) > 1).map(({ one }) => one),
    suggestion: middle === null ? null : (sizes[Math.ceil(middle)] ?? null),
  };
}

/** Of sorted numbers. */
function median(sorted: readonly number[]): number | null {
  const half = sorted.length / 2;
  const [low, high] = [sorted[Math.ceil(half) - 1], sorted[Math.floor(half)]];
  return low === undefined || high === undefined ? null : (low + high) / 2;
}

/** At most one digit after the point: `5`, `4.3`. */
export const pointsText = (points: number): string => String(Math.round(points * 10) / 10);
