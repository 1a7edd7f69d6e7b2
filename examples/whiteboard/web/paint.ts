/** Shapes on a canvas whose transform is the camera's. */
import { type Shape, upright } from "../shape.ts";
import { strokePoints } from "./geometry.ts";
import { fontOf, isCentred, letterSize, lineHeight, linesOf, paddingOf } from "./lettering.ts";
import type { Theme } from "./shades.ts";

/** Smaller letters are a grey line to the eye, and dear. */
const letterPxMin = 4.5;
/** Smaller shapes are a dot. */
const detailPxMin = 4;

/** `scale`: pixels per board unit, for what need not be painted. */
export function paintShape(canvas: CanvasRenderingContext2D, shape: Shape, theme: Theme, scale: number): void {
  const { kind, stroke, fill, width } = shape;
  const box = upright(shape);
  if (Math.max(box.w, box.h) * scale < detailPxMin) {
    canvas.fillStyle = kind === "note" && fill !== "none" ? theme[fill].note : theme[stroke].line;
    canvas.fillRect(box.x, box.y, Math.max(box.w, 1 / scale), Math.max(box.h, 1 / scale));
    return;
  }
  canvas.lineWidth = width;
  canvas.strokeStyle = theme[stroke].line;
  if (fill !== "none") canvas.fillStyle = kind === "note" ? theme[fill].note : theme[fill].fill;
  switch (kind) {
    case "note":
      canvas.fillStyle = theme[fill === "none" ? "yellow" : fill].note;
      canvas.fillRect(box.x, box.y, box.w, box.h);
      break;
    case "rectangle":
      if (fill !== "none") canvas.fillRect(box.x, box.y, box.w, box.h);
      canvas.strokeRect(box.x, box.y, box.w, box.h);
      break;
    case "text":
      break;
    default: {
      const path = pathOf(shape);
      if (kind === "ellipse" && fill !== "none") canvas.fill(path);
      canvas.stroke(path);
    }
  }
  if (shape.text !== "" && letterSize(shape) * scale >= letterPxMin) paintText(canvas, shape, theme);
}

function paintText(canvas: CanvasRenderingContext2D, shape: Shape, theme: Theme): void {
  const lines = linesOf(shape);
  const step = letterSize(shape) * lineHeight;
  const { x, y, w, h } = upright(shape);
  const padding = paddingOf(shape);
  const centred = isCentred(shape);
  canvas.font = fontOf(shape);
  canvas.fillStyle = theme[shape.stroke].line;
  canvas.textAlign = centred ? "center" : "left";
  canvas.textBaseline = "middle";
  const left = centred ? x + w / 2 : x + padding;
  const top = centred ? y + (h - lines.length * step) / 2 : y + padding;
  for (const [i, line] of lines.entries()) if (line !== "") canvas.fillText(line, left, top + (i + 0.5) * step);
}

/** Shapes never change, so the path of each is made once. */
const paths = new WeakMap<Shape, Path2D>();
function pathOf(shape: Shape): Path2D {
  const before = paths.get(shape);
  if (before !== undefined) return before;
  const path = new Path2D();
  const { kind, x, y, w, h, width } = shape;
  if (kind === "ellipse") path.ellipse(x + w / 2, y + h / 2, w / 2, h / 2, 0, 0, 2 * Math.PI);
  else if (kind === "pen") curve(path, shape);
  else {
    path.moveTo(x, y);
    path.lineTo(x + w, y + h);
    if (kind === "arrow") arrowHead(path, x, y, w, h, width);
  }
  paths.set(shape, path);
  return path;
}

/** Through the middles between the points, so that it has no corners. */
function curve(path: Path2D, shape: Shape): void {
  const points = strokePoints(shape);
  const [first, ...others] = points;
  if (first === undefined) return;
  path.moveTo(first.x, first.y);
  for (const [i, point] of others.entries()) {
    const next = others[i + 1];
    if (next === undefined) path.lineTo(point.x, point.y);
    else path.quadraticCurveTo(point.x, point.y, (point.x + next.x) / 2, (point.y + next.y) / 2);
  }
}

function arrowHead(path: Path2D, x: number, y: number, w: number, h: number, width: number): void {
  const angle = Math.atan2(h, w);
  const size = Math.min(10 + 2.5 * width, Math.hypot(w, h) / 2);
  for (const side of [-0.45, 0.45]) {
    path.moveTo(x + w, y + h);
    path.lineTo(x + w - size * Math.cos(angle + side), y + h - size * Math.sin(angle + side));
  }
}
