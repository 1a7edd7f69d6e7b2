import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import type { Op } from "../../src/room/op.ts";
import { testServer } from "../support/server.ts";
import { type Observed, verdicts } from "./verdicts.ts";
import { Wire } from "./wire.ts";

async function demo(...args: string[]): Promise<{ code: number; text: string }> {
  const child = Bun.spawn([process.execPath, join(import.meta.dir, "main.ts"), "--people", "12", "--seconds", "3", ...args], {
    cwd: join(import.meta.dir, "../.."),
    stdout: "pipe",
    stderr: "inherit",
  });
  const text = await new Response(child.stdout).text();
  return { code: await child.exited, text };
}

test("[L2] [L4] [L7] the demo's short form: a meeting, a SIGKILL, and everyone has the same state", async () => {
  const { code, text } = await demo();
  expect(text).toContain("SIGKILL");
  expect([...(text.match(/^ {2}[✓✗] .*$/gm) ?? [])], text).toEqual(verdicts(good()).map(([what]) => `  ✓ ${what}`));
  expect(code).toBe(0);
}, 90_000);

test("its comparison can fail: a client with another state is found", async () => {
  const { code, text } = await demo("--break");
  expect(text).toContain("✗ all clients have the same state: 2 different ones");
  expect(code).toBe(1);
}, 90_000);

test("[L6] canary: a delta that does not follow what came before is counted", async () => {
  await using server = await testServer();
  const wire = new Wire(server.url(), () => false);
  const delta = (from: number) => JSON.stringify({ type: "delta", payload: { from, to: from + 1, at: 0, ops: [[0, 0, {}]] } });
  wire.hear(JSON.stringify({ type: "snapshot", payload: { rev: 5, reason: "first", state: {} } }));
  wire.hear(delta(5));
  expect(wire.gaps).toBe(0);
  wire.hear(delta(7));
  expect(wire.gaps).toBe(1);
  wire.close();
});

describe("each verdict of the demo can fail, and fails alone", () => {
  const [first, second] = [command(1, 1), command(2, 2)];
  const cases: readonly (readonly [law: string, what: string, observed: Partial<Observed>])[] = [
    ["L7", "all clients have the same state", { states: ["a", "b"], served: "a", replayed: "a" }],
    ["L6", "it is the server's state", { served: "b" }],
    ["L7", "it is what the journal's replay gives (L7)", { replayed: "b" }],
    ["L1", "revs are gapless (L1)", { ops: [first, { ...second, rev: 3 }] }],
    ["L4", "every command is in the journal as its client was told, and once (L2, L4)", { ops: [first] }],
    [
      "L2",
      "each client's commands are in the journal in its order, none twice (L2, L5)",
      { ops: [first, second, command(3, 3), command(4, 3)] },
    ],
    [
      "L5",
      "each client's commands are in the journal in its order, none twice (L2, L5)",
      { ops: [second, first].map((op, i) => ({ ...op, rev: i + 1 })) },
    ],
    ["L10", "a command that is sent again is told its old fate (L2, L10)", { toldOtherwise: ["p0 1 was refused at first"] }],
    ["L6", "no client saw a gap (L6)", { gaps: 1 }],
    ["L6", "no client had anything to heal", { troubles: ["p0: diverged"] }],
    ["L4", "the journal is undamaged, the server drained", { alarms: [{ code: "damaged" }] }],
    ["L14", "the journal is undamaged, the server drained", { exitCode: 1 }],
    ["L2", "the run put all this to the test", { scenes: { "a kill came": false } }],
  ];
  // Two different states cannot both be the server's, so that case alone has company.
  const company = ["it is the server's state", "it is what the journal's replay gives (L7)"];

  test("[L2] [L4] [L7] a good run has no problem", () => {
    expect(failing(good())).toEqual([]);
  });

  for (const [law, what, observed] of cases)
    test(`[${law}] canary: ${what}: ${Object.keys(observed).join(", ")}`, () => {
      expect(failing({ ...good(), ...observed })).toEqual([what, ...("states" in observed ? company : [])]);
    });

  test("[L2] canary: a command that was told accepted is there twice", () => {
    expect(failing({ ...good(), ops: [first, second, command(3, 2)] })).toEqual([
      "every command is in the journal as its client was told, and once (L2, L4)",
      "each client's commands are in the journal in its order, none twice (L2, L5)",
    ]);
  });
});

function good(): Observed {
  const settled = [1, 2].map((seq) => ({ seq, event: { type: "hand.raise" }, ok: true }));
  return {
    states: ["a", "a"],
    served: "a",
    replayed: "a",
    ops: [command(1, 1), command(2, 2)],
    senders: [{ client: "p0", settled }],
    gaps: 0,
    troubles: [],
    toldOtherwise: [],
    alarms: [],
    exitCode: 0,
    scenes: { "a kill came": true },
  };
}

function command(rev: number, seq: number): Op {
  return { rev, at: rev, who: 1, by: { user: "guest-p0", role: "host", client: "p0" }, seq, event: { type: "hand.raise" } };
}

const failing = (observed: Observed): string[] => verdicts(observed).flatMap(([what, problem]) => (problem === undefined ? [] : [what]));
