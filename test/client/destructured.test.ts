import { expect, test } from "bun:test";
import { World } from "./world.ts";

test("a room's methods work by themselves, as React code likes to use them", async () => {
  const world = await World.make();
  const { room } = world.join("ann");
  await world.pass(200);
  const { send, can, explain, select, subscribe, on, now, whenSynced, connect, presence, leave } = room;
  const { set } = presence;
  let changes = 0;
  subscribe(() => changes++);
  on("op", () => changes++);
  expect(can({ type: "drop" })).toBe(false);
  expect(explain({ type: "take" })).toEqual({ verdict: "allowed" });
  send({ type: "take" });
  set({ x: 1 });
  connect();
  await world.pass(200);
  await whenSynced();
  expect(select(({ context }) => context.holder).value).toBe("ann");
  expect(now()).toBeGreaterThan(0);
  expect(changes).toBeGreaterThan(1);
  const left = leave();
  await world.pass(50);
  await left;
  expect(room.connection.status).toBe("closed");
});
