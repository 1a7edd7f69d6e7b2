import { expect, test } from "bun:test";
import { encodeDelta, encodeOp } from "../../src/protocol/frames.ts";

const op = (rev: number, at: number) => encodeOp({ rev, at, who: 3, seq: rev }, '{"type":"x"}');

test("[DELTA-2] an op's dt counts from the op before, and is left out where it is 0; the first one has none", () => {
  const text = encodeDelta(6, [op(7, 500), op(8, 500), op(9, 503), op(10, 510), op(11, 510)]);
  const event = { type: "x" };
  expect(JSON.parse(text)).toEqual({
    type: "delta",
    payload: {
      from: 6,
      to: 11,
      at: 500,
      ops: [
        [3, 7, event],
        [3, 8, event],
        [3, 9, event, 3],
        [3, 10, event, 7],
        [3, 11, event],
      ],
    },
  });
});
