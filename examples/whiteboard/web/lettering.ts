/** Text on shapes: its size, and how it breaks into lines. */
import { isLine, type Shape, type Width } from "../shape.ts";

const family = 'Inter, system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif';
/** Board units; a broader line means larger letters. */
const sizes: Readonly<Record<Width, number>> = { 2: 18, 4: 28, 8: 48 };
export const lineHeight = 1.3;
const padding = 12;

export const letterSize = ({ width }: Pick<Shape, "width">): number => sizes[width];
export const fontOf = (shape: Pick<Shape, "width" | "kind">): string =>
  `${shape.kind === "text" ? 500 : 450} ${letterSize(shape)}px ${family}`;
export const paddingOf = ({ kind }: Pick<Shape, "kind">): number => (kind === "text" ? 0 : padding);
/** Text in rectangles and ellipses stands in the middle. */
export const isCentred = ({ kind }: Pick<Shape, "kind">): boolean => kind === "rectangle" || kind === "ellipse";

const known = new WeakMap<Shape, readonly string[]>();
let ruler: CanvasRenderingContext2D | undefined;

/** Shapes never change, so the lines of each are found once. */
export function linesOf(shape: Shape): readonly string[] {
  const before = known.get(shape);
  if (before !== undefined) return before;
  const lines = broken(shape, Math.max(1, Math.abs(shape.w) - 2 * paddingOf(shape)));
  known.set(shape, lines);
  return lines;
}

/** That the text needs, at least `hMin`. */
export function heightFor(shape: Shape, text: string, hMin: number): number {
  const lines = broken({ ...shape, text }, Math.max(1, shape.w - 2 * paddingOf(shape)));
  return Math.max(hMin, Math.ceil(lines.length * letterSize(shape) * lineHeight + 2 * paddingOf(shape)));
}

function broken(shape: Shape, wide: number): readonly string[] {
  if (shape.text === "" || isLine(shape.kind)) return [];
  ruler ??= document.createElement("canvas").getContext("2d") ?? undefined;
  if (ruler === undefined) throw new Error("This browser has no canvas.");
  ruler.font = fontOf(shape);
  const lines: string[] = [];
  for (const paragraph of shape.text.split("\n")) {
    let line = "";
    for (const word of paragraph.split(/(?<=\s)/)) {
      if (line !== "" && ruler.measureText((line + word).trimEnd()).width > wide) {
        lines.push(line);
        line = "";
      }
      line += word;
      // A word that is longer than a line breaks where it must.
      while (ruler.measureText(line.trimEnd()).width > wide && line.length > 1) {
        const fits = fitting(ruler, line, wide);
        lines.push(line.slice(0, fits));
        line = line.slice(fits);
      }
    }
    lines.push(line);
  }
  return lines.map((line) => line.trimEnd());
}

function fitting(ruler: CanvasRenderingContext2D, text: string, wide: number): number {
  let [low, high] = [1, text.length];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (ruler.measureText(text.slice(0, middle)).width <= wide) low = middle;
    else high = middle - 1;
  }
  return low;
}
