/** A shape as it lies on the board. Plain JSON: the machine, the page and the journal have the same. */

export const kinds = ["rectangle", "ellipse", "line", "arrow", "pen", "note", "text"] as const;
export type Kind = (typeof kinds)[number];
/** Names, so that each theme has its own shades of them. */
export const colours = ["ink", "grey", "red", "orange", "yellow", "green", "blue", "violet"] as const;
export type Colour = (typeof colours)[number];
/** Of a line, in board units. */
export const widths = [2, 4, 8] as const;
export type Width = (typeof widths)[number];
export const textCharsMax = 2_000;

export interface Style {
  readonly stroke: Colour;
  readonly fill: Colour | "none";
  readonly width: Width;
}
/** Board units, whole. A line goes from (x, y) to (x + w, y + h), so its w and h may be negative; all others' are at least 1. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}
export interface Shape extends Box, Style {
  /** `<client>-<seq>` of the command that made it; a copy has `.0`, `.1` … behind it. */
  readonly id: string;
  readonly kind: Kind;
  /** Higher lies further in front; of two with the same, the one with the greater id. */
  readonly z: number;
  readonly text: string;
  /** A pen's: x and y in turn, in ten thousandths of the box. Empty for all others. */
  readonly points: readonly number[];
  /** The user who holds it in place. */
  readonly pin: string | null;
}

export const isLine = (kind: Kind): boolean => kind === "line" || kind === "arrow";
export const takesText = (kind: Kind): boolean => kind !== "pen" && !isLine(kind);

/** The same place with w and h of at least 0. */
export function upright({ x, y, w, h }: Box): Box {
  return { x: Math.min(x, x + w), y: Math.min(y, y + h), w: Math.abs(w), h: Math.abs(h) };
}
export const byHeight = (a: Shape, b: Shape): number => a.z - b.z || (a.id < b.id ? -1 : 1);
