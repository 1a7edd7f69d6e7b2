import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Sent } from "../../src/client/index.ts";
import type { board } from "../support/board.ts";
import { type Person, replayed, textOf, World } from "./world.ts";

const command = fc.oneof(
  fc.record({ type: fc.constant("set" as const), field: fc.constantFrom("a" as const, "b" as const), value: fc.nat(9) }),
  fc.record({ type: fc.constant("add" as const), n: fc.integer({ min: 1, max: 9 }) }),
  fc.record({ type: fc.constantFrom("take" as const, "drop" as const) }),
  fc.record({ type: fc.constant("item" as const), text: fc.constantFrom("x", "y") }),
);
const act = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant("send" as const), who: fc.nat(2), command }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("wait" as const), ms: fc.nat(120) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom("cut" as const, "offline" as const, "online" as const), who: fc.nat(2) }) },
);
/** `leadMs`: whether they have joined before they begin. */
const run = fc.record({
  leadMs: fc.constantFrom(0, 500, 500),
  acts: fc.array(act, { minLength: 10, maxLength: 60, size: "max" }),
  delays: fc.array(fc.nat(80), { minLength: 1, maxLength: 20 }),
});

interface Given {
  readonly person: Person;
  readonly sent: Sent<typeof board>;
  /** When it was sent. */
  readonly predicted: boolean;
  outcome: { readonly ok: boolean } | undefined;
}

async function play({ leadMs, acts, delays }: typeof run extends fc.Arbitrary<infer T> ? T : never) {
  const world = await World.make();
  let n = 0;
  const delayMs = () => delays[n++ % delays.length] ?? 0;
  const people = ["ann", "ben", "cyn"].map((name) => world.join(name, {}, { delayMs }));
  const given: Given[] = [];
  const wrong: string[] = [];
  for (const { room } of people) {
    const check = () => {
      if (textOf(room.state) !== replayed(room)) wrong.push(`${room.me?.user}: ${textOf(room.state)} is not ${replayed(room)}`);
    };
    room.subscribe(check);
    room.on("trouble", (trouble) => wrong.push(JSON.stringify(trouble)));
  }
  await world.pass(leadMs);
  for (const step of acts) {
    const person = people["who" in step ? step.who : 0] as Person;
    if (step.do === "send") {
      const sent = person.room.send(step.command);
      const entry: Given = { person, sent, predicted: sent.predicted, outcome: undefined };
      given.push(entry);
      void entry.sent.settled.then((outcome) => {
        entry.outcome = outcome;
      });
    } else if (step.do === "wait") await world.pass(step.ms);
    else if (step.do === "cut") person.wire.cut();
    else person.wire.setOnline(step.do === "online");
  }
  for (const { wire } of people) wire.setOnline(true);
  await world.pass(60_000);
  return { world, people, given, wrong };
}

describe("predict → confirm → rebase, on any interleaving", () => {
  test("[L2] [L5] [L14] the view is confirmed + pending at each change; all converge; each command took effect once or was refused", async () => {
    const seen = { ok: 0, refused: 0, resumed: 0, rolledBack: 0 };
    await fc.assert(
      fc.asyncProperty(run, async (given) => {
        const played = await play(given);
        expect(played.wrong).toEqual([]);
        for (const { room, wire } of played.people) {
          expect(room.connection.status).toBe("live");
          expect(room.pending).toEqual([]);
          expect(textOf(room.state)).toBe(played.world.served);
          expect(room.state).toBe(room.confirmed);
          seen.resumed += wire.heard.filter(({ type, payload }) => type === "welcome" && payload.recovered === "resumed").length;
        }
        const ops = await played.world.ops();
        const counts = new Map<string, number>();
        for (const { seq, by } of ops) if (seq > 0) counts.set(`${by.client} ${seq}`, (counts.get(`${by.client} ${seq}`) ?? 0) + 1);
        for (const { person, sent, predicted, outcome } of played.given) {
          const times = counts.get(`${person.room.me?.client} ${sent.seq}`) ?? 0;
          expect({ seq: sent.seq, times, ok: outcome?.ok }).toEqual({ seq: sent.seq, times: outcome?.ok ? 1 : 0, ok: outcome?.ok });
          seen[outcome?.ok ? "ok" : "refused"]++;
          if (predicted && outcome?.ok === false) seen.rolledBack++;
        }
        for (const { client } of new Set(ops.map(({ by }) => by))) {
          const seqs = ops.filter(({ by, seq }) => by.client === client && seq > 0).map(({ seq }) => seq);
          expect(seqs).toEqual([...seqs].sort((a, b) => a - b));
        }
      }),
      { numRuns: Number(process.env["RUNS"] ?? 200) },
    );
    // Nothing was vacuous: refusals, roll-backs and resumes came about.
    expect(seen.ok).toBeGreaterThan(100);
    expect(seen.refused).toBeGreaterThan(50);
    expect(seen.rolledBack).toBeGreaterThan(5);
    expect(seen.resumed).toBeGreaterThan(10);
  }, 120_000);

  test("the check can fail: a view that lost an op is found", async () => {
    const world = await World.make();
    const { room } = world.join("ann");
    await world.pass(100);
    room.send({ type: "add", n: 1 });
    expect(textOf(room.state)).toBe(replayed(room));
    expect(textOf(room.confirmed)).not.toBe(replayed(room));
  });
});
