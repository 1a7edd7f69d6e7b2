/** What the page reckons with: strokes, frames, what is under a pointer, and which shape lies in front. */
import { expect, test } from "bun:test";
import { random } from "quorate/testing";
import { pointNumbersMax, pointRange } from "./commands.ts";
import { emptyDrawing, withoutShapes, withShapes } from "./drawing.ts";
import { byHeight, type Shape } from "./shape.ts";
import { fitted, toBoard, zoomed } from "./web/camera.ts";
import { boundsOf, carried, isHit, settledBox, strokeOf, strokePoints, whole } from "./web/geometry.ts";
import { Layers } from "./web/layers.ts";

const shape = (some: Partial<Shape> = {}): Shape => ({
  id: "a-1",
  kind: "rectangle",
  ...{ x: 0, y: 0, w: 100, h: 60, z: 1, stroke: "ink", fill: "none", width: 2, text: "", points: [], pin: null },
  ...some,
});

test("a pen's stroke keeps its form in few points, and never has more than fit into a command", () => {
  const wave = Array.from({ length: 400 }, (_, i) => ({ x: i, y: 60 * Math.sin(i / 40) }));
  const { box, points } = strokeOf(wave, 0.5);
  expect(points.length).toBeLessThan(160);
  expect(points.every((n) => Number.isInteger(n) && n >= 0 && n <= pointRange)).toBe(true);
  const kept = strokePoints({ ...box, points });
  for (const { x, y } of wave) expect(isHit(shape({ kind: "pen", ...box, points, width: 2 }), { x, y }, 1)).toBe(true);
  expect(kept[0]).toEqual({ x: 0, y: expect.closeTo(0, 0) });
  const next = random(7);
  const scribble = Array.from({ length: 3_000 }, () => ({ x: next() * 500, y: next() * 500 }));
  expect(strokeOf(scribble, 0.1).points.length).toBeLessThanOrEqual(pointNumbersMax);
  const dot = strokeOf([{ x: 5, y: 5 }], 1);
  expect(dot).toMatchObject({ box: { x: 5, y: 5, w: 1, h: 1 }, points: { length: 4 } });
});

test("what is carried from one frame to another and back lies as before; whole numbers have no negative zero", () => {
  const [from, to] = [
    { x: 10, y: 20, w: 100, h: 50 },
    { x: -30, y: 5, w: 300, h: 25 },
  ];
  const box = { x: 40, y: 30, w: 20, h: 10 };
  expect(carried(carried(box, from, to), to, from)).toEqual(box);
  expect(settledBox(shape({ w: 3 }), { x: 0, y: 0, w: 100, h: 60 }, { x: 0, y: 0, w: 1, h: 1 })).toEqual({ x: 0, y: 0, w: 1, h: 1 });
  expect(Object.is(whole(-0.2), 0)).toBe(true);
  expect(boundsOf([shape({ kind: "line", x: 50, y: 50, w: -20, h: -10 })])).toEqual({ x: 30, y: 40, w: 20, h: 10 });
  expect(boundsOf([])).toBeUndefined();
});

test("an outline is hit on its line, what is filled or written on anywhere, a line along its way", () => {
  expect(isHit(shape(), { x: 1, y: 30 }, 3)).toBe(true);
  expect(isHit(shape(), { x: 50, y: 30 }, 3)).toBe(false);
  expect(isHit(shape({ fill: "red" }), { x: 50, y: 30 }, 3)).toBe(true);
  expect(isHit(shape({ text: "a" }), { x: 50, y: 30 }, 3)).toBe(true);
  expect(isHit(shape({ kind: "ellipse", fill: "red" }), { x: 4, y: 4 }, 1)).toBe(false);
  expect(isHit(shape({ kind: "ellipse" }), { x: 0, y: 30 }, 3)).toBe(true);
  expect(isHit(shape({ kind: "arrow", w: 100, h: 100 }), { x: 50, y: 52 }, 3)).toBe(true);
  expect(isHit(shape({ kind: "arrow", w: 100, h: 100 }), { x: 80, y: 20 }, 3)).toBe(false);
});

test("zooming keeps what is under the pointer there; everything fits, and nothing is larger than life", () => {
  const camera = { x: -40, y: 12, scale: 0.5 };
  const at = { x: 333, y: 120 };
  const [before, after] = [toBoard(camera, at), toBoard(zoomed(camera, at, 1.7), at)];
  expect(after.x).toBeCloseTo(before.x, 6);
  expect(after.y).toBeCloseTo(before.y, 6);
  const size = { width: 800, height: 600 };
  expect(fitted({ x: 0, y: 0, w: 10, h: 10 }, size).scale).toBe(1);
  const far = fitted({ x: -4_000, y: 0, w: 8_000, h: 300 }, size);
  expect(toBoard(far, { x: 0, y: 0 }).x).toBeLessThan(-4_000);
  expect(toBoard(far, { x: 800, y: 600 }).x).toBeGreaterThan(4_000);
});

test("the layers follow a drawing change by change, and have what sorting it anew would give", () => {
  const layers = new Layers();
  const next = random(3);
  let drawing = emptyDrawing;
  expect(layers.follow(drawing)).toBe(false);
  for (let n = 0; n < 300; n++) {
    const id = `c-${Math.floor(next() * 80)}`;
    drawing =
      next() < 0.3
        ? withoutShapes(
            drawing,
            drawing.flat().filter((one) => one.id === id),
          )
        : withShapes(drawing, [shape({ id, z: Math.floor(next() * 20), x: n })]);
    layers.follow(drawing);
    expect(layers.sorted).toEqual(drawing.flat().toSorted(byHeight));
  }
  expect(layers.sorted.length).toBeGreaterThan(20);
  const front = withShapes(emptyDrawing, [shape({ id: "back", fill: "red" }), shape({ id: "front", z: 2, fill: "red" })]);
  layers.follow(front);
  expect(layers.at({ x: 50, y: 30 }, 1)?.id).toBe("front");
  expect(layers.in({ x: 90, y: 50, w: 50, h: 50 }).map(({ id }) => id)).toEqual(["back", "front"]);
});
