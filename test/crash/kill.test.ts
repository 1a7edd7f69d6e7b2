import { expect, test } from "bun:test";
import { join } from "node:path";
import { meeting } from "../../src/meeting/room.ts";
import { random } from "../../src/testing/random.ts";
import { ChildServer } from "../support/child-server.ts";
import { together } from "../support/client.ts";
import { readJournal, wrongFates } from "../support/read-journal.ts";
import { Sender } from "../support/sender.ts";

const rounds = Number(process.env["KILL_ROUNDS"] ?? 20);
const seed = Number(process.env["SEED"] ?? Date.now() % 1_000_000);

test(`[L2] [L4] [L7] a server killed ${rounds} times under load loses nothing acknowledged and applies nothing twice (SEED=${seed})`, async () => {
  const next = random(seed);
  await using server = await ChildServer.make("test/crash/quorate.config.ts");
  await server.start();
  const url = () => server.url("meeting/crash");
  const senders = ["Host", "Ben", "Cy", "Di"].map((name, i) => new Sender(meeting, url, `c${i}`, name));
  for (const sender of senders) await sender.connect();
  senders[0]?.send({ type: "meeting.start" });

  let interrupted = 0;
  for (let round = 0; round < rounds; round++) {
    // The kill falls somewhere into this burst: between receipt, decision, commit and telling. The moment is the fault, nothing waits for it.
    for (let i = 0; i < 150; i++) for (const sender of senders) sender.send(someCommand(next, sender, round, i));
    await new Promise((resolve) => setTimeout(resolve, next() * 30));
    await server.kill();
    for (const sender of senders) await sender.connection?.end();
    for (const sender of senders) sender.lost();
    if (senders.some(({ pending }) => pending > 0)) interrupted++;
    await server.start();
    for (const sender of senders) await sender.connect();
    for (const sender of senders) await sender.allSettled();
  }

  const connections = senders.flatMap(({ connection }) => connection ?? []);
  await together(...connections);
  const head = connections[0]?.rev ?? 0;
  const texts = new Set(connections.map((connection) => connection.state));
  expect(texts.size, "all clients have the same state").toBe(1);
  expect(connections.map((connection) => connection.gaps)).toEqual([0, 0, 0, 0]);
  expect(senders.map(({ resumes }) => resumes)).toEqual([rounds, rounds, rounds, rounds]);
  // Draining closes the sockets; who was in the meeting stays in it for the grace, so nothing but `away` follows.
  expect(await server.stop()).toBe(0);

  const { ops, state, alarms } = await readJournal(meeting, "meeting/crash", join(server.data, "rooms.db"), head);
  expect(alarms).toEqual([]);
  expect(ops.slice(head).filter(({ event }) => event.type !== "participant.away")).toEqual([]);
  expect(
    ops.map(({ rev }) => rev),
    "[L1] gapless",
  ).toEqual(ops.map((_, i) => i + 1));
  expect(state, "[L7] the replayed journal").toBe(texts.values().next().value as string);
  expect(wrongFates(ops, senders), "[L2] [L4]").toEqual([]);
  for (const sender of senders)
    expect(sender.settled.map(({ seq }) => seq).sort((x, y) => x - y)).toEqual(sender.settled.map((_, i) => i + 1));
  // The run was not vacuous: kills fell among commands whose fate was open.
  expect(interrupted).toBeGreaterThan(rounds / 4);
  const all = senders.flatMap(({ settled }) => settled);
  expect(all.filter(({ ok }) => ok).length).toBeGreaterThan(rounds * 100);
  expect(all.filter(({ ok }) => !ok).length).toBeGreaterThan(rounds * 20);
}, 240_000);

function someCommand(next: () => number, sender: Sender, round: number, i: number) {
  const dice = next();
  if (dice < 0.6) return { type: "chat.send", text: `${sender.client} ${round}.${i}` };
  if (dice < 0.75) return { type: "hand.raise" };
  if (dice < 0.9) return { type: "hand.lower" };
  return { type: "meeting.start" }; // refused: it runs
}
