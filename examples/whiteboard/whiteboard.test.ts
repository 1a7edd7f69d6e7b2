import { expect, test } from "bun:test";
import { type CommandOf, createUndo, type Room, type SnapshotOf, verdict } from "quorate";
import { random, simulate } from "quorate/testing";
import { transition } from "xstate";
import { type Board, binShapesMax, invariants, peopleMax, type Role, shapesMax } from "./board.ts";
import { edge, idsMax, pointRange } from "./commands.ts";
import { allShapes, emptyDrawing, shapeOf, withShapes } from "./drawing.ts";
import { whiteboard } from "./room.ts";
import type { Shape } from "./shape.ts";

type Command = CommandOf<typeof whiteboard>;
type BoardRoom = Room<typeof whiteboard>;

const look = { stroke: "ink", fill: "none", width: 2 } as const;
const rectangle = (x = 0, y = 0) => ({ type: "shape.create", kind: "rectangle", x, y, w: 100, h: 60, ...look }) as const;
const note = { ...rectangle(), kind: "note", fill: "yellow", text: "milk" } as const;
const stroke = { ...rectangle(), kind: "pen" as const, points: [0, 0, 5_000, pointRange, pointRange, 0] };

const idsOf = (room: BoardRoom): string[] => allShapes(room.state.context.drawing).map(({ id }) => id);
const shape = (room: BoardRoom, id: string): Shape => {
  const found = shapeOf(room.state.context.drawing, id);
  if (found === undefined) throw new Error(`no shape ${id}`);
  return found;
};
const reasonOf = (room: BoardRoom, command: Command): string => {
  const said = room.explain(command);
  return said.verdict === "refused" ? said.reason : said.verdict;
};

test("every command that changes shapes is undone to what was, and redone to what it did", async () => {
  await using sim = await simulate(whiteboard, { clients: 1 });
  const [ada] = sim.clients;
  for (const command of [rectangle(), note, stroke]) ada.send(command);
  await sim.settle();
  const ids = idsOf(ada);
  const [first = ""] = ids;
  const noteId = allShapes(ada.state.context.drawing).find(({ kind }) => kind === "note")?.id ?? "";
  const undo = createUndo(ada);
  const commands: readonly Command[] = [
    rectangle(5, 5),
    { type: "shapes.duplicate", ids, dx: 20, dy: 20 },
    { type: "shapes.move", ids, dx: 7, dy: -3 },
    { type: "shapes.resize", boxes: ids.map((id) => ({ id, x: 1, y: 2, w: 30, h: 40 })) },
    { type: "shapes.style", styles: [{ ids, fill: "red", width: 8 }] },
    { type: "shape.write", shape: noteId, text: "bread" },
    { type: "shapes.order", ids: [first], to: "front" },
    { type: "shapes.order", ids, to: "back" },
    { type: "shapes.delete", ids },
    { type: "shapes.pin", ids },
  ];
  for (const command of commands) {
    const before = allShapes(ada.state.context.drawing).toSorted(byId);
    undo.send(command);
    await sim.settle();
    const after = allShapes(ada.state.context.drawing).toSorted(byId);
    expect(after, command.type).not.toEqual(before);
    undo.undo();
    await sim.settle();
    expect(allShapes(ada.state.context.drawing).toSorted(byId), command.type).toEqual(before);
    undo.redo();
    await sim.settle();
    expect(allShapes(ada.state.context.drawing).toSorted(byId), command.type).toEqual(after);
    undo.undo();
    await sim.settle();
    expect(undo.canUndo).toMatchObject({ code: "empty" });
  }
  // Those of the commands that only an undo sends, as somebody else may send them, too.
  undo.send({ type: "shapes.restack", ids: [first], heights: [-5] });
  undo.undo();
  await sim.settle();
  expect(shape(ada, first).z).toBeGreaterThan(0);
});
const byId = (a: Shape, b: Shape): number => (a.id < b.id ? -1 : 1);

test("[L10] an undo whose shape somebody deleted says so; once it is back, it can be undone again", async () => {
  await using sim = await simulate(whiteboard);
  const [ada, ben] = sim.clients;
  const undo = createUndo(ada);
  undo.send(rectangle());
  await sim.settle();
  const [id = ""] = idsOf(ada);
  undo.send({ type: "shapes.move", ids: [id], dx: 50, dy: 0 });
  await sim.settle();
  ben?.send({ type: "shapes.delete", ids: [id] });
  await sim.settle();
  expect(undo.canUndo).toMatchObject({ verdict: "refused", guard: "isThere", reason: "Somebody deleted this shape." });
  ben?.send({ type: "shapes.restore", ids: [id] });
  await sim.settle();
  expect(undo.canUndo).toEqual({ verdict: "allowed" });
  undo.undo();
  await sim.settle();
  expect(shape(ada, id).x).toBe(0);
});

