/**
 * Regions that no arrow joins may stand anywhere: in rows or in columns, so that the whole is seen as big as the area allows. ELK puts them all in one row,
 * and leaves room beside what is in them. From: chart-view.tsx, which knows the area. To: chart-svg.tsx. Pure.
 */
import { anyOf, dotOf, gap, headHeight } from "./graph.ts";
import type { Chart, Line, Place } from "./layout.ts";
import { boxesOf } from "./model.ts";

interface Size {
  readonly width: number;
  readonly height: number;
}
interface Point {
  readonly x: number;
  readonly y: number;
}
interface Packed extends Size {
  readonly at: readonly Point[];
}

/** `aspect`: the area's width by its height. */
export function arranged(chart: Chart, aspect: number): Chart {
  const { root, arrows } = chart.model;
  const regionOf = new Map<string, number>();
  for (const [i, child] of root.children.entries())
    for (const { id } of boxesOf(child)) for (const part of [id, dotOf(id), anyOf(id)]) regionOf.set(part, i);
  const areApart = arrows.every(({ from, to }) => regionOf.has(from) && regionOf.get(from) === regionOf.get(to));
  const frame = chart.places.get(root.id);
  if (root.type !== "parallel" || !areApart || frame === undefined) return chart;

  const ownerOf = (line: string): number => regionOf.get(line.slice(0, line.indexOf(" → "))) ?? -1;
  const regions = root.children.map(({ id }, i) => {
    const { x, y, width, height } = chart.places.get(id) ?? { x: 0, y: 0, width: 0, height: 0 };
    const inside = [...chart.places].filter(([part]) => part !== id && regionOf.get(part) === i).map(([, place]) => place.x + place.width);
    const lines = [...chart.lines].filter(([line]) => ownerOf(line) === i).map(([, line]) => rightOf(line));
    const right = Math.max(...inside, ...lines, x) + gap;
    const used = inside.length === 0 ? width : Math.max(chart.leastWidths.get(id) ?? 0, right - x);
    return { id, x, y, width: Math.min(width, used), height };
  });
  const packed = packing(regions, aspect);
  const head = headHeight(root) + gap / 2;
  const shifts = regions.map(({ x, y }, i) => ({
    x: frame.x + gap + (packed.at[i]?.x ?? 0) - x,
    y: frame.y + head + (packed.at[i]?.y ?? 0) - y,
  }));

  const size = {
    width: Math.max(packed.width + 2 * gap, chart.leastWidths.get(root.id) ?? 0),
    height: packed.height + head + gap,
  };
  const places = new Map<string, Place>([...chart.places].map(([id, place]) => [id, moved(place, shifts[regionOf.get(id) ?? -1])]));
  places.set(root.id, { ...frame, ...size });
  for (const { id, width, height } of regions) places.set(id, { ...(places.get(id) ?? frame), width, height });
  const lines = new Map<string, Line>(
    [...chart.lines].map(([id, { points, label }]) => {
      const by = shifts[ownerOf(id)];
      return [id, { points: points.map((point) => moved(point, by)), label: label && moved(label, by) }];
    }),
  );
  return { ...chart, places, lines, width: size.width + 2 * frame.x, height: size.height + 2 * frame.y };
}

const moved = <T extends Point>(at: T, by: Point | undefined): T => ({ ...at, x: at.x + (by?.x ?? 0), y: at.y + (by?.y ?? 0) });
const rightOf = ({ points, label }: Line): number => Math.max(...points.map(({ x }) => x), label === undefined ? 0 : label.x + label.width);

/** In their order, in rows or in columns of any length: whatever can be shown biggest. */
export function packing(sizes: readonly Size[], aspect: number): Packed {
  const turned = sizes.map(({ width, height }) => ({ width: height, height: width }));
  const turnedBack = ({ at, width, height }: Packed): Packed => ({
    at: at.map(({ x, y }) => ({ x: y, y: x })),
    width: height,
    height: width,
  });
  const all = [...rowsOfAnyLength(sizes), ...rowsOfAnyLength(turned).map(turnedBack)];
  const scaleOf = ({ width, height }: Size): number => Math.min(aspect / width, 1 / height);
  return all.reduce((best, one) => (scaleOf(one) > scaleOf(best) ? one : best));
}

/** A row is as long as some of them after each other: other lengths give the same rows. */
function rowsOfAnyLength(sizes: readonly Size[]): readonly Packed[] {
  const lengths = new Set<number>();
  for (let first = 0; first < sizes.length; first++) {
    let length = -gap;
    for (const { width } of sizes.slice(first)) {
      length += width + gap;
      lengths.add(length);
    }
  }
  const widest = Math.max(...sizes.map(({ width }) => width));
  return [...lengths].filter((length) => length >= widest).map((length) => inRows(sizes, length));
}

function inRows(sizes: readonly Size[], widthMax: number): Packed {
  const at: Point[] = [];
  let [x, y, rowHeight, width] = [0, 0, 0, 0];
  for (const size of sizes) {
    if (x > 0 && x + size.width > widthMax) [x, y, rowHeight] = [0, y + rowHeight + gap, 0];
    at.push({ x, y });
    x += size.width + gap;
    rowHeight = Math.max(rowHeight, size.height);
    width = Math.max(width, x - gap);
  }
  return { at, width, height: y + rowHeight };
}
