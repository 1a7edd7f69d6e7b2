import { expect, test } from "bun:test";
import { createRoom, createUndo } from "../../src/client/index.ts";
import { memory } from "../../src/journal/memory.ts";
import { VirtualClock } from "../../src/testing/clock.ts";
import { simulate } from "../../src/testing/index.ts";
import { Harness } from "../support/harness.ts";
import { shelf } from "../support/shelf.ts";
import { Wire } from "../support/wire.ts";

const nothingToUndo = { verdict: "refused", code: "empty", reason: "There is nothing to undo." } as const;
const nothingToRedo = { verdict: "refused", code: "empty", reason: "There is nothing to redo." } as const;

test("undo and redo are commands of their own: they are ops, and what was made comes back as what it was", async () => {
  await using sim = await simulate(shelf);
  const [ada, ben] = sim.clients;
  const undo = createUndo(ada);
  expect([undo.canUndo, undo.canRedo]).toEqual([nothingToUndo, nothingToRedo]);
  undo.send({ type: "put", text: "cup" });
  await sim.settle();
  const made = ben?.state.context.things;
  expect(Object.values(made ?? {})).toEqual(["cup"]);
  const rev = ada.rev;

  expect(undo.canUndo).toEqual({ verdict: "allowed" });
  expect(await undoAndSettle(sim, undo.undo())).toMatchObject({ ok: true, rev: rev + 1 });
  expect(ben?.state.context.things).toEqual({});
  expect(undo.canUndo).toEqual(nothingToUndo);

  expect(await undoAndSettle(sim, undo.redo())).toMatchObject({ ok: true, rev: rev + 2 });
  expect(ben?.state.context.things).toEqual(made);
  expect([undo.canUndo, undo.canRedo]).toEqual([{ verdict: "allowed" }, nothingToRedo]);
  await undoAndSettle(sim, undo.undo());
  expect(ben?.state.context.things).toEqual({});
});

test("several steps go back in order, pending or not; a new command leaves nothing to redo", async () => {
  await using sim = await simulate(shelf, { clients: 1 });
  const [ada] = sim.clients;
  const undo = createUndo(ada);
  undo.send({ type: "put", text: "1" });
  const [id = ""] = Object.keys(ada.state.context.things);
  for (const text of ["2", "3", "4"]) undo.send({ type: "edit", thing: id, text });
  undo.undo();
  expect(ada.state.context.things).toEqual({ [id]: "3" }); // all of it is pending still
  await sim.settle();
  undo.undo();
  undo.redo();
  await sim.settle();
  expect(ada.state.context.things).toEqual({ [id]: "3" });
  undo.send({ type: "edit", thing: id, text: "5" });
  expect(undo.canRedo).toEqual(nothingToRedo);
  for (let steps = 0; steps < 4; steps++) undo.undo();
  await sim.settle();
  expect(ada.state.context.things).toEqual({});
  expect([undo.canUndo, undo.undo()]).toEqual([nothingToUndo, undefined]);
});

test("what has no rule, or none for this case, and what is no command at all, leaves the stacks as they are", async () => {
  await using sim = await simulate(shelf, { clients: 1 });
  const [ada] = sim.clients;
  const undo = createUndo(ada);
  undo.send({ type: "put" });
  undo.undo();
  undo.send({ type: "lock", locked: false });
  undo.send({ type: "edit", thing: "nobody's", text: "x" });
  undo.send({ type: "edit", thing: 5, text: "x" } as never);
  expect([undo.canUndo, undo.canRedo]).toEqual([nothingToUndo, { verdict: "allowed" }]);
  await sim.settle();
  undo.redo();
  await sim.settle();
  expect(Object.values(ada.state.context.things)).toEqual(["thing"]); // the schema's default, as the room had it
});

test("[L10] a command that the room refuses leaves the stack", async () => {
  await using sim = await simulate(shelf, { seed: 3 });
  const [ada, ben] = sim.clients;
  const undo = createUndo(ada);
  undo.send({ type: "put", text: "cup" });
  await sim.settle();
  const [id = ""] = Object.keys(ada.state.context.things);
  ben?.send({ type: "take", ids: [id] });
  const late = undo.send({ type: "edit", thing: id, text: "mug" });
  expect(undo.canUndo).toEqual({ verdict: "allowed" });
  let told = 0;
  undo.subscribe(() => told++);
  await sim.settle();
  // Who came first is the network's to say: make sure that this run is about a refusal.
  expect(await late.settled).toMatchObject({ ok: false, guard: "isThere" });
  expect(told).toBeGreaterThan(0);
  // What is left is the step below it; the cup is gone, too.
  expect(undo.canUndo).toMatchObject({ verdict: "refused", guard: "isThere", reason: "It is not there any more." });
  undo.undo();
  expect(undo.canUndo).toEqual(nothingToUndo);
});

