import { describe, expect, test } from "bun:test";
import type { Frame } from "../support/client.ts";
import { textOf, World } from "./world.ts";

/** Does something to the next frame that fits, once per call of `arm`. */
function tamperer() {
  let next: ((frame: Frame) => Frame | undefined) | undefined;
  return {
    arm: (change: (frame: Frame) => Frame | undefined) => {
      next = change;
    },
    tamper: (text: string): string | undefined => {
      const frame = JSON.parse(text) as Frame;
      if (next === undefined || frame.type !== "delta" || !(frame.payload.ops?.length > 0)) return text;
      const changed = next(frame);
      next = undefined;
      return changed === undefined ? undefined : JSON.stringify(changed);
    },
  };
}
const lose = () => undefined;
const falsify = (frame: Frame): Frame => {
  for (const op of frame.payload.ops) if (op[2].type === "add") op[2].n += 1;
  return frame;
};

async function watched(options: Parameters<typeof World.make>[0] = {}) {
  const world = await World.make(options);
  const { arm, tamper } = tamperer();
  const ann = world.join("ann", {}, { tamper });
  const ben = world.join("ben");
  const troubles: { code: string; message: string }[] = [];
  ann.room.on("trouble", (trouble) => troubles.push(trouble));
  await world.pass(200);
  const resyncs = () => ann.wire.said.filter(({ type }) => type === "resync").map(({ payload }) => payload.reason);
  return { world, ann, ben, arm, troubles, resyncs };
}

describe("[L6] a gap is noticed and healed", () => {
  test("by the next delta", async () => {
    const { world, ann, ben, arm, resyncs } = await watched();
    arm(lose);
    ben.room.send({ type: "add", n: 1 });
    await world.pass(100);
    ben.room.send({ type: "add", n: 2 });
    await world.pass(200);
    expect(resyncs()).toEqual(["gap"]);
    expect(ann.room.state.context.total).toBe(3);
    expect(ann.room.connection.status).toBe("live");
  });

  test("by a pong, if no delta follows: the last message before silence was lost", async () => {
    const { world, ann, ben, arm, resyncs } = await watched();
    arm(lose);
    ben.room.send({ type: "add", n: 1 });
    await world.pass(20_000);
    expect(resyncs()).toEqual(["gap"]);
    expect(textOf(ann.room.state)).toBe(world.served);
  });

  test("one's own op lost on the way back: settled once it is known to have taken effect", async () => {
    const { world, ann, ben, arm } = await watched();
    arm(lose);
    const sent = ann.room.send({ type: "add", n: 1 });
    await world.pass(100);
    expect(ann.room.state.context.total).toBe(1);
    ben.room.send({ type: "add", n: 2 });
    await world.pass(200);
    expect(await sent.settled).toMatchObject({ ok: true });
    expect(ann.room.state.context.total).toBe(3);
    expect((await world.ops()).filter(({ seq, by }) => seq > 0 && by.client === "ann")).toHaveLength(1);
  });
});

describe("[DELTA-8] a hidden divergence", () => {
  test("is found by the server's checksum, healed, and told with its paths", async () => {
    const { world, ann, ben, arm, troubles, resyncs } = await watched({ limits: { checksumEveryMsMin: 1 } });
    arm((frame) => {
      delete frame.payload.sum;
      return falsify(frame);
    });
    ben.room.send({ type: "add", n: 1 });
    await world.pass(100);
    expect(ann.room.confirmed.context.total).toBe(2); // it does not know yet
    ben.room.send({ type: "set", field: "a", value: 1 });
    await world.pass(200);
    expect(resyncs()).toEqual(["diverged"]);
    expect(textOf(ann.room.state)).toBe(world.served);
    expect(troubles).toMatchObject([{ code: "diverged", message: expect.stringContaining("context.total") }]);
    expect(ann.room.connection.status).toBe("live");
  });

  test("an op that the machine fails on is one, too", async () => {
    const { world, ann, ben, arm, troubles, resyncs } = await watched();
    arm((frame) => {
      for (const op of frame.payload.ops) op[2] = null;
      return frame;
    });
    ben.room.send({ type: "add", n: 1 });
    await world.pass(300);
    expect(resyncs()).toEqual(["diverged"]);
    expect(textOf(ann.room.state)).toBe(world.served);
    expect(troubles[0]).toMatchObject({ code: "machine" });
  });

  test("no loop lasts: after a few it is stuck, says so, and a person may try again", async () => {
    const world = await World.make({ limits: { checksumEveryMsMin: 1 } });
    let wrong = true;
    const tamper = (text: string) => (wrong ? text.replace(/"sum":\d+/, '"sum":1') : text);
    const ann = world.join("ann", {}, { tamper });
    const ben = world.join("ben");
    await world.pass(200);
    for (let n = 0; n < 12; n++) {
      ben.room.send({ type: "set", field: "a", value: n });
      await world.pass(2_000);
    }
    expect(ann.room.connection).toMatchObject({ status: "stuck", reason: "The room cannot be brought in step." });
    const resyncs = ann.wire.said.filter(({ type }) => type === "resync").length;
    expect(resyncs).toBeLessThan(7);
    await world.pass(60_000);
    expect(ann.room.connection.status).toBe("stuck");
    wrong = false;
    ann.room.connect();
    await world.pass(500);
    expect(ann.room.connection.status).toBe("live");
    expect(textOf(ann.room.state)).toBe(world.served);
  });
});