test("what is left of a selection is moved; what somebody else pinned holds the others back, and says who", async () => {
  await using sim = await simulate(whiteboard, { clients: 3, roles: ["host", "member", "member"] });
  const [ada, ben, cem] = sim.clients;
  ben?.send(rectangle());
  ben?.send(rectangle(200));
  await sim.settle();
  const [one = "", two = ""] = idsOf(ada);
  ada.send({ type: "shapes.delete", ids: [two] });
  await sim.settle();
  ben?.send({ type: "shapes.move", ids: [one, two], dx: 10, dy: 0 });
  ben?.send({ type: "shapes.pin", ids: [one] });
  await sim.settle();
  const move: Command = { type: "shapes.move", ids: [one], dx: 1, dy: 1 };
  expect(cem && reasonOf(cem, move)).toBe("u2 has pinned this.");
  expect(cem && reasonOf(cem, { type: "shapes.unpin", ids: [one] })).toBe("u2 has pinned this.");
  expect(cem && reasonOf(cem, { type: "shapes.pin", ids: [one] })).toBe("It is pinned already.");
  expect([ben?.can(move), ada.can(move)]).toEqual([true, true]); // whoever pinned it, and hosts
  ben?.send({ type: "shapes.unpin", ids: [one] });
  await sim.settle();
  expect(cem?.can(move)).toBe(true);
});

test("a locked board is for hosts and cohosts; observers watch; hosts give roles, and there is always one", async () => {
  await using sim = await simulate(whiteboard, { clients: 3, roles: ["host", "member", "observer"] });
  const [ada, ben, cem] = sim.clients;
  if (ben === undefined || cem === undefined) throw new Error("three clients");
  expect(reasonOf(cem, rectangle())).toBe("Observers may only watch.");
  expect(reasonOf(ben, { type: "board.lock" })).toBe("Only a host or a cohost may do this.");
  ada.send({ type: "board.lock" });
  await sim.settle();
  expect(reasonOf(ben, rectangle())).toBe("The board is locked: only hosts and cohosts draw.");
  expect(ada.can(rectangle())).toBe(true);
  ada.send({ type: "person.role", user: "u2", role: "cohost" });
  await sim.settle();
  expect(ben.can(rectangle())).toBe(true);
  ben.send({ type: "board.unlock" });
  ada.send({ type: "person.role", user: "u3", role: "member" });
  await sim.settle();
  expect(cem.can(rectangle())).toBe(true);
  expect(reasonOf(ada, { type: "person.role", user: "u1", role: "member" })).toBe("A board needs a host.");
  expect(reasonOf(ada, { type: "person.role", user: "u9", role: "member" })).toBe("That person is not here.");
});

test("one guides at a time, until they stop, leave, or a host ends it", async () => {
  await using sim = await simulate(whiteboard, { clients: 3 });
  const [ada, ben, cem] = sim.clients;
  if (ben === undefined || cem === undefined) throw new Error("three clients");
  ben.send({ type: "guide.start" });
  await sim.settle();
  expect(ada.state.context.guide).toBe("u2");
  expect(reasonOf(cem, { type: "guide.start" })).toBe("Possible in eyes.free.");
  expect(reasonOf(cem, { type: "guide.stop" })).toContain("Somebody else is guiding.");
  ada.send({ type: "guide.stop" });
  await sim.settle();
  expect(ada.state.context.guide).toBeNull();
  ben.send({ type: "guide.start" });
  await sim.settle();
  await ben.leave();
  await sim.pass(1_000);
  expect(ada.state).toMatchObject({ value: { eyes: "free" }, context: { guide: null, people: { u1: {}, u3: {} } } });
});

