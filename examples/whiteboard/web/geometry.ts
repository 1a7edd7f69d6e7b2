/** Boxes, points and strokes, in board units. */
import { pointNumbersMax, pointRange } from "../commands.ts";
import { type Box, isLine, type Shape, upright } from "../shape.ts";
import type { Point } from "./camera.ts";

/** Whole, and never a negative zero, which JSON does not know. */
export const whole = (n: number): number => Math.round(n) + 0;
export const wholeBox = ({ x, y, w, h }: Box): Box => ({ x: whole(x), y: whole(y), w: whole(w), h: whole(h) });

export function boundsOf(boxes: readonly Box[]): Box | undefined {
  if (boxes.length === 0) return undefined;
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const box of boxes) {
    const { x, y, w, h } = upright(box);
    left = Math.min(left, x);
    top = Math.min(top, y);
    right = Math.max(right, x + w);
    bottom = Math.max(bottom, y + h);
  }
  return { x: left, y: top, w: right - left, h: bottom - top };
}
/** Both upright. */
export const overlap = (a: Box, b: Box): boolean => a.x <= b.x + b.w && b.x <= a.x + a.w && a.y <= b.y + b.h && b.y <= a.y + a.h;
export const grown = ({ x, y, w, h }: Box, by: number): Box => ({ x: x - by, y: y - by, w: w + 2 * by, h: h + 2 * by });

/** Where `box` comes to lie when the frame around it is moved and stretched from one to the other. */
export function carried(box: Box, from: Box, to: Box): Box {
  const sx = from.w === 0 ? 1 : to.w / from.w;
  const sy = from.h === 0 ? 1 : to.h / from.h;
  return { x: to.x + (box.x - from.x) * sx, y: to.y + (box.y - from.y) * sy, w: box.w * sx, h: box.h * sy };
}
/** As it is sent: whole, and with some size where the shape needs one. */
export function settledBox(shape: Shape, from: Box, to: Box): Box {
  const { x, y, w, h } = wholeBox(carried(shape, from, to));
  if (!isLine(shape.kind)) return { x, y, w: Math.max(1, w), h: Math.max(1, h) };
  return w === 0 && h === 0 ? { x, y, w: 1, h } : { x, y, w, h };
}

/** Whether a pointer at `at` is on the shape: on its line, or inside where it is filled or has text. */
export function isHit(shape: Shape, at: Point, tolerance: number): boolean {
  const reach = tolerance + shape.width / 2;
  const box = upright(shape);
  if (!overlap(grown(box, reach), { ...at, w: 0, h: 0 })) return false;
  switch (shape.kind) {
    case "note":
    case "text":
      return true;
    case "line":
    case "arrow":
      return toSegment(at, shape, { x: shape.x + shape.w, y: shape.y + shape.h }) <= reach;
    case "pen":
      return strokePoints(shape).some((point, i, all) => toSegment(at, all[i - 1] ?? point, point) <= reach);
    case "rectangle": {
      const inner = grown(box, -reach);
      return shape.fill !== "none" || shape.text !== "" || inner.w <= 0 || inner.h <= 0 || !overlap(inner, { ...at, w: 0, h: 0 });
    }
    case "ellipse": {
      const from = (rx: number, ry: number) => Math.hypot((at.x - box.x - box.w / 2) / rx, (at.y - box.y - box.h / 2) / ry);
      if (from(box.w / 2 + reach, box.h / 2 + reach) > 1) return false;
      const [rx, ry] = [box.w / 2 - reach, box.h / 2 - reach];
      return shape.fill !== "none" || shape.text !== "" || rx <= 0 || ry <= 0 || from(rx, ry) >= 1;
    }
  }
}

/** A pen's points on the board. */
export function strokePoints({ points, x, y, w, h }: Box & { readonly points: readonly number[] }): readonly Point[] {
  const all: Point[] = [];
  for (let i = 0; i + 1 < points.length; i += 2)
    all.push({ x: x + ((points[i] ?? 0) / pointRange) * w, y: y + ((points[i + 1] ?? 0) / pointRange) * h });
  return all;
}

/** What a pen drew, as a shape has it: a box, and few points in it. */
export function strokeOf(
  drawn: readonly Point[],
  tolerance: number,
  numbersMax = pointNumbersMax,
): { readonly box: Box; readonly points: number[] } {
  let kept = simplified(drawn, tolerance);
  for (let wider = tolerance * 2; kept.length * 2 > numbersMax; wider *= 2) kept = simplified(kept, wider);
  const ends = kept.length === 1 ? [...kept, ...kept] : kept;
  const bounds = boundsOf(ends.map(({ x, y }) => ({ x, y, w: 0, h: 0 }))) ?? { x: 0, y: 0, w: 0, h: 0 };
  const { x, y, w, h } = wholeBox(bounds);
  const box = { x, y, w: Math.max(1, w), h: Math.max(1, h) };
  const inRange = (n: number) => Math.min(pointRange, Math.max(0, whole(n * pointRange)));
  return { box, points: ends.flatMap((point) => [inRange((point.x - box.x) / box.w), inRange((point.y - box.y) / box.h)]) };
}

/** Ramer–Douglas–Peucker: leaves out every point that is nearer than `tolerance` to the line without it. */
function simplified(points: readonly Point[], tolerance: number): readonly Point[] {
  const kept = new Set([0, points.length - 1]);
  const spans: (readonly [number, number])[] = [[0, points.length - 1]];
  for (let span = spans.pop(); span !== undefined; span = spans.pop()) {
    const [from, to] = span;
    const [a, b] = [points[from], points[to]];
    if (a === undefined || b === undefined) continue;
    let [farthest, distance] = [0, tolerance];
    for (let i = from + 1; i < to; i++) {
      const away = toSegment(points[i] ?? a, a, b);
      if (away > distance) [farthest, distance] = [i, away];
    }
    if (farthest === 0) continue;
    kept.add(farthest);
    spans.push([from, farthest], [farthest, to]);
  }
  return points.filter((_, i) => kept.has(i));
}

function toSegment(at: Point, a: Point, b: Point): number {
  const [dx, dy] = [b.x - a.x, b.y - a.y];
  const length = dx * dx + dy * dy;
  const along = length === 0 ? 0 : Math.min(1, Math.max(0, ((at.x - a.x) * dx + (at.y - a.y) * dy) / length));
  return Math.hypot(at.x - a.x - along * dx, at.y - a.y - along * dy);
}
