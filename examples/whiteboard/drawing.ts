/**
 * All shapes of a board, by id. In buckets, since an immutable change copies the list that it changes, and arrays, since engines copy those
 * as memory: a change among 5,000 shapes costs a few microseconds; in one record it would cost a quarter of a millisecond. From: machine.ts.
 */
import type { Shape } from "./shape.ts";

const bucketCount = 128;

/** A shape lies in the bucket that its id says. All buckets are there, empty or not. */
export type Drawing = readonly (readonly Shape[])[];

export const emptyDrawing: Drawing = Array.from({ length: bucketCount }, () => []);

export const shapeOf = (drawing: Drawing, id: string): Shape | undefined => drawing[bucketOf(id)]?.find((shape) => shape.id === id);

/** Those of `ids` that are there, in that order. */
export const shapesOf = (drawing: Drawing, ids: readonly string[]): readonly Shape[] => ids.flatMap((id) => shapeOf(drawing, id) ?? []);

export const allShapes = (drawing: Drawing): readonly Shape[] => drawing.flat();

/** Each new, or in the place of the one with its id. */
export const withShapes = (drawing: Drawing, shapes: readonly Shape[]): Drawing =>
  edited(drawing, shapes, (bucket, shape) => {
    const at = bucket.findIndex(({ id }) => id === shape.id);
    if (at < 0) bucket.push(shape);
    else bucket[at] = shape;
  });

export const withoutShapes = (drawing: Drawing, shapes: readonly Shape[]): Drawing =>
  edited(drawing, shapes, (bucket, shape) => {
    bucket.splice(bucket.indexOf(shape), 1);
  });

/** `edit` gets a copy of the bucket of each; no bucket is copied twice. */
function edited(drawing: Drawing, shapes: readonly Shape[], edit: (bucket: Shape[], shape: Shape) => void): Drawing {
  const next = [...drawing];
  const copies = new Map<number, Shape[]>();
  for (const shape of shapes) {
    const key = bucketOf(shape.id);
    const copy = copies.get(key) ?? [...(drawing[key] ?? [])];
    edit(copy, shape);
    copies.set(key, copy);
    next[key] = copy;
  }
  return next;
}

/** FNV-1a, folded, since ids differ in their last characters. The same everywhere: states are compared by their bytes. */
function bucketOf(id: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < id.length; i++) hash = Math.imul(hash ^ id.charCodeAt(i), 0x01000193);
  return ((hash >>> 16) ^ hash) & (bucketCount - 1);
}
