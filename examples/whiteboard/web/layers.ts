/** The shapes from back to front. Kept in step with a drawing by what changed in it, since sorting 5,000 shapes for each op would be felt. */
import { type Drawing, emptyDrawing } from "../drawing.ts";
import { type Box, byHeight, type Shape, upright } from "../shape.ts";
import type { Point } from "./camera.ts";
import { isHit, overlap } from "./geometry.ts";

export class Layers {
  #drawing: Drawing = emptyDrawing;
  #sorted: readonly Shape[] = [];

  /** A new array after each change. */
  get sorted(): readonly Shape[] {
    return this.#sorted;
  }

  /** Returns whether anything is another than before. */
  follow(drawing: Drawing): boolean {
    if (drawing === this.#drawing) return false;
    const gone = new Set<Shape>();
    const fresh: Shape[] = [];
    for (const [i, bucket] of drawing.entries()) {
      const before = this.#drawing[i] ?? [];
      if (bucket === before) continue;
      const old = new Set(before);
      for (const shape of bucket) if (!old.delete(shape)) fresh.push(shape);
      for (const shape of old) gone.add(shape);
    }
    this.#drawing = drawing;
    this.#sorted = merged(
      this.#sorted.filter((shape) => !gone.has(shape)),
      fresh.sort(byHeight),
    );
    return true;
  }

  /** The frontmost under the pointer. */
  at(point: Point, tolerance: number): Shape | undefined {
    return this.#sorted.findLast((shape) => isHit(shape, point, tolerance));
  }

  /** What `box` touches. */
  in(box: Box): readonly Shape[] {
    const area = upright(box);
    return this.#sorted.filter((shape) => overlap(upright(shape), area));
  }
}

function merged(a: readonly Shape[], b: readonly Shape[]): readonly Shape[] {
  const all: Shape[] = [];
  let i = 0;
  for (const shape of b) {
    for (let next = a[i]; next !== undefined && byHeight(next, shape) <= 0; next = a[++i]) all.push(next);
    all.push(shape);
  }
  for (; i < a.length; i++) all.push(a[i] as Shape);
  return all;
}