test("[L10] an undo that others made impossible says why, is told, and is dropped; the one before it is next", async () => {
  await using sim = await simulate(shelf);
  const [ada, ben] = sim.clients;
  const undo = createUndo(ada);
  undo.send({ type: "put", text: "plate" });
  undo.send({ type: "put", text: "cup" });
  await sim.settle();
  const id = Object.keys(ada.state.context.things).at(-1) ?? "";
  ben?.send({ type: "take", ids: [id] });
  await sim.settle();
  const refused: string[] = [];
  ada.on("refused", ({ command, reason }) => refused.push(`${command.type}: ${reason}`));

  expect(undo.canUndo).toMatchObject({ verdict: "refused", reason: "It is not there any more." });
  expect(await undoAndSettle(sim, undo.undo())).toMatchObject({ ok: false, guard: "isThere" });
  expect(refused).toEqual(["take: It is not there any more."]);
  expect(undo.canRedo).toEqual(nothingToRedo);
  expect(undo.canUndo).toEqual({ verdict: "allowed" });
  expect(await undoAndSettle(sim, undo.undo())).toMatchObject({ ok: true });
  expect(ada.state.context.things).toEqual({});
});

test("each has their own stack: what others did is theirs to undo", async () => {
  await using sim = await simulate(shelf);
  const [ada, ben] = sim.clients;
  const undo = createUndo(ada);
  ben?.send({ type: "put", text: "theirs" });
  undo.send({ type: "put", text: "mine" });
  await sim.settle();
  undo.undo();
  undo.undo();
  await sim.settle();
  expect(Object.values(ada.state.context.things)).toEqual(["theirs"]);
});

test("[L11] the last hundred commands are kept", async () => {
  await using sim = await simulate(shelf, { clients: 1 });
  const [ada] = sim.clients;
  const undo = createUndo(ada);
  undo.send({ type: "put", text: "0" });
  await sim.settle();
  const [id = ""] = Object.keys(ada.state.context.things);
  for (let n = 1; n <= 105; n++) {
    undo.send({ type: "edit", thing: id, text: `${n}` });
    if (n % 20 === 0) await sim.pass(2_000);
  }
  await sim.settle();
  let steps = 0;
  while (undo.undo() !== undefined) if (++steps % 20 === 0) await sim.pass(2_000);
  await sim.settle();
  expect(steps).toBe(100);
  expect(ada.state.context.things).toEqual({ [id]: "5" });
});

test("a verdict keeps its reference until it changes; who unsubscribed hears nothing", async () => {
  await using sim = await simulate(shelf, { clients: 1 });
  const [ada] = sim.clients;
  const undo = createUndo(ada);
  undo.send({ type: "put" });
  const before = undo.canUndo;
  let told = 0;
  const stop = undo.subscribe(() => told++);
  ada.send({ type: "lock", locked: true });
  expect(undo.canUndo).toBe(before);
  expect(told).toBe(1);
  stop();
  undo.undo();
  expect(told).toBe(1);
  expect(undo.canUndo).not.toBe(before);
});

test("before the first welcome nobody knows whose a command is: undo waits, then takes back what was made under its final id", async () => {
  const harness = await Harness.start({ types: [shelf], journal: memory(), clock: new VirtualClock() });
  let isAway = true;
  const wire = new Wire({
    clock: harness.clock,
    room: () => (isAway ? undefined : harness.room("shelf")),
    user: "Ada",
    delayMs: () => 5,
  });
  harness.wires.add(wire);
  const room = createRoom(shelf, {
    url: "ws://here",
    id: "r",
    clock: harness.clock,
    random: () => 0.5,
    newId: () => "ada",
    socket: wire.socket,
    network: wire.network,
  });
  const undo = createUndo(room);
  undo.send({ type: "put", text: "early" });
  expect(undo.canUndo).toEqual({ verdict: "unknown" });
  expect(undo.undo()).toBeUndefined();
  isAway = false;
  await harness.pass(60_000);
  expect(room.state.context.things).toEqual({ "ada-2": "early" }); // who was never there is asked for new numbers
  undo.undo();
  await harness.pass(1_000);
  expect(room.state.context).toMatchObject({ things: {}, bin: { "ada-2": "early" } });
  void room.leave();
  await harness.pass(1_000);
});

type Sim = Awaited<ReturnType<typeof simulate<typeof shelf>>>;
async function undoAndSettle(sim: Sim, sent: ReturnType<ReturnType<typeof createUndo<typeof shelf>>["undo"]>) {
  await sim.settle();
  return sent?.settled;
}
