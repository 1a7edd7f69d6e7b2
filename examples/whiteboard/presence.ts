/** What others see of a person who has not let go yet: nothing of it is an op, and nothing of it lasts. 1 KiB at most, so all is bounded. */
import * as v from "valibot";
import { pointRange } from "./commands.ts";
import { colours, kinds, widths } from "./shape.ts";

/** Of a selection; of a larger one, others see the frame alone. */
export const toldIdsMax = 24;
export const draftNumbersMax = 120;

const Whole = v.pipe(v.number(), v.safeInteger());
const Box = v.tuple([Whole, Whole, Whole, Whole]);

export const presence = {
  cursor: v.exactOptional(v.nullable(v.tuple([Whole, Whole]))),
  /** What somebody has in hand, its frame, and where they have dragged that frame to. */
  held: v.exactOptional(
    v.nullable(
      v.strictObject({
        ids: v.pipe(v.array(v.pipe(v.string(), v.maxLength(128))), v.maxLength(toldIdsMax)),
        frame: Box,
        to: v.exactOptional(Box),
      }),
    ),
  ),
  /** What somebody is drawing. */
  draft: v.exactOptional(
    v.nullable(
      v.strictObject({
        kind: v.picklist(kinds),
        box: Box,
        stroke: v.picklist(colours),
        fill: v.picklist([...colours, "none"]),
        width: v.picklist(widths),
        points: v.pipe(v.array(v.pipe(Whole, v.minValue(0), v.maxValue(pointRange))), v.maxLength(draftNumbersMax)),
      }),
    ),
  ),
  /** The middle of what the guide sees, and at which scale in thousandths. */
  view: v.exactOptional(v.nullable(v.tuple([Whole, Whole, Whole]))),
};
