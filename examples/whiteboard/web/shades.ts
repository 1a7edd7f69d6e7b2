/** The palette in both themes. A canvas takes colours, not custom properties, so they are here and not in the stylesheet. */
import type { Colour } from "../shape.ts";

interface Shades {
  readonly line: string;
  readonly fill: string;
  /** Behind a note's text. */
  readonly note: string;
}
export type Theme = Readonly<Record<Colour, Shades>>;

export const light: Theme = {
  ink: { line: "#26221d", fill: "#e4e0d9", note: "#ece9e3" },
  grey: { line: "#857c70", fill: "#eeebe6", note: "#e6e2dc" },
  red: { line: "#d13b3b", fill: "#fbdcd9", note: "#ffc9c4" },
  orange: { line: "#cf6a12", fill: "#fde5cd", note: "#ffd5ad" },
  yellow: { line: "#b98900", fill: "#fdf1c4", note: "#ffea9c" },
  green: { line: "#22864f", fill: "#d8f1e1", note: "#bfeccf" },
  blue: { line: "#2f62d9", fill: "#dbe6fd", note: "#c3d8ff" },
  violet: { line: "#8446c9", fill: "#ecdffb", note: "#e0ccfb" },
};
export const dark: Theme = {
  ink: { line: "#ece7df", fill: "#3b3732", note: "#46423c" },
  grey: { line: "#9d9488", fill: "#312d29", note: "#3d3934" },
  red: { line: "#ff8279", fill: "#4a2624", note: "#6b302d" },
  orange: { line: "#ffa75c", fill: "#4a3018", note: "#6a4119" },
  yellow: { line: "#edc650", fill: "#453a17", note: "#665413" },
  green: { line: "#66d196", fill: "#1c3d2b", note: "#23553a" },
  blue: { line: "#86adff", fill: "#21325c", note: "#2a427d" },
  violet: { line: "#c59bff", fill: "#3a2756", note: "#4f3377" },
};
