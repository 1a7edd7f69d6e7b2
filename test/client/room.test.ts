import { describe, expect, test } from "bun:test";
import type { CommandOf } from "../../src/room/define-room.ts";
import type { board } from "../support/board.ts";
import { textOf, World } from "./world.ts";

async function two() {
  const world = await World.make();
  const [ann, ben] = [world.join("ann"), world.join("ben")];
  await world.pass(200);
  return { world, ann, ben };
}

describe("optimistic", () => {
  test("before anything was told, the state is the machine's first; then the server's", async () => {
    const world = await World.make();
    const { room } = world.join("ann");
    expect(room.rev).toBe(-1);
    expect(room.me).toBeUndefined();
    expect(room.connection.status).toBe("connecting");
    expect(room.state.value).toBe("free");
    expect(room.explain({ type: "take" })).toEqual({ verdict: "unknown" });
    await world.pass(200);
    expect(room.me).toEqual({ user: "ann", name: "ann", role: "member", client: "ann", who: 1 });
    expect(room.connection).toEqual({ status: "live", code: undefined, reason: undefined, retryAt: undefined, saving: true });
    expect(textOf(room.state)).toBe(world.served);
  });

  test("a command shows at once, is confirmed with its rev, and keeps what it made by the same id", async () => {
    const { world, ann } = await two();
    ann.room.send({ type: "take" });
    const sent = ann.room.send({ type: "item", text: "x" });
    expect(sent).toMatchObject({ seq: 2, predicted: true });
    expect(ann.room.state.context.items).toMatchObject([{ id: "ann-2", text: "x" }]);
    expect(ann.room.confirmed.context.items).toEqual([]);
    expect(ann.room.pending).toMatchObject([
      { seq: 1, command: { type: "take" } },
      { seq: 2, predicted: true },
    ]);
    await world.pass(100);
    expect(await sent.settled).toEqual({ ok: true, rev: 4 });
    expect(ann.room.pending).toEqual([]);
    expect(ann.room.confirmed.context.items).toMatchObject([{ id: "ann-2", text: "x" }]);
    expect(ann.room.state).toBe(ann.room.confirmed);
  });

  test("[L10] a refused command is refused with guard and reason, and never showed", async () => {
    const { world, ann, ben } = await two();
    ann.room.send({ type: "take" });
    await world.pass(100);
    const refusals: unknown[] = [];
    ben.room.on("refused", (refused) => refusals.push(refused));
    const sent = ben.room.send({ type: "item", text: "x" });
    expect(sent.predicted).toBe(false);
    expect(ben.room.explain({ type: "item", text: "x" })).toMatchObject({ verdict: "refused", guard: "isHolder" });
    expect(ben.room.can({ type: "item", text: "x" })).toBe(false);
    await world.pass(100);
    const no = { code: "guard", guard: "isHolder", reason: "You do not hold it.", rev: 3 };
    expect(await sent.settled).toEqual({ ok: false, ...no } as never);
    expect(refusals).toEqual([{ seq: 1, command: { type: "item", text: "x" }, ...no }]);
  });

  test("what the schemas refuse has no number and goes nowhere; nor does what the server's edge would refuse", async () => {
    const { world, ann } = await two();
    const said = ann.wire.said.length;
    const wrong: readonly [unknown, string][] = [
      [{ type: "nope" }, "command"],
      [{ type: "add" }, "payload"],
      [{ type: "add", n: 1, by: "me" }, "payload"],
      [{ type: "item", text: "\ud800" }, "payload"],
      [{ type: "item", text: "x".repeat(30_000) }, "payload"],
    ];
    for (const [command, code] of wrong) {
      const sent = ann.room.send(command as CommandOf<typeof board>);
      expect(sent.seq).toBe(0);
      expect(await sent.settled).toMatchObject({ ok: false, code });
    }
    expect(ann.room.send({ type: "add", n: 1 }).seq).toBe(1);
    await world.pass(100);
    expect(ann.wire.said.slice(said).filter(({ type }) => type === "command")).toHaveLength(1);
  });

  test("[L11] no more are open than the server keeps fates for", async () => {
    const world = await World.make({ limits: { refusalsPerClientMax: 3 } });
    const { room, wire } = world.join("ann");
    await world.pass(200);
    wire.setOnline(false);
    for (let n = 0; n < 3; n++) room.send({ type: "add", n: 1 });
    expect(await room.send({ type: "add", n: 1 }).settled).toMatchObject({ ok: false, code: "full" });
    wire.setOnline(true);
    await world.pass(5_000);
    expect(room.state.context.total).toBe(3);
  });
});

