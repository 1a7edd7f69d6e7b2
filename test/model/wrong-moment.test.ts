/** What only shows when something happens at the wrong moment: found by going through the machines' states. */
import { describe, expect, test } from "bun:test";
import { memoryStorage } from "../../src/client/memory.ts";
import { memory } from "../../src/journal/memory.ts";
import { defineRoom } from "../../src/room/define-room.ts";
import { World } from "../client/world.ts";
import { counter } from "../support/counter.ts";
import { Harness } from "../support/harness.ts";

describe("[L2] a client whose storage is still being read does not connect as somebody else", () => {
  for (const call of ["connect", "setToken"] as const) {
    test(`when the app calls ${call}()`, async () => {
      const world = await World.make();
      const storage = memoryStorage();
      const room = "ws://here/rooms/board/r";
      const kept = await storage.claimFresh(room, { client: "kept", nextSeq: 4, pending: [], usedAt: world.clock.now() });
      await kept.save(kept.record);
      await kept.release();
      const reading = Promise.withResolvers<void>();
      const claim: typeof storage.claim = async (address, fresh) => {
        await reading.promise;
        return storage.claim(address, fresh);
      };
      const ann = world.join("ann", { storage: { ...storage, claim } });
      if (call === "connect") ann.room.connect();
      else ann.room.setToken("token");
      await world.pass(100);
      reading.resolve();
      await world.pass(100);
      const sent = ann.room.send({ type: "add", n: 1 });
      await world.pass(5_000);
      expect(ann.wire.said.filter(({ type }) => type === "hello").map(({ payload }) => payload.client)).toEqual(["kept"]);
      expect(ann.room.pending).toEqual([]);
      expect(await sent.settled).toMatchObject({ ok: true });
    });
  }
});

test("[L13] [L14] a view that fails for a newcomer: it is told, and leaves no ghost", async () => {
  let isBroken = true;
  const seen = defineRoom({
    ...counter,
    view: ({ context }: { context: object }) => {
      if (isBroken) throw new Error("this view fails");
      return context;
    },
  } as never) as typeof counter;
  const harness = await Harness.start({ types: [seen], journal: memory() });
  const room = harness.room("counter");
  const ann = await harness.join(room, "ann");
  isBroken = false;
  expect(ann.closed).toBeDefined();
  harness.drop(room, ann);
  await harness.pass(20_000);
  expect([...room.sessions]).toEqual([]);
});

test("[L14] no loop lasts: a client whose resyncs are never answered does not ask for ever", async () => {
  const world = await World.make();
  let lost = "";
  const ann = world.join("ann", {}, { tamper: (text) => (JSON.parse(text).type === lost ? undefined : text) });
  const ben = world.join("ben");
  await world.pass(100);
  lost = "delta";
  ben.room.send({ type: "add", n: 1 });
  await world.pass(100);
  lost = "snapshot";
  ben.room.send({ type: "add", n: 1 });
  await world.pass(300_000);
  expect(ann.wire.said.filter(({ type }) => type === "resync").length).toBeLessThan(10);
  expect(ann.room.connection.status).not.toBe("catchingUp");
});
