/** What a pointer does from where it goes down to where it comes up. From: pointer.ts. Others see it by presence; a command is sent at the end. */
import { boxesMax, idsMax } from "../commands.ts";
import { type Box, isLine, type Kind, type Shape, upright } from "../shape.ts";
import type { Command } from "./board-room.ts";
import { type Camera, type Point, panned } from "./camera.ts";
import { boundsOf, isHit, settledBox, strokeOf, whole, wholeBox } from "./geometry.ts";
import { letterSize, lineHeight } from "./lettering.ts";
import { act, type BoardVisit, look, select, selected } from "./visit.ts";

export interface Gesture {
  /** `at` in board units, `pixels` on the surface. */
  move(at: Point, pixels: Point, keys: Keys): void;
  end(): void;
  cancel(): void;
}
export interface Keys {
  readonly shift: boolean;
}

/** A pointer that moves less has clicked. */
const dragPxMin = 4;
/** The corner or side of the selection's frame: which of x and y it moves. */
export const handles = ["nw", "n", "ne", "e", "se", "s", "sw", "w"] as const;
export type Handle = (typeof handles)[number];

export function panning(visit: BoardVisit, from: Point): Gesture {
  const { camera, hand } = visit;
  const start: Camera = camera.get();
  hand.set({ does: "pan" });
  const done = () => hand.set({ does: "nothing" });
  return {
    move: (_, pixels) => look(visit, () => panned(start, from.x - pixels.x, from.y - pixels.y)),
    end: done,
    cancel: done,
  };
}

/** Selects what the frame touches; with shift, besides what is selected. */
export function framing(visit: BoardVisit, from: Point, keys: Keys): Gesture {
  const { hand, layers, toasts } = visit;
  const before = keys.shift ? visit.desk.get().selection : [];
  if (!keys.shift) select(visit, []);
  const stop = () => hand.set({ does: "nothing" });
  return {
    move(at) {
      const box = { x: from.x, y: from.y, w: at.x - from.x, h: at.y - from.y };
      hand.set({ does: "frame", box });
      select(visit, [...new Set([...before, ...layers.in(box).map(({ id }) => id)])].slice(0, idsMax));
    },
    end() {
      stop();
      if (visit.desk.get().selection.length === idsMax) toasts.tell(`${idsMax} shapes are selected; more at once is not possible.`);
    },
    cancel: stop,
  };
}

/** `at` is on the selection. What may not be moved stays, and says why. */
export function carrying(visit: BoardVisit, from: Point, fromPx: Point): Gesture | undefined {
  const shapes = selected(visit);
  const frame = boundsOf(shapes);
  if (frame === undefined) return undefined;
  const ids = shapes.map(({ id }) => id);
  const moved = (dx: number, dy: number): Command => ({ type: "shapes.move", ids, dx: whole(dx), dy: whole(dy) });
  return carried(visit, shapes, frame, fromPx, moved(1, 1), {
    to: (at) => ({ ...frame, x: frame.x + whole(at.x - from.x), y: frame.y + whole(at.y - from.y) }),
    command: (to) => moved(to.x - frame.x, to.y - frame.y),
  });
}

/** By one of the frame's handles. Shift keeps the proportions. */
export function resizing(visit: BoardVisit, handle: Handle, fromPx: Point): Gesture | undefined {
  const shapes = selected(visit);
  const frame = boundsOf(shapes);
  if (frame === undefined || shapes.length > boxesMax) return undefined;
  const boxes = (to: Box) => shapes.map((shape) => ({ id: shape.id, ...settledBox(shape, frame, to) }));
  const command = (to: Box): Command => ({ type: "shapes.resize", boxes: boxes(to) });
  return carried(visit, shapes, frame, fromPx, command(frame), { to: (at, keys) => stretched(frame, handle, at, keys.shift), command });
}

interface Carry {
  readonly to: (at: Point, keys: Keys) => Box;
  readonly command: (to: Box) => Command;
}
/** `trial` is asked before anything moves. */
function carried(visit: BoardVisit, shapes: readonly Shape[], from: Box, fromPx: Point, trial: Command, carry: Carry): Gesture {
  const { hand, room, toasts } = visit;
  let to: Box | undefined;
  let isRefused = false;
  const stop = () => hand.set({ does: "nothing" });
  return {
    move(at, pixels, keys) {
      if (isRefused || (to === undefined && Math.hypot(pixels.x - fromPx.x, pixels.y - fromPx.y) < dragPxMin)) return;
      const verdict = to === undefined ? room.explain(trial) : undefined;
      if (verdict?.verdict === "refused") {
        isRefused = true;
        return toasts.tell(verdict.reason, "bad");
      }
      to = carry.to(at, keys);
      hand.set({ does: "carry", shapes, from, to });
    },
    end() {
      // The command first: what it changes is on view when the hand lets go.
      if (to !== undefined && JSON.stringify(to) !== JSON.stringify(from)) act(visit, carry.command(to));
      stop();
    },
    cancel: stop,
  };
}

function stretched(frame: Box, handle: Handle, at: Point, keepsProportions: boolean): Box {
  let [left, top, right, bottom] = [frame.x, frame.y, frame.x + frame.w, frame.y + frame.h];
  if (handle.includes("w")) left = Math.min(at.x, right - 1);
  if (handle.includes("e")) right = Math.max(at.x, left + 1);
  if (handle.includes("n")) top = Math.min(at.y, bottom - 1);
  if (handle.includes("s")) bottom = Math.max(at.y, top + 1);
  if (keepsProportions && handle.length === 2 && frame.w > 0 && frame.h > 0) {
    const factor = Math.max((right - left) / frame.w, (bottom - top) / frame.h);
    if (handle.includes("w")) left = right - frame.w * factor;
    else right = left + frame.w * factor;
    if (handle.includes("n")) top = bottom - frame.h * factor;
    else bottom = top + frame.h * factor;
  }
  return wholeBox({ x: left, y: top, w: right - left, h: bottom - top });
}

