import { expect, test } from "bun:test";
import { simulate } from "../../src/testing/index.ts";
import { board } from "../support/board.ts";

test("an app's test: clients predict, are refused, and end in step", async () => {
  await using sim = await simulate(board, { clients: 3, seed: 7 });
  const [ann, ben, cyn] = sim.clients;
  ann.send({ type: "take" });
  const late = ben?.send({ type: "take" });
  expect(ben?.state.context.holder).toBe("u2");
  await sim.settle();
  expect(await late?.settled).toMatchObject({ ok: false, code: "state" });
  expect(cyn?.state.context.holder).toBe("u1");
  expect(sim.divergence()).toBeUndefined();
});

test("the same seed is the same run", async () => {
  const run = async (seed: number) => {
    await using sim = await simulate(board, { clients: 2, seed });
    const seen: unknown[] = [];
    for (const room of sim.clients) room.on("op", ({ rev, at, event }) => seen.push([rev, at, event.type]));
    sim.clients[0].send({ type: "add", n: 1 });
    sim.clients[1]?.send({ type: "add", n: 2 });
    await sim.settle();
    return JSON.stringify(seen);
  };
  expect(await run(3)).toBe(await run(3));
  expect(await run(3)).not.toBe(await run(4));
});