describe("conflicts", () => {
  test("two set the same field: the server's order decides, and both end with it", async () => {
    const { world, ann, ben } = await two();
    ann.room.send({ type: "set", field: "a", value: 1 });
    ben.room.send({ type: "set", field: "a", value: 2 });
    expect(ann.room.state.context.fields).toEqual({ a: { value: 1, by: "ann" } });
    expect(ben.room.state.context.fields).toEqual({ a: { value: 2, by: "ben" } });
    await world.pass(200);
    expect(ann.room.state.context.fields).toEqual(ben.room.state.context.fields);
  });

  test("a remote op makes a pending one impossible: the view rolls back, and is told why", async () => {
    const { world, ann, ben } = await two();
    ben.room.send({ type: "take" });
    await world.pass(6); // on its way back: ann has not heard of it
    const sent = ann.room.send({ type: "take" });
    expect(sent.predicted).toBe(true);
    expect(ann.room.state.context.holder).toBe("ann");
    await world.pass(200);
    expect(ann.room.state.context.holder).toBe("ben");
    expect(await sent.settled).toMatchObject({ ok: false, code: "state", acceptedIn: ["free"] });
  });

  test("a pending one that depends on a refused one rolls back with it, and is refused for its own reason", async () => {
    const { world, ann, ben } = await two();
    ben.room.send({ type: "take" });
    await world.pass(6);
    ann.room.send({ type: "take" });
    const item = ann.room.send({ type: "item", text: "mine" });
    expect(item.predicted).toBe(true);
    await world.pass(200);
    expect(await item.settled).toMatchObject({ ok: false, code: "guard", guard: "isHolder" });
    expect(ann.room.state.context.items).toEqual([]);
  });

  test("a pending one that still fits stays on top of what others did", async () => {
    const { world, ann, ben } = await two();
    ann.wire.setOnline(false);
    ann.room.send({ type: "set", field: "a", value: 1 });
    ben.room.send({ type: "set", field: "b", value: 2 });
    await world.pass(200);
    ann.wire.setOnline(true);
    await world.pass(20);
    await world.pass(2_000);
    expect(ann.room.state.context.fields).toEqual({ b: { value: 2, by: "ben" }, a: { value: 1, by: "ann" } });
  });
});

describe("what is told", () => {
  test("selections are told of their own value alone; unchanged parts keep their references", async () => {
    const { world, ann, ben } = await two();
    const totals: number[] = [];
    const fields: unknown[] = [];
    ann.room.select((state) => state.context.total).subscribe((total) => totals.push(total));
    ann.room.select((state) => state.context.fields).subscribe((value) => fields.push(value));
    const before = ann.room.state.context.fields;
    ben.room.send({ type: "add", n: 3 });
    await world.pass(100);
    ann.room.send({ type: "add", n: 1 });
    expect(ann.room.state.context.fields).toBe(before);
    await world.pass(100);
    expect(totals).toEqual([3, 4]);
    expect(fields).toEqual([]);
    expect(ann.room.state).toBe(ann.room.state);
    expect(ann.room.pending).toBe(ann.room.pending);
    expect(ann.room.me).toBe(ann.room.me as never);
    expect(ann.room.connection).toBe(ann.room.connection);
    expect(ann.room.presence.others).toBe(ann.room.presence.others);
    // A whole snapshot, too, changes nothing that is equal.
    const whole = ann.room.state.context;
    ann.wire.cut();
    await world.pass(30_000);
    expect(ann.room.state.context).toBe(whole);
  });

  test("by a rule of its own, a selection keeps its value", async () => {
    const { world, ann, ben } = await two();
    const even = ann.room.select(
      ({ context }) => ({ isEven: context.total % 2 === 0 }),
      (a, b) => a.isEven === b.isEven,
    );
    const { value } = even;
    const told: unknown[] = [];
    even.subscribe((next) => told.push(next));
    ben.room.send({ type: "add", n: 2 });
    await world.pass(100);
    expect(even.value).toBe(value);
    expect(told).toEqual([]);
  });

  test("ops are told once each, with who did it; live or not", async () => {
    const { world, ann, ben } = await two();
    const ops: unknown[] = [];
    ann.room.on("op", ({ rev, by, event, live }) => ops.push([rev, by.name, event.type, live]));
    ben.room.send({ type: "take" });
    await world.pass(100);
    ann.wire.cut();
    await world.pass(20);
    ben.room.send({ type: "drop" });
    await world.pass(5_000);
    expect(ops).toEqual([
      [3, "ben", "take", true],
      [4, "ben", "drop", false],
    ]);
  });

  test("a listener that throws costs nobody else anything", async () => {
    const { world, ann, ben } = await two();
    const { error } = console;
    const printed: unknown[] = [];
    console.error = (...what: unknown[]) => printed.push(what);
    try {
      ann.room.on("op", () => {
        throw new Error("mine");
      });
      const heard: number[] = [];
      ann.room.on("op", ({ rev }) => heard.push(rev));
      ben.room.send({ type: "take" });
      await world.pass(100);
      expect(heard).toEqual([3]);
      expect(printed).toHaveLength(1);
    } finally {
      console.error = error;
    }
  });

  test("the time of the room is followed by a client whose clock is wrong", async () => {
    const world = await World.make();
    const skewed = { ...worldClock(world), now: () => world.clock.now() - 3_600_000 };
    const { room } = world.join("ann", { clock: skewed });
    const other = world.join("ben").room;
    await world.pass(200);
    other.send({ type: "take" });
    await world.pass(100);
    expect(Math.abs(room.now() - world.clock.now())).toBeLessThan(50);
  });
});

