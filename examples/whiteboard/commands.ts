/** What a client may ask of a board. Whole numbers everywhere, so that a move and its way back add up to nothing. */
import * as v from "valibot";
import { colours, type Kind, kinds, textCharsMax, widths } from "./shape.ts";

/** Of one command, so that it fits into a frame. */
export const idsMax = 500;
export const boxesMax = 200;
export const stylesMax = 50;
/** Points of a pen's stroke: x and y in turn, each 0 to `pointRange` of the shape's box. */
export const pointNumbersMax = 600;
export const pointRange = 10_000;
/** Of the board, in board units, from its middle. */
export const edge = 100_000;
const idCharsMax = 128;
const zMax = 1_000_000_000;

const Whole = (min: number, max: number) => v.pipe(v.number(), v.safeInteger(), v.minValue(min), v.maxValue(max));
const Id = v.pipe(v.string(), v.minLength(1), v.maxLength(idCharsMax));
const Ids = v.pipe(
  v.array(Id),
  v.minLength(1),
  v.maxLength(idsMax),
  v.check((ids) => new Set(ids).size === ids.length, "Each shape once."),
);
const Place = Whole(-edge, edge);
const Way = Whole(-2 * edge, 2 * edge);
const Text = v.pipe(v.string(), v.maxLength(textCharsMax));
const Colour = v.picklist(colours);
const Fill = v.picklist([...colours, "none"]);
const Width = v.picklist(widths);
const Box = { x: Place, y: Place, w: Way, h: Way };

export const commands = {
  "shape.create": {
    kind: v.picklist<readonly Kind[]>(kinds),
    ...Box,
    stroke: Colour,
    fill: Fill,
    width: Width,
    text: v.exactOptional(Text),
    points: v.exactOptional(v.pipe(v.array(Whole(0, pointRange)), v.minLength(2), v.maxLength(pointNumbersMax))),
  },
  /** `h`: the height that the text needs. */
  "shape.write": { shape: Id, text: Text, h: v.exactOptional(Whole(1, edge)) },
  "shapes.duplicate": { ids: Ids, dx: Way, dy: Way },
  "shapes.move": { ids: Ids, dx: Way, dy: Way },
  "shapes.resize": { boxes: v.pipe(v.array(v.strictObject({ id: Id, ...Box })), v.minLength(1), v.maxLength(boxesMax)) },
  "shapes.style": {
    /** One entry for each look; an undo may need several. */
    styles: v.pipe(
      v.array(v.strictObject({ ids: Ids, stroke: v.exactOptional(Colour), fill: v.exactOptional(Fill), width: v.exactOptional(Width) })),
      v.minLength(1),
      v.maxLength(stylesMax),
    ),
  },
  "shapes.order": { ids: Ids, to: v.picklist(["front", "back"]) },
  /** Each shape to a height of its own: how an order is undone. */
  "shapes.restack": { ids: Ids, heights: v.pipe(v.array(Whole(-zMax, zMax)), v.minLength(1), v.maxLength(idsMax)) },
  "shapes.delete": { ids: Ids },
  "shapes.restore": { ids: Ids },
  "shapes.pin": { ids: Ids },
  "shapes.unpin": { ids: Ids },
  "board.lock": {},
  "board.unlock": {},
  "guide.start": {},
  "guide.stop": {},
  "person.role": { user: Id, role: v.picklist(["host", "cohost", "member", "observer"]) },
} satisfies Record<string, v.ObjectEntries>;
