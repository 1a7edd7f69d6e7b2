/** Where one looks: board units to pixels of the surface and back. `x`, `y`: the board's point in the surface's top left corner. */
import { type Box, upright } from "../shape.ts";

export interface Camera {
  readonly x: number;
  readonly y: number;
  /** Pixels per board unit. */
  readonly scale: number;
}
export interface Point {
  readonly x: number;
  readonly y: number;
}
export interface Size {
  readonly width: number;
  readonly height: number;
}

export const scaleMin = 0.05;
export const scaleMax = 4;

export const toBoard = (camera: Camera, { x, y }: Point): Point => ({ x: camera.x + x / camera.scale, y: camera.y + y / camera.scale });

/** As the wheel goes: the board moves by pixels. */
export const panned = (camera: Camera, dx: number, dy: number): Camera => ({
  ...camera,
  x: camera.x + dx / camera.scale,
  y: camera.y + dy / camera.scale,
});

/** What lies under `at` stays there. */
export function zoomed(camera: Camera, at: Point, factor: number): Camera {
  const scale = Math.min(scaleMax, Math.max(scaleMin, camera.scale * factor));
  const { x, y } = toBoard(camera, at);
  return { scale, x: x - at.x / scale, y: y - at.y / scale };
}

/** What the surface shows. */
export const seen = (camera: Camera, { width, height }: Size): Box => ({
  x: camera.x,
  y: camera.y,
  w: width / camera.scale,
  h: height / camera.scale,
});

export const centred = (middle: Point, scale: number, size: Size): Camera => ({
  x: middle.x - size.width / 2 / scale,
  y: middle.y - size.height / 2 / scale,
  scale,
});

const marginPx = (size: Size): number => Math.min(72, size.width / 12);

/** All of `box`, with some air around it, not larger than life. */
export function fitted(box: Box, size: Size): Camera {
  const { x, y, w, h } = upright(box);
  const fits = Math.min((size.width - 2 * marginPx(size)) / Math.max(w, 1), (size.height - 2 * marginPx(size)) / Math.max(h, 1));
  const scale = Math.min(1, Math.max(scaleMin, fits));
  return centred({ x: x + w / 2, y: y + h / 2 }, scale, size);
}
