import { expect, test } from "bun:test";
import { hidden } from "quorate";
import { simulate } from "quorate/testing";
import { roomType } from "./room.ts";

test("answers are secret until time is up, but for one's own", async () => {
  await using sim = await simulate(roomType, { clients: 2 });
  const [ada, ben] = sim.clients;
  ada.send({ type: "ask", question: "Tea or coffee?" });
  await sim.settle();
  const sent = ben?.send({ type: "answer", text: "Tea" });
  expect(sent?.predicted).toBe(true);
  expect(ben?.state.context.app.answers).toEqual({ u2: "Tea" });
  await sim.settle();
  expect(ben?.state.context.app.answers).toEqual({ u2: "Tea" });
  expect(ada.state.context.app.answers).toEqual({ u2: hidden });
  await sim.pass(30_000);
  expect(ada.state.matches({ app: "resting" })).toBe(true);
  expect(ada.state.context.app.answers).toEqual({ u2: "Tea" });
  expect(sim.divergence()).toBeUndefined();
});

test("what is refused says why", async () => {
  await using sim = await simulate(roomType, { clients: 2 });
  const [ada, ben] = sim.clients;
  expect(ben?.explain({ type: "ask", question: "Me?" })).toMatchObject({ verdict: "refused", reason: "Only a host asks." });
  ada.send({ type: "ask", question: "Tea or coffee?" });
  ada.send({ type: "answer", text: "Coffee" });
  const second = ada.send({ type: "answer", text: "Tea" });
  await sim.settle();
  expect(await second.settled).toMatchObject({ ok: false, guard: "hasNotAnswered", reason: "You have answered already." });
});
