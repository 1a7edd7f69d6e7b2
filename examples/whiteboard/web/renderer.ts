/**
 * Paints the board. Two canvases: what lies still, painted with a margin and only shifted while one looks around; and above it what is in
 * somebody's hand. From: the room, the desk and the camera. One frame at a time, and none when nothing changes.
 */
import type { Box, Shape } from "../shape.ts";
import { type Camera, seen } from "./camera.ts";
import { carried } from "./geometry.ts";
import { OthersHands } from "./others-hands.ts";
import { paintShape } from "./paint.ts";
import { dark, light, type Theme } from "./shades.ts";
import type { BoardVisit } from "./visit.ts";

interface Surface {
  readonly root: HTMLElement;
  readonly still: HTMLCanvasElement;
  readonly moving: HTMLCanvasElement;
  /** Lies in board units, under the camera. */
  readonly world: HTMLElement;
}

/** Painted around what is seen, in pixels. */
const marginPx = 256;
/** A picture that is stretched more looks poor. */
const stretchMax = 1.5;
/** After the last turn of the wheel. */
const sharpenMs = 120;
const dotsEvery = 24;
const isDark = "(prefers-color-scheme: dark)";

export class Renderer {
  readonly #visit: BoardVisit;
  readonly #surface: Surface;
  readonly #others: OthersHands;
  readonly #stops: (() => void)[] = [];
  #theme: Theme = light;
  #painted: Camera | undefined;
  #hidden = "";
  #frame = 0;
  #sharpen: ReturnType<typeof setTimeout> | undefined;
  #isMovingEmpty = true;

  constructor(visit: BoardVisit, surface: Surface) {
    this.#visit = visit;
    this.#surface = surface;
    this.#others = new OthersHands(visit.room);
    const { room, desk, hand, camera, size } = visit;
    const request = () => this.#request();
    this.#stops.push(room.subscribe(request), desk.subscribe(request), hand.subscribe(request), camera.subscribe(request));
    this.#stops.push(size.subscribe(() => this.#repaint()));
    const scheme = matchMedia(isDark);
    const themed = () => {
      this.#theme = scheme.matches ? dark : light;
      this.#repaint();
    };
    scheme.addEventListener("change", themed);
    this.#stops.push(() => scheme.removeEventListener("change", themed));
    themed();
  }

  stop(): void {
    for (const stop of this.#stops) stop();
    cancelAnimationFrame(this.#frame);
    clearTimeout(this.#sharpen);
    this.#frame = -1;
  }

  /** Everything anew. */
  #repaint(): void {
    this.#painted = undefined;
    this.#request();
  }

  #request(): void {
    if (this.#frame !== 0) return;
    this.#frame = requestAnimationFrame((now) => {
      this.#frame = 0;
      this.#paint(now);
    });
  }