describe("the connection", () => {
  test("a server that fell silent is left, and found again", async () => {
    let silent = false;
    const world = await World.make();
    const ann = world.join("ann", {}, { tamper: (text) => (silent ? undefined : text) });
    await world.pass(200);
    silent = true;
    const sent = ann.room.send({ type: "add", n: 1 });
    await world.pass(14_000);
    expect(ann.room.connection.status).toBe("live");
    await world.pass(3_000);
    expect(ann.room.connection.status).not.toBe("live");
    silent = false;
    await world.pass(30_000);
    expect(ann.room.connection.status).toBe("live");
    expect(await sent.settled).toMatchObject({ ok: true });
    expect(ann.room.state.context.total).toBe(1);
  });

  test("backs off with full jitter, further each time, and tells when it will try", async () => {
    const world = await World.make();
    world.isAway = true;
    const waits: number[] = [];
    const { room } = world.join("ann", { random: () => 1 });
    room.subscribe(() => {
      const { status, retryAt } = room.connection;
      if (status === "backoff" && retryAt !== undefined) waits.push(Math.round(retryAt - world.clock.now()));
    });
    await world.pass(120_000);
    expect(waits.slice(0, 8)).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000]);
    const jittered = world.join("ben", { random: () => 0 });
    await world.pass(100);
    expect(jittered.room.connection.status).not.toBe("live");
    world.isAway = false;
    room.connect();
    await world.pass(100);
    expect(room.connection.status).toBe("live");
  });

  test("the server's retryAfterMs is honoured, and jittered", async () => {
    const world = await World.make({ limits: { clientsMax: 1 } });
    world.join("ann");
    await world.pass(200);
    const { room } = world.join("ben", { random: () => 0.4 });
    await world.pass(100);
    expect(room.connection).toMatchObject({ status: "backoff", code: "RESOURCE_EXHAUSTED", reason: "This room is full." });
    expect((room.connection.retryAt ?? 0) - world.clock.now()).toBeGreaterThan(5_000);
  });

  test("offline it waits for the network and does not try; online it tries at once", async () => {
    const world = await World.make();
    const ann = world.join("ann");
    await world.pass(200);
    ann.wire.setOnline(false);
    expect(ann.room.connection.status).toBe("offline");
    ann.room.send({ type: "add", n: 1 });
    await world.pass(60_000);
    expect(ann.room.connection.status).toBe("offline");
    ann.wire.setOnline(true);
    await world.pass(100);
    expect(ann.room.connection.status).toBe("live");
    expect(ann.room.confirmed.context.total).toBe(1);
  });

  test("[L12] while the room cannot save, commands wait and it says so; then they take effect once", async () => {
    const { FaultyJournal } = await import("../support/faulty-journal.ts");
    const { memory } = await import("../../src/journal/memory.ts");
    const faulty = new FaultyJournal();
    const world = await World.make({ journal: faulty.factory(memory()) });
    const [ann, ben] = [world.join("ann"), world.join("ben")];
    await world.pass(200);
    faulty.full = true;
    const sent = ann.room.send({ type: "add", n: 1 });
    await world.pass(500);
    expect(ann.room.connection).toMatchObject({ status: "live", saving: false });
    expect(ben.room.connection.saving).toBe(false);
    expect(ann.room.state.context.total).toBe(1);
    faulty.full = false;
    await world.pass(40_000);
    expect(ann.room.connection.saving).toBe(true);
    expect(ben.room.connection.saving).toBe(true);
    expect(await sent.settled).toMatchObject({ ok: true });
    expect(ben.room.state.context.total).toBe(1);
  });

  test("[CMD-4] over the rate, nothing is lost, and the order stays", async () => {
    const world = await World.make({ limits: { batchBytesMax: 600 } });
    const ann = world.join("ann");
    await world.pass(200);
    ann.room.send({ type: "take" });
    for (let n = 0; n < 100; n++) ann.room.send({ type: "item", text: String(n) });
    await world.pass(60_000);
    expect(ann.wire.heard.some(({ type, payload }) => type === "error" && payload.code === "RESOURCE_EXHAUSTED")).toBe(true);
    expect(ann.room.pending).toEqual([]);
    expect(ann.room.state.context.items.map(({ text }) => Number(text))).toEqual(Array.from({ length: 100 }, (_, n) => n));
  });

  test("an address that is none is told, and not tried again", async () => {
    const world = await World.make();
    const { room } = world.join("ann", {
      socket: () => {
        throw new SyntaxError("no such address");
      },
    });
    await world.pass(60_000);
    expect(room.connection).toMatchObject({ status: "refused", reason: "SyntaxError: no such address" });
  });
});
