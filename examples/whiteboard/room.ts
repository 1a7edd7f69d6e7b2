/** The whiteboard as a room type: its rules in words, what is only shown, and how each command is taken back. */
import { defineRoom } from "quorate";
import type { CheckOptions } from "quorate/testing";
import { type Board, copyId, fromBin, holders, invariants, peopleMax, shapesMax, targets } from "./board.ts";
import { commands, edge, stylesMax } from "./commands.ts";
import { shapeOf, shapesOf } from "./drawing.ts";
import { whiteboard as machine } from "./machine.ts";
import { presence } from "./presence.ts";
import type { Shape, Style } from "./shape.ts";

export const whiteboard = defineRoom({
  type: "whiteboard",
  version: 1,
  machine,
  commands,
  presence,
  role: ({ people }, user) => (Object.hasOwn(people, user) ? people[user]?.role : undefined),
  invariants,
  inspect: ({ context }) => ({ shapes: context.count, inBin: context.bin.length, isGuided: context.guide !== null }),
  reasons: {
    isHost: "Only a host may do this.",
    isModerator: "Only a host or a cohost may do this.",
    mayDraw: "Observers may only watch.",
    mayDrawLocked: "The board is locked: only hosts and cohosts draw.",
    isGuide: "Somebody else is guiding.",
    isGuidesLast: "The guide is still here.",
    isNotFull: `The board is full: ${peopleMax} people are here.`,
    personIsHere: "That person is not here.",
    notLastHost: "A board needs a host.",
    hasSpace: `The board is full: ${shapesMax.toLocaleString("en")} shapes fit.`,
    isWhole: "That is no shape.",
    staysOnBoard: `The board ends ${edge.toLocaleString("en")} units from its middle.`,
    isThere: ({ event }) => ("ids" in event && event.ids.length > 1 ? "Somebody deleted these shapes." : "Somebody deleted this shape."),
    isFree: (args) => `${nameOf(args.context, holders(args)[0] ?? "")} has pinned ${targets(args).length > 1 ? "one of these" : "this"}.`,
    takesText: "No text goes there.",
    isInBin: "It is no longer in the bin.",
    someAreFree: "It is pinned already.",
    someArePinned: "It is not pinned.",
  },
  undo: {
    "shape.create": ({ event }) => ({ type: "shapes.delete", ids: [event.id] }),
    "shapes.duplicate": ({ context, event }) => ({
      type: "shapes.delete",
      ids: shapesOf(context.drawing, event.ids).map((_, i) => copyId(event.id, i)),
    }),
    "shapes.delete": (args) => ({ type: "shapes.restore", ids: idsOf(targets(args)) }),
    "shapes.restore": (args) => ({ type: "shapes.delete", ids: idsOf(fromBin(args)) }),
    // Not `-dx`, which may be a negative zero: no number that JSON knows.
    "shapes.move": (args) => ({ type: "shapes.move", ids: idsOf(targets(args)), dx: 0 - args.event.dx, dy: 0 - args.event.dy }),
    "shapes.resize": (args) => ({ type: "shapes.resize", boxes: targets(args).map(({ id, x, y, w, h }) => ({ id, x, y, w, h })) }),
    "shapes.style": ({ context, event }) => {
      const styles = event.styles.flatMap(({ ids, ...changed }) => looks(shapesOf(context.drawing, ids), changed));
      return styles.length > stylesMax ? undefined : { type: "shapes.style", styles };
    },
    "shape.write": ({ context, event }) => {
      const shape = shapeOf(context.drawing, event.shape);
      return shape === undefined ? undefined : { type: "shape.write", shape: shape.id, text: shape.text, h: Math.max(1, shape.h) };
    },
    "shapes.order": (args) => stack(targets(args)),
    "shapes.restack": (args) => stack(targets(args)),
    "shapes.pin": (args) => ({ type: "shapes.unpin", ids: idsOf(targets(args).filter(({ pin }) => pin === null)) }),
    "shapes.unpin": (args) => ({ type: "shapes.pin", ids: idsOf(targets(args).filter(({ pin }) => pin !== null)) }),
  },
});

/** For `bun run machines check`: a shape that is whole is more than its schema says. */
export const check: CheckOptions<typeof whiteboard> = {
  commands: [{ type: "shape.create", kind: "note", x: 0, y: 0, w: 200, h: 200, stroke: "ink", fill: "yellow", width: 2, text: "" }],
};

const idsOf = (shapes: readonly Shape[]): string[] => shapes.map(({ id }) => id);
const stack = (shapes: readonly Shape[]) => ({ type: "shapes.restack", ids: idsOf(shapes), heights: shapes.map(({ z }) => z) }) as const;
const nameOf = ({ people }: Board, user: string): string => (Object.hasOwn(people, user) ? people[user]?.name : undefined) ?? "Somebody";

/** The given keys of each shape's style as they are, with all shapes that have the same together. */
function looks(shapes: readonly Shape[], changed: Partial<Style>): ({ ids: string[] } & Partial<Style>)[] {
  const groups = new Map<string, { ids: string[] } & Partial<Style>>();
  for (const { id, stroke, fill, width } of shapes) {
    const style: Partial<Style> = {
      ...(changed.stroke === undefined ? {} : { stroke }),
      ...(changed.fill === undefined ? {} : { fill }),
      ...(changed.width === undefined ? {} : { width }),
    };
    const key = JSON.stringify(style);
    const group = groups.get(key) ?? { ids: [], ...style };
    group.ids.push(id);
    groups.set(key, group);
  }
  return [...groups.values()];
}