  #paint(nowMs: number): void {
    const { room, layers, camera, desk, hand } = this.#visit;
    const changed = layers.follow(room.state.context.drawing);
    const now = hand.get();
    const { editing } = desk.get();
    if (this.#others.follow(nowMs, layers)) this.#request();
    const own = now.does === "carry" ? now.shapes : [];
    const hidden = new Set([...own.map(({ id }) => id), ...this.#others.heldIds, ...(editing === undefined ? [] : [editing.shape.id])]);
    const key = [...hidden].join();
    if (changed || key !== this.#hidden || this.#isTooFar(camera.get())) this.#paintStill(hidden);
    this.#hidden = key;
    this.#place();
    this.#paintMoving([
      ...this.#others.shapes,
      ...(now.does === "carry" ? now.shapes.map((shape) => ({ ...shape, ...carried(shape, now.from, now.to) })) : []),
      ...(now.does === "draw" ? [now.shape] : []),
      ...(editing === undefined ? [] : [{ ...editing.shape, text: "" }]),
    ]);
  }

  /** The picture shows too little of what is seen now, or too coarsely. */
  #isTooFar(camera: Camera): boolean {
    const painted = this.#painted;
    if (painted === undefined) return true;
    const stretch = camera.scale / painted.scale;
    if (stretch > stretchMax || stretch < 1 / stretchMax) return true;
    const view = seen(camera, this.#visit.size.get());
    const picture = this.#picture(painted);
    if (view.x < picture.x || view.y < picture.y || view.x + view.w > picture.x + picture.w || view.y + view.h > picture.y + picture.h)
      return true;
    if (stretch === 1) return false;
    clearTimeout(this.#sharpen);
    this.#sharpen = setTimeout(() => this.#repaint(), sharpenMs);
    return false;
  }

  #picture(camera: Camera): Box {
    const { width, height } = this.#visit.size.get();
    const margin = marginPx / camera.scale;
    return { x: camera.x - margin, y: camera.y - margin, w: width / camera.scale + 2 * margin, h: height / camera.scale + 2 * margin };
  }

  #paintStill(hidden: ReadonlySet<string>): void {
    clearTimeout(this.#sharpen);
    const { camera, size, layers } = this.#visit;
    const at = camera.get();
    const { width, height } = size.get();
    const picture = this.#picture(at);
    const canvas = cleared(this.#surface.still, width + 2 * marginPx, height + 2 * marginPx);
    look(canvas, at.scale, picture.x, picture.y);
    const [right, bottom] = [picture.x + picture.w, picture.y + picture.h];
    for (const shape of layers.sorted) {
      const { x, y, w, h, width: line, id } = shape;
      // Inlined: it runs for every shape of the board.
      if ((w < 0 ? x : x + w) + line < picture.x || (w < 0 ? x + w : x) - line > right) continue;
      if ((h < 0 ? y : y + h) + line < picture.y || (h < 0 ? y + h : y) - line > bottom) continue;
      if (!hidden.has(id)) paintShape(canvas, shape, this.#theme, at.scale);
    }
    this.#painted = at;
  }

  /** The picture, the dots and the world, to where the camera is. */
  #place(): void {
    const { camera } = this.#visit;
    const { x, y, scale } = camera.get();
    const { still, world, root } = this.#surface;
    const picture = this.#picture(this.#painted ?? camera.get());
    const stretch = scale / (this.#painted?.scale ?? scale);
    still.style.transform = `translate(${(picture.x - x) * scale}px, ${(picture.y - y) * scale}px) scale(${stretch})`;
    world.style.transform = `translate(${-x * scale}px, ${-y * scale}px) scale(${scale})`;
    world.style.setProperty("--zoom", String(scale));
    const dots = dotsEvery * scale * (scale < 0.2 ? 16 : scale < 0.6 ? 4 : 1);
    root.style.backgroundSize = `${dots}px ${dots}px`;
    root.style.backgroundPosition = `${-x * scale}px ${-y * scale}px`;
  }

  #paintMoving(shapes: readonly Shape[]): void {
    if (shapes.length === 0 && this.#isMovingEmpty) return;
    this.#isMovingEmpty = shapes.length === 0;
    const { camera, size } = this.#visit;
    const { x, y, scale } = camera.get();
    const { width, height } = size.get();
    const canvas = cleared(this.#surface.moving, width, height);
    look(canvas, scale, x, y);
    for (const shape of shapes) paintShape(canvas, shape, this.#theme, scale);
  }
}

/** Of the size in CSS pixels, sharp on dense screens. */
function cleared(element: HTMLCanvasElement, width: number, height: number): CanvasRenderingContext2D {
  const [w, h] = [Math.round(width * density()), Math.round(height * density())];
  const canvas = element.getContext("2d");
  if (canvas === null) throw new Error("This browser has no canvas.");
  if (element.width !== w || element.height !== h) {
    element.width = w;
    element.height = h;
    element.style.width = `${width}px`;
    element.style.height = `${height}px`;
  } else {
    canvas.setTransform(1, 0, 0, 1, 0, 0);
    canvas.clearRect(0, 0, w, h);
  }
  canvas.lineCap = "round";
  canvas.lineJoin = "round";
  return canvas;
}
const density = (): number => Math.min(2, devicePixelRatio);
const look = (canvas: CanvasRenderingContext2D, scale: number, x: number, y: number): void => {
  const k = scale * density();
  canvas.setTransform(k, 0, 0, k, -x * k, -y * k);
};
