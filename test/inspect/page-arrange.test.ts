import { afterAll, describe, expect, test } from "bun:test";
import ELK from "elkjs/lib/elk-api.js";
import fc from "fast-check";
import { type AnyStateMachine, createMachine } from "xstate";
import { definitionOf } from "../../src/inspect/definition.ts";
import { arranged, packing } from "../../src/inspect/page/chart/arrange.ts";
import { gap, graphOf } from "../../src/inspect/page/chart/graph.ts";
import { type Chart, type Place, placed } from "../../src/inspect/page/chart/layout.ts";
import { chartModel } from "../../src/inspect/page/chart/model.ts";
import { meeting } from "../../src/meeting/room.ts";

const measure = (text: string): number => text.length * 7;
const elk = new ELK({ workerUrl: import.meta.resolve("elkjs/lib/elk-worker.min.js") });
afterAll(() => elk.terminateWorker());
async function laidOut(machine: AnyStateMachine): Promise<Chart> {
  const model = chartModel(definitionOf(machine));
  return placed(model, await elk.layout(graphOf(model, measure)), measure);
}
const contains = (outer: Place, { x, y, width, height }: Place): boolean =>
  x >= outer.x && y >= outer.y && x + width <= outer.x + outer.width + 0.5 && y + height <= outer.y + outer.height + 0.5;
const scale = ({ width, height }: { readonly width: number; readonly height: number }, aspect: number): number =>
  Math.min(aspect / width, 1 / height);

test("boxes are packed without touching, and are seen at least as big as in one row or in one column", () => {
  const size = fc.record({ width: fc.integer({ min: 1, max: 900 }), height: fc.integer({ min: 1, max: 900 }) });
  fc.assert(
    fc.property(fc.array(size, { minLength: 1, maxLength: 8 }), fc.double({ min: 0.3, max: 3, noNaN: true }), (sizes, aspect) => {
      const packed = packing(sizes, aspect);
      const all = sizes.map((one, i) => ({ ...one, x: packed.at[i]?.x ?? -1, y: packed.at[i]?.y ?? -1 }));
      for (const [i, a] of all.entries()) {
        expect(contains({ x: 0, y: 0, ...packed }, a)).toBe(true);
        for (const b of all.slice(i + 1)) {
          const areApart =
            a.x + a.width + gap <= b.x || b.x + b.width + gap <= a.x || a.y + a.height + gap <= b.y || b.y + b.height + gap <= a.y;
          expect(areApart).toBe(true);
        }
      }
      const total = (of: "width" | "height") => sizes.reduce((sum, one) => sum + one[of] + gap, -gap);
      const most = (of: "width" | "height") => Math.max(...sizes.map((one) => one[of]));
      expect(scale(packed, aspect)).toBeGreaterThanOrEqual(scale({ width: total("width"), height: most("height") }, aspect));
      expect(scale(packed, aspect)).toBeGreaterThanOrEqual(scale({ width: most("width"), height: total("height") }, aspect));
    }),
  );
});

describe("the meeting's chart", () => {
  for (const aspect of [1.5, 0.75])
    test(`is bigger than in one row in an area of ${aspect}, and everything stays in its region`, async () => {
      const chart = await laidOut(meeting.machine);
      const better = arranged(chart, aspect);
      expect(scale(better, aspect)).toBeGreaterThan(1.3 * scale(chart, aspect));
      expect([...better.places.keys()]).toEqual([...chart.places.keys()]);
      for (const { id } of chart.model.root.children) {
        const region = better.places.get(id) as Place;
        expect(contains(better.places.get("meeting") as Place, region)).toBe(true);
        for (const [part, place] of better.places)
          if (part.startsWith(`${id}.`)) expect([part, contains(region, place)]).toEqual([part, true]);
        for (const [line, { points, label }] of better.lines) {
          if (!line.startsWith(`${id}.`) && !line.startsWith(`${id} `)) continue;
          for (const point of points) expect([line, contains(region, { ...point, width: 0, height: 0 })]).toEqual([line, true]);
          if (label !== undefined) expect([line, contains(region, label)]).toEqual([line, true]);
        }
      }
    });
});

test("regions with an arrow between them stay where they are", async () => {
  const region = (on: Record<string, string>) => ({ initial: "a", states: { a: { on }, b: {} } });
  const machine = createMachine({
    id: "two",
    type: "parallel",
    states: { left: region({ GO: "b", OVER: "#two.right.b" }), right: region({ GO: "b" }) },
  });
  const chart = await laidOut(machine as unknown as AnyStateMachine);
  expect(arranged(chart, 0.1)).toBe(chart);
});