test("[L11] shapes, copies, the bin and people are bounded; nothing leaves the board; what is no shape is refused", () => {
  const shapes = Array.from({ length: shapesMax }, (_, i): Shape => made(`s-${i}`, i));
  const full = boardOf({ drawing: withShapes(emptyDrawing, shapes), count: shapesMax, front: shapesMax });
  const said = (board: Board, command: Command) => {
    const event = { ...command, at: 0, id: "new-1", by: { user: "u", role: "member", client: "new" } };
    const answer = verdict(whiteboard, snapshotOf(board), event);
    return answer.verdict === "refused" ? answer.reason : answer.verdict;
  };
  expect(said(full, rectangle())).toBe("The board is full: 5,000 shapes fit.");
  expect(said(full, { type: "shapes.duplicate", ids: ["s-1"], dx: 1, dy: 1 })).toBe("The board is full: 5,000 shapes fit.");
  const binned = { ...full, bin: [made("gone-1", 0)] };
  expect(said(binned, { type: "shapes.restore", ids: ["gone-1"] })).toBe("The board is full: 5,000 shapes fit.");
  expect(said(full, { type: "shapes.restore", ids: ["gone-1"] })).toBe("It is no longer in the bin.");
  expect(said(full, { type: "shapes.move", ids: ["s-1"], dx: edge, dy: 0 })).toBe("The board ends 100,000 units from its middle.");
  expect(said(boardOf({}), { ...stroke, points: [1, 2, 3] })).toBe("That is no shape.");
  expect(said(boardOf({}), { ...rectangle(), w: -5 })).toBe("That is no shape.");
  expect(said(boardOf({}), { ...stroke, text: "words" })).toBe("That is no shape.");
  expect(said(full, { type: "shapes.restack", ids: ["s-1"], heights: [1, 2] })).toBe("That is no shape.");

  let board = full;
  for (let from = 0; from < 2_000; from += idsMax)
    board = after(board, { type: "shapes.delete", ids: shapes.slice(from, from + idsMax).map(({ id }) => id) });
  expect(board).toMatchObject({ count: shapesMax - 2_000, bin: { length: binShapesMax } });
  expect(board.bin.at(0)?.id).toBe("s-1000");
  expect(broken(board)).toEqual([]);
  expect(broken({ ...board, count: 1, guide: "nobody" })).toHaveLength(2);

  const people = Object.fromEntries(
    Array.from({ length: peopleMax }, (_, i) => [`p${i}`, { name: "P", role: "member", sessions: 1 } as const]),
  );
  const crowded = boardOf({ people });
  const joining = (user: string) => {
    const stamp = { at: 0, id: "r1", by: { user, role: "member", client: "c" } };
    const event = { type: "participant.joined", user, name: "New", role: "member", ...stamp };
    return verdict(whiteboard, snapshotOf(crowded), event);
  };
  expect(joining("new")).toMatchObject({ verdict: "refused", guard: "isNotFull" });
  expect(joining("p3")).toEqual({ verdict: "allowed" });
});

test("[L14] whatever three people do at once: the invariants hold, and all see the same", async () => {
  for (const seed of [1, 2, 3]) {
    await using sim = await simulate(whiteboard, { clients: 3, seed });
    const next = random(seed);
    const undos = sim.clients.map((room) => createUndo(room));
    for (let n = 0; n < 120; n++) {
      const at = Math.floor(next() * undos.length);
      const room = sim.clients[at];
      const undo = undos[at];
      if (room === undefined || undo === undefined) throw new Error("no such client");
      const chance = next();
      if (chance < 0.2) undo.undo();
      else if (chance < 0.3) undo.redo();
      else undo.send(someCommand(room, next));
      expect(broken(room.state.context)).toEqual([]);
      if (n % 8 === 0) await sim.pass(200);
    }
    await sim.settle();
    expect(sim.divergence()).toBeUndefined();
    expect(broken(sim.clients[0].confirmed.context)).toEqual([]);
    expect(sim.clients[0].rev).toBeGreaterThan(60);
  }
});

function someCommand(room: BoardRoom, next: () => number): Command {
  const pick = <T>(from: readonly T[]): T | undefined => from[Math.floor(next() * from.length)];
  const all = [...idsOf(room), ...room.state.context.bin.map(({ id }) => id)];
  const ids = [...new Set([pick(all), pick(all)].flatMap((id) => id ?? []))];
  const way = () => Math.floor(next() * 200) - 100;
  if (ids.length === 0) return rectangle(way(), way());
  const commands: readonly Command[] = [
    rectangle(way(), way()),
    stroke,
    { type: "shapes.duplicate", ids, dx: way(), dy: way() },
    { type: "shapes.move", ids, dx: way(), dy: way() },
    { type: "shapes.resize", boxes: ids.map((id) => ({ id, x: way(), y: way(), w: 20, h: 20 })) },
    { type: "shapes.style", styles: [{ ids, stroke: "blue" }] },
    { type: "shapes.order", ids, to: next() < 0.5 ? "front" : "back" },
    { type: "shapes.delete", ids },
    { type: "shapes.restore", ids },
    next() < 0.5 ? { type: "shapes.pin", ids } : { type: "shapes.unpin", ids },
    next() < 0.5 ? { type: "guide.start" } : { type: "guide.stop" },
  ];
  return pick(commands) ?? rectangle();
}

const made = (id: string, z: number): Shape => ({
  id,
  kind: "rectangle",
  x: 0,
  y: 0,
  w: 10,
  h: 10,
  z,
  ...look,
  text: "",
  points: [],
  pin: null,
});
const boardOf = (some: Partial<Board>): Board => ({
  people: { u: { name: "U", role: "member" satisfies Role, sessions: 1 } },
  roles: [],
  drawing: emptyDrawing,
  count: 0,
  front: 0,
  back: 0,
  bin: [],
  guide: null,
  ...some,
});
const snapshotOf = (context: Board): SnapshotOf<typeof whiteboard> =>
  whiteboard.machine.resolveState({ value: { access: "open", eyes: "free", people: {} }, context });
function after(board: Board, command: Command): Board {
  const event = { ...command, at: 0, id: "new-1", by: { user: "u", role: "member", client: "new" } } as const;
  return transition(whiteboard.machine, snapshotOf(board), event as never)[0].context;
}
const broken = (board: Board): string[] => Object.entries(invariants).flatMap(([name, holds]) => (holds(board) ? [] : [name]));
