import { expect, test } from "bun:test";
import { memoryStorage } from "../../src/client/memory.ts";
import { World } from "./world.ts";

test("[L10] onRefused hears of every refusal, also of what an earlier page asked for", async () => {
  const world = await World.make();
  const storage = memoryStorage();
  const first = world.join("ann", { storage });
  await world.pass(200);
  first.wire.setOnline(false);
  first.room.send({ type: "item", text: "not mine to add" });
  await first.room.close();
  const refused: unknown[] = [];
  world.join("ann", { storage, onRefused: ({ command, reason }) => refused.push([command.type, reason]) });
  await world.pass(1_000);
  expect(refused).toEqual([["item", expect.any(String)]]);
});
