/** Arrows as SVG paths. From: chart-svg.tsx. */
interface Point {
  readonly x: number;
  readonly y: number;
}

const radius = 7;
const headLength = 8;
const headWidth = 7;

/** Straight pieces with round corners. */
export function linePath(points: readonly Point[]): string {
  return points
    .map((point, i) => {
      const [before, after] = [points[i - 1], points[i + 1]];
      if (before === undefined) return `M${at(point)}`;
      if (after === undefined) return `L${at(point)}`;
      const r = Math.min(radius, distance(before, point) / 2, distance(point, after) / 2);
      return `L${at(toward(point, before, r))}Q${at(point)} ${at(toward(point, after, r))}`;
    })
    .join("");
}

/** The point at its end. */
export function headPath(points: readonly Point[]): string {
  const [end, before] = [points.at(-1), points.at(-2)];
  if (end === undefined || before === undefined) return "";
  const base = toward(end, before, headLength);
  const [dx, dy] = [((end.x - base.x) / headLength) * (headWidth / 2), ((end.y - base.y) / headLength) * (headWidth / 2)];
  return `M${at(end)}L${at({ x: base.x - dy, y: base.y + dx })}L${at({ x: base.x + dy, y: base.y - dx })}Z`;
}

const at = ({ x, y }: Point): string => `${round(x)} ${round(y)}`;
const round = (n: number): number => Math.round(n * 10) / 10;
const distance = (a: Point, b: Point): number => Math.hypot(a.x - b.x, a.y - b.y);
function toward(from: Point, to: Point, by: number): Point {
  const length = distance(from, to) || 1;
  return { x: from.x + ((to.x - from.x) / length) * by, y: from.y + ((to.y - from.y) / length) * by };
}
