/** Pointers, wheel and pinch on the board's surface: which gesture begins, and who it belongs to. */

import { takesText } from "../shape.ts";
import { type Camera, type Point, panned, toBoard, zoomed } from "./camera.ts";
import { whole } from "./geometry.ts";
import { carrying, drawing, framing, type Gesture, type Handle, handles, isOnSelection, panning, resizing } from "./gestures.ts";
import { type BoardVisit, look, select } from "./visit.ts";

const reachPx = { mouse: 5, touch: 14 } as const;
const wheelZoom = 0.0022;
/** Browsers that count in lines. */
const linePx = 16;

/** Returns how to stop. `isSpaceDown`: the board is dragged, whatever the tool. */
export function followPointer(visit: BoardVisit, surface: HTMLElement, isSpaceDown: () => boolean): () => void {
  const { camera, desk, room, layers } = visit;
  const touches = new Map<number, Point>();
  let gesture: { readonly id: number; readonly does: Gesture } | undefined;
  let pinch: { readonly camera: Camera; readonly middle: Point; readonly apart: number } | undefined;

  const pixelsOf = (event: MouseEvent): Point => {
    const { left, top } = surface.getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top };
  };
  const reachOf = (event: PointerEvent) => (event.pointerType === "touch" ? reachPx.touch : reachPx.mouse) / camera.get().scale;

  const begin = (event: PointerEvent): Gesture | undefined => {
    const pixels = pixelsOf(event);
    const at = toBoard(camera.get(), pixels);
    const keys = { shift: event.shiftKey };
    const { tool, selection } = desk.get();
    if (event.button === 1 || isSpaceDown() || tool === "hand") return panning(visit, pixels);
    if (event.button !== 0) return undefined;
    if (tool !== "select") return drawing(visit, tool, at);
    const handle = handleOf(event.target);
    if (handle !== undefined) return resizing(visit, handle, pixels);
    const hit = layers.at(at, reachOf(event));
    if (event.shiftKey && hit !== undefined) {
      select(visit, selection.includes(hit.id) ? selection.filter((id) => id !== hit.id) : [...selection, hit.id]);
      return undefined;
    }
    if (!isOnSelection(visit, at, reachOf(event))) {
      if (hit === undefined) return framing(visit, at, keys);
      select(visit, [hit.id]);
    }
    return carrying(visit, at, pixels);
  };
  const down = (event: PointerEvent) => {
    if (isForeign(event.target)) return;
    // A text that is being written is done with first, by losing the keyboard.
    surface.focus({ preventScroll: true });
    event.preventDefault();
    surface.setPointerCapture(event.pointerId);
    if (event.pointerType === "touch") {
      touches.set(event.pointerId, pixelsOf(event));
      if (touches.size === 2) {
        gesture?.does.cancel();
        gesture = undefined;
        pinch = { camera: camera.get(), ...spanOf(touches) };
      }
      if (touches.size > 1) return;
    }
    const does = begin(event);
    if (does !== undefined) gesture = { id: event.pointerId, does };
  };
  const move = (event: PointerEvent) => {
    const pixels = pixelsOf(event);
    const at = toBoard(camera.get(), pixels);
    if (event.pointerType !== "touch" || event.isPrimary) room.presence.set({ cursor: [whole(at.x), whole(at.y)] });
    if (touches.has(event.pointerId)) touches.set(event.pointerId, pixels);
    if (pinch !== undefined && touches.size === 2) {
      const { middle, apart } = spanOf(touches);
      const { apart: factor } = pinch;
      const there = panned(pinch.camera, pinch.middle.x - middle.x, pinch.middle.y - middle.y);
      return look(visit, () => zoomed(there, middle, apart / factor));
    }
    if (gesture?.id === event.pointerId) gesture.does.move(at, pixels, { shift: event.shiftKey });
  };
  const up = (event: PointerEvent) => {
    touches.delete(event.pointerId);
    if (touches.size < 2) pinch = undefined;
    if (gesture?.id !== event.pointerId) return;
    const { does } = gesture;
    gesture = undefined;
    if (event.type === "pointerup") does.end();
    else does.cancel();
  };
  const leave = () => room.presence.set({ cursor: null });
  const wheel = (event: WheelEvent) => {
    event.preventDefault();
    const unit = event.deltaMode === WheelEvent.DOM_DELTA_PIXEL ? 1 : linePx;
    const [dx, dy] = [event.deltaX * unit, event.deltaY * unit];
    // A trackpad's pinch comes as a wheel with ctrl.
    if (event.ctrlKey || event.metaKey)
      look(visit, (now) => zoomed(now, pixelsOf(event), Math.exp(-dy * wheelZoom * (Math.abs(dy) < 20 ? 4 : 1))));
    else look(visit, (now) => (event.shiftKey ? panned(now, dy, dx) : panned(now, dx, dy)));
  };
  const twice = (event: MouseEvent) => {
    if (isForeign(event.target) || desk.get().tool !== "select") return;
    const at = toBoard(camera.get(), pixelsOf(event));
    const hit = layers.at(at, reachPx.mouse / camera.get().scale);
    if (hit === undefined) {
      const does = drawing(visit, "text", at);
      does?.end();
    } else if (takesText(hit.kind)) edit(visit, hit.id);
  };
  const escaped = (event: KeyboardEvent) => {
    if (event.key !== "Escape" || gesture === undefined) return;
    gesture.does.cancel();
    gesture = undefined;
    event.stopPropagation();
  };

  const stopAll = new AbortController();
  const options = { signal: stopAll.signal };
  surface.addEventListener("pointerdown", down, options);
  surface.addEventListener("pointermove", move, options);
  surface.addEventListener("pointerup", up, options);
  surface.addEventListener("pointercancel", up, options);
  surface.addEventListener("pointerleave", leave, options);
  surface.addEventListener("dblclick", twice, options);
  surface.addEventListener("wheel", wheel, { ...options, passive: false });
  window.addEventListener("keydown", escaped, { ...options, capture: true });
  return () => stopAll.abort();
}

/** Opens the shape's text, unless the room would refuse it: then it says why. */
export function edit(visit: BoardVisit, id: string): void {
  const { room, desk, toasts } = visit;
  const shape = room.state.context.drawing.flat().find((other) => other.id === id);
  if (shape === undefined || !takesText(shape.kind)) return;
  const verdict = room.explain({ type: "shape.write", shape: id, text: shape.text });
  if (verdict.verdict === "refused") return toasts.tell(verdict.reason, "bad");
  desk.set((now) => ({ ...now, selection: [], editing: { shape, isNew: false } }));
}

const handleOf = (target: EventTarget | null): Handle | undefined => {
  const name = target instanceof HTMLElement ? target.dataset["handle"] : undefined;
  return handles.find((handle) => handle === name);
};
/** Tools, fields and menus that lie over the surface. */
const isForeign = (target: EventTarget | null): boolean => target instanceof Element && target.closest("[data-over], textarea") !== null;

function spanOf(touches: ReadonlyMap<number, Point>): { readonly middle: Point; readonly apart: number } {
  const [a = { x: 0, y: 0 }, b = a] = touches.values();
  return { middle: { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 }, apart: Math.max(1, Math.hypot(a.x - b.x, a.y - b.y)) };
}
