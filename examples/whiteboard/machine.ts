/**
 * A whiteboard: who is here, who may draw, what lies on the board, who guides the others' eyes. Three regions side by side over one context;
 * each command is handled by exactly one of them. Pure and replayable: time, ids and identity come in the event's stamp.
 */
import type { RoomInput } from "quorate";
import { and, assign, or, setup } from "xstate";
import {
  added,
  type Board,
  type BoardEvent,
  binShapesMax,
  copyId,
  type EventOf,
  fromBin,
  holders,
  isModerator,
  isOnBoard,
  isWhole,
  peopleMax,
  placed,
  type Role,
  shapesMax,
  targets,
} from "./board.ts";
import { type Drawing, emptyDrawing, shapeOf, shapesOf, withoutShapes, withShapes } from "./drawing.ts";
import { byHeight, type Shape, takesText } from "./shape.ts";

const rolesMax = 1_000;

const kit = setup({
  types: {} as { context: Board; events: BoardEvent; input: RoomInput },
  guards: {
    isHost: ({ event }) => event.by.role === "host",
    isModerator: ({ event }) => isModerator(event),
    mayDraw: ({ event }) => event.by.role !== "observer",
    mayDrawLocked: ({ event }) => isModerator(event),
    isGuide: ({ context, event }) => context.guide === event.by.user,
    isGuidesLast: ({ context, event }) =>
      event.type === "participant.left" && context.guide === event.user && (context.people[event.user]?.sessions ?? 0) <= 1,
    isNotFull: ({ context, event }) =>
      event.type !== "participant.joined" || Object.hasOwn(context.people, event.user) || Object.keys(context.people).length < peopleMax,
    personIsHere: ({ context, event }) => event.type === "person.role" && Object.hasOwn(context.people, event.user),
    notLastHost: ({ context, event }) =>
      event.type !== "person.role" ||
      event.role === "host" ||
      Object.entries(context.people).some(([user, { role }]) => role === "host" && user !== event.user),
    hasSpace: (args) => args.context.count + added(args) <= shapesMax,
    isWhole: ({ event }) => isWhole(event),
    /** Where a move or a copy ends, in the middle of it. */
    staysOnBoard: (args) => placed(args).every(isOnBoard),
    isThere: (args) => targets(args).length > 0,
    isFree: (args) => holders(args).length === 0,
    takesText: (args) => targets(args).every(({ kind }) => takesText(kind)),
    isInBin: (args) => fromBin(args).length > 0,
    someAreFree: (args) => targets(args).some(({ pin }) => pin === null),
    someArePinned: (args) => targets(args).some(({ pin }) => pin !== null),
  },
  actions: {
    join: on("participant.joined", ({ people, roles }, { user, name, role }) => {
      const known = Object.hasOwn(people, user) ? people[user] : undefined;
      const kept = known?.role ?? roles.find((given) => given.user === user)?.role ?? role;
      return { people: { ...people, [user]: { name, role: kept, sessions: (known?.sessions ?? 0) + 1 } } };
    }),
    leave: on("participant.left", ({ people, roles }, { user }) => {
      const { [user]: person, ...others } = people;
      if (person === undefined) return {};
      if (person.sessions > 1) return { people: { ...others, [user]: { ...person, sessions: person.sessions - 1 } } };
      return { people: others, roles: person.role === "host" ? remembered(roles, user, "host") : roles };
    }),
    giveRole: on("person.role", ({ people, roles }, { user, role }) => {
      const person = people[user];
      return { roles: remembered(roles, user, role), people: person === undefined ? people : { ...people, [user]: { ...person, role } } };
    }),
    beGuide: assign({ guide: ({ event }) => event.by.user }),
    dropGuide: assign({ guide: null }),

    create: on("shape.create", (board, { kind, x, y, w, h, stroke, fill, width, text = "", points = [], id }) => {
      const z = board.front + 1;
      const shape: Shape = { id, kind, x, y, w, h, z, stroke, fill, width, text, points, pin: null };
      return { drawing: withShapes(board.drawing, [shape]), count: board.count + 1, front: z };
    }),
    duplicate: on("shapes.duplicate", (board, { ids, dx, dy, id }) => {
      const copies = shapesOf(board.drawing, ids)
        .map((shape, i) => ({ ...shape, id: copyId(id, i), x: shape.x + dx, y: shape.y + dy, pin: null }))
        .toSorted(byHeight)
        .map((shape, i) => ({ ...shape, z: board.front + 1 + i }));
      return { drawing: withShapes(board.drawing, copies), count: board.count + copies.length, front: board.front + copies.length };
    }),
    move: on(
      "shapes.move",
      change((shape, { dx, dy }) => ({ ...shape, x: shape.x + dx, y: shape.y + dy })),
    ),
    write: on("shape.write", (board, { shape: id, text, h }) => {
      const shape = shapeOf(board.drawing, id);
      return shape === undefined ? {} : { drawing: withShapes(board.drawing, [{ ...shape, text, h: h ?? shape.h }]) };
    }),
    resize: on("shapes.resize", (board, { boxes }) => {
      const resized = boxes.flatMap((box) => {
        const shape = shapeOf(board.drawing, box.id);
        return shape === undefined ? [] : { ...shape, ...box };
      });
      return { drawing: withShapes(board.drawing, resized) };
    }),
    style: on("shapes.style", (board, { styles }) => ({
      drawing: styles.reduce<Drawing>(
        (drawing, { ids, ...style }) =>
          withShapes(
            drawing,
            shapesOf(drawing, ids).map((shape) => ({ ...shape, ...style })),
          ),
        board.drawing,
      ),
    })),
    order: on("shapes.order", (board, { ids, to }) => {
      const shapes = shapesOf(board.drawing, ids).toSorted(byHeight);
      const from = to === "front" ? board.front + 1 : board.back - shapes.length;
      const drawing = withShapes(
        board.drawing,
        shapes.map((shape, i) => ({ ...shape, z: from + i })),
      );
      return to === "front" ? { drawing, front: board.front + shapes.length } : { drawing, back: from };
    }),
    restack: on("shapes.restack", (board, { ids, heights }) => ({
      drawing: withShapes(
        board.drawing,
        ids.flatMap((id, i) => {
          const shape = shapeOf(board.drawing, id);
          return shape === undefined ? [] : { ...shape, z: heights[i] ?? shape.z };
        }),
      ),
      front: Math.max(board.front, ...heights),
      back: Math.min(board.back, ...heights),
    })),
    delete: on("shapes.delete", (board, { ids }) => {
      const gone = shapesOf(board.drawing, ids);
      return {
        drawing: withoutShapes(board.drawing, gone),
        count: board.count - gone.length,
        bin: [...board.bin, ...gone].slice(-binShapesMax),
      };
    }),
    restore: on("shapes.restore", (board, { ids }) => {
      const wanted = new Set(ids);
      const back = board.bin.filter(({ id }) => wanted.has(id));
      return {
        drawing: withShapes(board.drawing, back),
        count: board.count + back.length,
        bin: board.bin.filter(({ id }) => !wanted.has(id)),
      };
    }),
    pin: on(
      "shapes.pin",
      change((shape, { by }) => (shape.pin === null ? { ...shape, pin: by.user } : shape)),
    ),
    unpin: on(
      "shapes.unpin",
      change((shape) => ({ ...shape, pin: null })),
    ),
  },
});

