import { expect, test } from "bun:test";
import { GatedStorage } from "./gated-storage.ts";
import { World } from "./world.ts";

test("[L2] a page that dies between its first welcome and the save that knows it: its commands take effect once", async () => {
  const world = await World.make();
  const gate = new GatedStorage();
  const first = world.join("ann", { storage: gate.storage });
  await world.pass(8); // the hello is on its way
  gate.isHolding = true;
  first.room.send({ type: "add", n: 1 });
  await world.pass(50); // welcomed meanwhile
  await gate.letOne(); // the save that began before the welcome
  await world.pass(50); // sent, decided
  first.wire.setOnline(false); // the process dies: the second save never ends
  await world.pass(30_000);
  const after = new GatedStorage();
  await after.leave("ws://here/rooms/board/r", gate.saved.at(-1) as never);
  let n = 0;
  const second = world.join("ann", { storage: after.storage, newId: () => `next${n++}` });
  await world.pass(5_000);
  expect(second.room.connection.status).toBe("live");
  expect(second.room.confirmed.context.total).toBe(1);
});
