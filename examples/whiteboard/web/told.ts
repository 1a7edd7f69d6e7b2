/** What others are told while a hand moves: presence. From: desk, hand and camera. To: the room, which throttles it. */
import { draftNumbersMax, toldIdsMax } from "../presence.ts";
import type { Box, Shape } from "../shape.ts";
import type { BoardPresence } from "./board-room.ts";
import { boundsOf, strokeOf, strokePoints, whole } from "./geometry.ts";
import { type BoardVisit, selected } from "./visit.ts";

type Told = NonNullable<BoardPresence>;

/** Returns how to stop. */
export function tellPresence(visit: BoardVisit): () => void {
  const { room, desk, hand, camera, size } = visit;
  let last = "";
  const tell = () => {
    const draft = draftOf(visit);
    // Not both: presence is small.
    const now = { held: draft === null ? heldOf(visit) : null, draft, view: viewOf(visit) };
    const text = JSON.stringify(now);
    if (text === last) return;
    last = text;
    room.presence.set(now);
  };
  const stops = [desk.subscribe(tell), hand.subscribe(tell), camera.subscribe(tell), size.subscribe(tell), room.subscribe(tell)];
  return () => {
    for (const stop of stops) stop();
  };
}

function heldOf(visit: BoardVisit): NonNullable<Told["held"]> | null {
  const now = visit.hand.get();
  if (now.does === "carry") return { ids: told(now.shapes), frame: corners(now.from), to: corners(now.to) };
  const shapes = selected(visit);
  const frame = boundsOf(shapes);
  return frame === undefined ? null : { ids: told(shapes), frame: corners(frame) };
}
const told = (shapes: readonly Shape[]): string[] => shapes.slice(0, toldIdsMax).map(({ id }) => id);
const corners = ({ x, y, w, h }: Box): [number, number, number, number] => [whole(x), whole(y), whole(w), whole(h)];

function draftOf({ hand, desk }: BoardVisit): NonNullable<Told["draft"]> | null {
  const now = hand.get();
  const shape = now.does === "draw" ? now.shape : desk.get().editing?.isNew ? desk.get().editing?.shape : undefined;
  if (shape === undefined) return null;
  const { kind, stroke, fill, width } = shape;
  // Coarser than what is sent in the end: presence is small.
  const { box, points } = kind === "pen" ? strokeOf(strokePoints(shape), 2, draftNumbersMax) : { box: shape, points: [] };
  return { kind, box: corners(box), stroke, fill, width, points };
}

function viewOf({ room, camera, size }: BoardVisit): NonNullable<Told["view"]> | null {
  if (room.state.context.guide === null || room.state.context.guide !== room.me?.user) return null;
  const { x, y, scale } = camera.get();
  const { width, height } = size.get();
  return [whole(x + width / 2 / scale), whole(y + height / 2 / scale), whole(scale * 1_000)];
}