const worldClock = ({ clock }: World) => ({
  now: () => clock.now(),
  monotonic: () => clock.monotonic(),
  setTimer: (ms: number, fire: () => void) => clock.setTimer(ms, fire),
});

describe("presence", () => {
  test("is merged, throttled, seen by others with their name, and ends with its session", async () => {
    const { world, ann, ben } = await two();
    const said = () => ann.wire.said.filter(({ type }) => type === "presence");
    for (let x = 0; x < 50; x++) ann.room.presence.set({ x });
    ann.room.presence.set({ typing: true });
    expect(ann.room.presence.mine).toEqual({ x: 49, typing: true });
    await world.pass(200);
    expect(said().length).toBeLessThan(4);
    expect([...ben.room.presence.others.values()]).toMatchObject([{ user: "ann", name: "ann", state: { x: 49, typing: true } }]);
    expect(ann.room.presence.others.size).toBe(0);
    ann.room.presence.set(null);
    await world.pass(200);
    expect(ben.room.presence.others.size).toBe(0);
    ann.room.presence.set({ x: 1 });
    await world.pass(200);
    await ann.room.leave();
    await world.pass(200);
    expect(ben.room.presence.others.size).toBe(0);
  });

  test("is there again after a reconnect, without being said again", async () => {
    const { world, ann, ben } = await two();
    ann.room.presence.set({ x: 7 });
    await world.pass(100);
    ann.wire.cut();
    await world.pass(50);
    expect(ben.room.presence.others.size).toBe(0);
    await world.pass(5_000);
    expect([...ben.room.presence.others.values()].map(({ state }) => state)).toEqual([{ x: 7 }]);
  });
});

describe("the end", () => {
  test("leave gives the place up at once; close keeps it for the grace", async () => {
    const { world, ann, ben } = await two();
    await ann.room.leave();
    await world.pass(50);
    expect([...ben.room.roster.values()].map(({ name }) => name)).toEqual(["ben"]);
    const cyn = world.join("cyn");
    await world.pass(200);
    await cyn.room.close();
    await world.pass(1_000);
    expect(ben.room.roster.size).toBe(2);
    await world.pass(20_000);
    expect(ben.room.roster.size).toBe(1);
  });

  test("nobody waits for ever: what is open when a room is closed is settled as such, and nothing more is taken", async () => {
    const { world, ann } = await two();
    ann.wire.setOnline(false);
    const sent = ann.room.send({ type: "take" });
    const synced = ann.room.whenSynced().then(
      () => "synced",
      (error: Error) => error.message,
    );
    await ann.room.close();
    expect(await sent.settled).toMatchObject({ ok: false, code: "closed" });
    expect(await synced).toContain("closed");
    expect(await ann.room.send({ type: "take" }).settled).toMatchObject({ ok: false, code: "closed" });
    await world.pass(100);
    expect(ann.room.connection.status).toBe("closed");
  });
});
