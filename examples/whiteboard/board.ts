/**
 * A board's state and its commands, and what can be said of both: what a command is about, where that would lie, who holds it. From: machine.ts,
 * whose guards ask these questions, and room.ts, whose reasons and undo rules ask them again.
 */
import type { CommandEvent, SystemEvent } from "quorate";
import { type commands, edge } from "./commands.ts";
import { allShapes, type Drawing, shapeOf, shapesOf } from "./drawing.ts";
import { type Box, isLine, type Shape, takesText } from "./shape.ts";

export const shapesMax = 5_000;
/** Beyond it what was deleted first can no longer be brought back. */
export const binShapesMax = 1_000;
export const peopleMax = 500;

export type Role = "host" | "cohost" | "member" | "observer";
export interface Person {
  readonly name: string;
  readonly role: Role;
  /** Tabs and devices. */
  readonly sessions: number;
}
export interface Board {
  readonly people: Readonly<Record<string, Person>>;
  /** Given by hosts, and those of hosts who left: they hold when the person comes back. Oldest first. */
  readonly roles: readonly { readonly user: string; readonly role: Role }[];
  readonly drawing: Drawing;
  readonly count: number;
  /** The heights of what lies in front of, and behind, everything that ever was there. */
  readonly front: number;
  readonly back: number;
  /** What was deleted, oldest first. */
  readonly bin: readonly Shape[];
  /** Whose view the others follow. */
  readonly guide: string | null;
}
export type BoardEvent = CommandEvent<typeof commands, Role> | SystemEvent<Role>;
export type Args = { readonly context: Board; readonly event: BoardEvent };
export type EventOf<T> = Extract<BoardEvent, { type: T }>;

export const isModerator = ({ by: { role } }: BoardEvent): boolean => role === "host" || role === "cohost";
export const copyId = (id: string, i: number): string => `${id}.${i}`;
/** The shapes that a command is about and that are there. */
export function targets({ context, event }: Args): readonly Shape[] {
  return shapesOf(context.drawing, idsOf(event));
}
function idsOf(event: BoardEvent): readonly string[] {
  if ("ids" in event) return event.ids;
  if ("shape" in event) return [event.shape];
  if (event.type === "shapes.resize") return event.boxes.map(({ id }) => id);
  return event.type === "shapes.style" ? event.styles.flatMap(({ ids }) => ids) : [];
}
export const fromBin = ({ context, event }: Args): readonly Shape[] => {
  const wanted = new Set(idsOf(event));
  return context.bin.filter(({ id }) => wanted.has(id));
};
/** Who holds some of it in place, against the one who asks. */
export const holders = (args: Args): readonly string[] =>
  isModerator(args.event) ? [] : targets(args).flatMap(({ pin }) => (pin === null || pin === args.event.by.user ? [] : pin));

export function added(args: Args): number {
  if (args.event.type === "shape.create") return 1;
  return args.event.type === "shapes.restore" ? fromBin(args).length : targets(args).length;
}
/** Where what the command is about would lie then. */
export function placed(args: Args): readonly Box[] {
  const { event } = args;
  if (event.type === "shape.create") return [event];
  if (event.type === "shapes.resize") return event.boxes;
  if (event.type === "shape.write") return targets(args).map(({ x, y, w, h }) => ({ x, y, w, h: event.h ?? h }));
  if (event.type !== "shapes.move" && event.type !== "shapes.duplicate") return [];
  return targets(args).map(({ x, y, w, h }) => ({ x: x + event.dx, y: y + event.dy, w, h }));
}
export const isOnBoard = ({ x, y, w, h }: Box): boolean => [x, y, x + w, y + h].every((at) => Math.abs(at) <= edge);

/** What schemas cannot see: what belongs together fits together. */
export function isWhole(event: BoardEvent): boolean {
  if (event.type === "shapes.restack") return event.ids.length === event.heights.length;
  if (event.type === "shapes.resize") return event.boxes.every((box) => box.w !== 0 || box.h !== 0);
  if (event.type !== "shape.create") return true;
  const { kind, w, h, points = [], text = "" } = event;
  const hasSize = isLine(kind) ? w !== 0 || h !== 0 : w >= 1 && h >= 1;
  const hasPoints = kind === "pen" ? points.length >= 4 && points.length % 2 === 0 : points.length === 0;
  return hasSize && hasPoints && (text === "" || takesText(kind));
}

/** Of the context, in every state: what the counters say is what is there. */
export const invariants = {
  "the count is the number of shapes": ({ drawing, count }: Board) => allShapes(drawing).length === count && count <= shapesMax,
  "every shape lies under its id": ({ drawing }: Board) => allShapes(drawing).every((shape) => shapeOf(drawing, shape.id) === shape),
  "every shape is on the board": ({ drawing }: Board) => allShapes(drawing).every(isOnBoard),
  "every height is between back and front": ({ drawing, back, front }: Board) =>
    allShapes(drawing).every(({ z }) => z >= back && z <= front),
  "nothing is on the board and in the bin": ({ drawing, bin }: Board) => bin.every(({ id }) => shapeOf(drawing, id) === undefined),
  "the guide is here": ({ people, guide }: Board) => guide === null || Object.hasOwn(people, guide),
};
