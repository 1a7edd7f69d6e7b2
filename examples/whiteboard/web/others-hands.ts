/**
 * What others drag and draw just now, as it moves here: their presence comes 20 times a second, and is smoothed.
 * What somebody lets go of stays in their hand until the op is here, or for a moment: presence and ops come on their own ways.
 */
import { shapesOf } from "../drawing.ts";
import type { Box, Shape } from "../shape.ts";
import type { BoardRoom } from "./board-room.ts";
import { carried } from "./geometry.ts";
import type { Layers } from "./layers.ts";

interface Held {
  readonly ids: readonly string[];
  readonly from: Box;
  readonly to: Box;
  shown: Box;
  /** As they lay when the drag was seen first. */
  readonly lay: readonly Shape[];
  /** When they let go, ms. */
  endedMs: number | undefined;
}
interface Draft {
  readonly shape: Shape;
  /** The board as it was when the draft was let go of. */
  readonly ended: { readonly atMs: number; readonly sorted: readonly Shape[] } | undefined;
}

const lingerMs = 500;
/** Of the way that is left, in each frame. */
const step = 0.35;

export class OthersHands {
  readonly #room: BoardRoom;
  readonly #held = new Map<number, Held>();
  readonly #drafts = new Map<number, Draft>();

  constructor(room: BoardRoom) {
    this.#room = room;
  }

  get heldIds(): readonly string[] {
    return [...this.#held.values()].flatMap(({ ids }) => ids);
  }

  /** As they are to be painted. */
  get shapes(): readonly Shape[] {
    const { drawing } = this.#room.state.context;
    const held = [...this.#held.values()].flatMap(({ ids, from, shown }) =>
      shapesOf(drawing, ids).map((shape) => ({ ...shape, ...carried(shape, from, shown) })),
    );
    return [...held, ...[...this.#drafts.values()].map(({ shape }) => shape)];
  }

  /** Returns whether something is still on its way, so that another frame is due. */
  follow(nowMs: number, { sorted }: Pick<Layers, "sorted">): boolean {
    const { others } = this.#room.presence;
    for (const [who, { state }] of others) {
      if (state.held?.to !== undefined) this.#hold(who, state.held.ids, state.held.frame, state.held.to);
      if (state.draft) this.#drafts.set(who, { shape: draftShape(who, state.draft), ended: undefined });
    }
    for (const [who, held] of this.#held) {
      if (others.get(who)?.state.held?.to !== undefined) held.endedMs = undefined;
      else held.endedMs ??= nowMs;
      const arrived = shapesOf(this.#room.state.context.drawing, held.ids).some((shape, i) => shape !== held.lay[i]);
      if (held.endedMs !== undefined && (arrived || nowMs - held.endedMs > lingerMs)) this.#held.delete(who);
    }
    for (const [who, draft] of this.#drafts) {
      if (others.get(who)?.state.draft) continue;
      if (draft.ended === undefined) this.#drafts.set(who, { ...draft, ended: { atMs: nowMs, sorted } });
      else if (draft.ended.sorted !== sorted || nowMs - draft.ended.atMs > lingerMs) this.#drafts.delete(who);
    }
    let isMoving = false;
    for (const held of this.#held.values()) isMoving = approach(held) || held.endedMs !== undefined || isMoving;
    return isMoving || [...this.#drafts.values()].some(({ ended }) => ended !== undefined);
  }

  #hold(who: number, ids: readonly string[], frame: Corners, to: Corners): void {
    const before = this.#held.get(who);
    const from = boxOf(frame);
    const isSame = before !== undefined && before.ids.join() === ids.join() && before.from.x === from.x && before.from.y === from.y;
    const lay = isSame ? before.lay : shapesOf(this.#room.state.context.drawing, ids);
    this.#held.set(who, { ids, from, to: boxOf(to), shown: isSame ? before.shown : from, lay, endedMs: undefined });
  }
}

type Corners = readonly [number, number, number, number];
export const boxOf = ([x, y, w, h]: Corners): Box => ({ x, y, w, h });

type DraftState = NonNullable<NonNullable<ReturnType<BoardRoom["presence"]["others"]["get"]>>["state"]["draft"]>;
const draftShape = (who: number, { kind, box, stroke, fill, width, points }: DraftState): Shape => ({
  id: `draft-${who}`,
  kind,
  ...boxOf(box),
  z: 0,
  stroke,
  fill,
  width,
  text: "",
  points,
  pin: null,
});

/** Moves what is shown towards where it is; false: it is there. */
function approach(held: Held): boolean {
  const { shown, to } = held;
  const near = (a: number, b: number) => (Math.abs(b - a) < 0.5 ? b : a + (b - a) * step);
  held.shown = { x: near(shown.x, to.x), y: near(shown.y, to.y), w: near(shown.w, to.w), h: near(shown.h, to.h) };
  return held.shown.x !== to.x || held.shown.y !== to.y || held.shown.w !== to.w || held.shown.h !== to.h;
}