/** What is drawn, while `who` says who may. */
const drawing = (who: "mayDraw" | "mayDrawLocked") =>
  ({
    "shape.create": { guard: and([who, "isWhole", "staysOnBoard", "hasSpace"]), actions: "create" },
    "shapes.duplicate": { guard: and([who, "isThere", "staysOnBoard", "hasSpace"]), actions: "duplicate" },
    "shapes.move": { guard: and([who, "isThere", "isFree", "staysOnBoard"]), actions: "move" },
    "shapes.resize": { guard: and([who, "isThere", "isFree", "isWhole", "staysOnBoard"]), actions: "resize" },
    "shapes.style": { guard: and([who, "isThere", "isFree"]), actions: "style" },
    "shape.write": { guard: and([who, "isThere", "isFree", "takesText", "staysOnBoard"]), actions: "write" },
    "shapes.order": { guard: and([who, "isThere", "isFree"]), actions: "order" },
    "shapes.restack": { guard: and([who, "isThere", "isFree", "isWhole"]), actions: "restack" },
    "shapes.delete": { guard: and([who, "isThere", "isFree"]), actions: "delete" },
    "shapes.restore": { guard: and([who, "isInBin", "hasSpace"]), actions: "restore" },
    "shapes.pin": { guard: and([who, "isThere", "someAreFree"]), actions: "pin" },
    "shapes.unpin": { guard: and([who, "isThere", "someArePinned", "isFree"]), actions: "unpin" },
  }) as const;

export const whiteboard = kit.createMachine({
  id: "whiteboard",
  context: { people: {}, roles: [], drawing: emptyDrawing, count: 0, front: 0, back: 0, bin: [], guide: null },
  type: "parallel",
  states: {
    access: {
      initial: "open",
      states: {
        open: { on: { ...drawing("mayDraw"), "board.lock": { guard: "isModerator", target: "locked" } } },
        locked: { on: { ...drawing("mayDrawLocked"), "board.unlock": { guard: "isModerator", target: "open" } } },
      },
    },
    eyes: {
      initial: "free",
      states: {
        free: { on: { "guide.start": { guard: "mayDraw", target: "guided", actions: "beGuide" } } },
        guided: {
          exit: "dropGuide",
          on: {
            "guide.stop": { guard: or(["isGuide", "isModerator"]), target: "free" },
            "participant.left": { guard: "isGuidesLast", target: "free" },
          },
        },
      },
    },
    people: {
      on: {
        "participant.joined": { guard: "isNotFull", actions: "join" },
        "participant.left": { actions: "leave" },
        "person.role": { guard: and(["isHost", "personIsHere", "notLastHost"]), actions: "giveRole" },
      },
    },
  },
});

function on<T extends BoardEvent["type"]>(type: T, change: (board: Board, event: EventOf<T>) => Partial<Board>) {
  const is = (event: BoardEvent): event is EventOf<T> => event.type === type;
  return assign<Board, BoardEvent, undefined, BoardEvent, never>(({ context, event }) => {
    if (!is(event)) throw new Error(`an action for '${type}' ran on '${event.type}'`);
    return change(context, event);
  });
}
/** Each shape that the command names and that is there still. */
function change<E extends { readonly ids: readonly string[] }>(fn: (shape: Shape, event: E) => Shape) {
  return ({ drawing }: Board, event: E) => ({
    drawing: withShapes(
      drawing,
      shapesOf(drawing, event.ids).map((shape) => fn(shape, event)),
    ),
  });
}

const remembered = (roles: Board["roles"], user: string, role: Role): Board["roles"] =>
  [...roles.filter((given) => given.user !== user), { user, role }].slice(-rolesMax);