/** A new shape. Shift makes squares, circles, and lines in eighths of a turn. */
export function drawing(visit: BoardVisit, kind: Kind, from: Point): Gesture | undefined {
  const { room, toasts } = visit;
  const trial = room.explain(created(blank(visit, kind, { ...from, w: 10, h: 10 }, kind === "pen" ? [0, 0, 1, 1] : [])));
  if (trial.verdict === "refused") {
    toasts.tell(trial.reason, "bad");
    return undefined;
  }
  if (kind === "pen") return penning(visit, from);
  if (kind === "note" || kind === "text") return writing(visit, kind, from);
  return spanning(visit, kind, from);
}

function penning(visit: BoardVisit, from: Point): Gesture {
  const { hand, camera } = visit;
  const drawn: Point[] = [from];
  const shape = (tolerance: number) => {
    const { box, points } = strokeOf(drawn, tolerance);
    return blank(visit, "pen", box, points);
  };
  const show = () => hand.set({ does: "draw", shape: shape(0.25 / camera.get().scale) });
  show();
  return {
    move(at) {
      drawn.push(at);
      show();
    },
    end() {
      act(visit, created(shape(0.6 / camera.get().scale)));
      hand.set({ does: "nothing" });
    },
    cancel: () => hand.set({ does: "nothing" }),
  };
}

const noteSize = 200;
const textWidth = 260;
/** The text comes first, the shape with it. */
function writing(visit: BoardVisit, kind: "note" | "text", from: Point): Gesture {
  const { desk } = visit;
  const size = letterSize(desk.get().style);
  const side = Math.round((noteSize * size) / 18);
  const box =
    kind === "note"
      ? { x: from.x - side / 2, y: from.y - side / 2, w: side, h: side }
      : { x: from.x, y: from.y - (size * lineHeight) / 2, w: Math.round((textWidth * size) / 18), h: Math.ceil(size * lineHeight) };
  return {
    move: () => undefined,
    end: () => desk.set((now) => ({ ...now, tool: "select", selection: [], editing: { shape: blank(visit, kind, box), isNew: true } })),
    cancel: () => undefined,
  };
}

const clickedSize: Box = { x: 0, y: 0, w: 160, h: 100 };
function spanning(visit: BoardVisit, kind: Kind, from: Point): Gesture {
  const { hand, desk } = visit;
  let box: Box | undefined;
  return {
    move(at, _, keys) {
      box = keys.shift ? regular(kind, from, at) : { x: from.x, y: from.y, w: at.x - from.x, h: at.y - from.y };
      hand.set({ does: "draw", shape: blank(visit, kind, isLine(kind) ? box : upright(box)) });
    },
    end() {
      const isClick = box === undefined || Math.hypot(box.w, box.h) * visit.camera.get().scale < dragPxMin;
      const wanted = isClick ? { ...clickedSize, x: from.x - clickedSize.w / 2, y: from.y - clickedSize.h / 2 } : (box as Box);
      const command = created(blank(visit, kind, isLine(kind) ? wanted : upright(wanted)));
      if (act(visit, command)) {
        // Predicted with the id that it will have.
        const made = visit.room.state.context.drawing.flat().find(({ z }) => z === visit.room.state.context.front);
        desk.set((now) => ({ ...now, tool: "select", selection: made === undefined ? [] : [made.id] }));
      }
      hand.set({ does: "nothing" });
    },
    cancel: () => hand.set({ does: "nothing" }),
  };
}

function regular(kind: Kind, from: Point, at: Point): Box {
  const [w, h] = [at.x - from.x, at.y - from.y];
  if (isLine(kind)) {
    const turn = (Math.round((Math.atan2(h, w) / Math.PI) * 4) * Math.PI) / 4;
    const length = Math.hypot(w, h);
    return { x: from.x, y: from.y, w: length * Math.cos(turn), h: length * Math.sin(turn) };
  }
  const side = Math.max(Math.abs(w), Math.abs(h));
  return { x: from.x, y: from.y, w: w < 0 ? -side : side, h: h < 0 ? -side : side };
}

/** A shape that is not on the board yet, in the style of the desk. */
export function blank({ desk }: BoardVisit, kind: Kind, box: Box, points: readonly number[] = []): Shape {
  const { style } = desk.get();
  const at = wholeBox(box);
  const sized = isLine(kind) ? (at.w === 0 && at.h === 0 ? { ...at, w: 1 } : at) : { ...at, w: Math.max(1, at.w), h: Math.max(1, at.h) };
  const fill = kind === "note" && style.fill === "none" ? "yellow" : style.fill;
  return { id: "draft", kind, ...sized, z: 0, ...style, fill, text: "", points, pin: null };
}
export const created = ({ kind, x, y, w, h, stroke, fill, width, text, points }: Shape): Command => ({
  type: "shape.create",
  kind,
  ...{ x, y, w, h, stroke, fill, width },
  ...(text === "" ? {} : { text }),
  ...(kind === "pen" ? { points: [...points] } : {}),
});

/** On the selection: on one of its shapes, or anywhere in the frame of several. */
export function isOnSelection(visit: BoardVisit, at: Point, tolerance: number): boolean {
  const shapes = selected(visit);
  const frame = shapes.length > 1 ? boundsOf(shapes) : undefined;
  const inFrame = frame !== undefined && at.x >= frame.x && at.x <= frame.x + frame.w && at.y >= frame.y && at.y <= frame.y + frame.h;
  return inFrame || shapes.some((shape) => isHit(shape, at, tolerance));
}
