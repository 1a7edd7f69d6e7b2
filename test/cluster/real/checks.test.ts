/** Each check of a run can fail, without a cluster. What only a log can show, controls.test.ts shows. */
import { describe, expect, test } from "bun:test";
import type { Told } from "./clerk.ts";
import { Commands } from "./commands.ts";
import { Heal } from "./heal.ts";
import { Heard } from "./heard.ts";
import { percentile, summary } from "./summary.ts";
import { WatchedSocket } from "./watched-socket.ts";

const op = (mark: string, rev: number) => ({ rev, event: { type: "put", mark } });
const told = (mark: string, outcome: Told["outcome"], event = op(mark, 0).event): Told => ({ client: "a", mark, event, outcome });

describe("commands", () => {
  test("as their clients were told, each once and in order: nothing is said", () => {
    const commands = new Commands();
    expect([op("a.1", 1), op("b.1", 2), op("a.3", 3)].flatMap((one) => commands.add(one))).toEqual([]);
    expect(commands.audit([told("a.1", "accepted"), told("a.2", "refused"), told("a.3", "accepted")])).toEqual([]);
  });

  for (const [what, ops, tales, law] of [
    ["one that is there twice", [op("a.1", 1), op("b.1", 2), op("a.1", 3)], [], "L2"],
    ["one that comes after a later one", [op("a.2", 1), op("a.1", 2)], [], "L5"],
    ["acknowledged, and not there", [op("a.1", 1)], [told("a.2", "accepted")], "L4"],
    ["acknowledged, and there as something else", [op("a.1", 1)], [told("a.1", "accepted", { type: "give", mark: "a.1" })], "L4"],
    ["refused, and there", [op("a.1", 1)], [told("a.1", "refused")], "L10"],
    ["not known any more", [op("a.1", 1)], [told("a.1", "unknown")], "L2"],
  ] as const)
    test(`canary: ${what}`, () => {
      const commands = new Commands();
      const problems = [...ops.flatMap((one) => commands.add(one)), ...commands.audit(tales)];
      expect(problems).toEqual([expect.stringMatching(new RegExp(`^\\[${law}\\]`))]);
    });
});

describe("what comes over a socket", () => {
  const welcome = (rev: number, more = {}) => ({ type: "welcome", payload: { epoch: "e", rev, recovered: "resumed", acked: 0, ...more } });
  const snapshot = (rev: number, more = {}) => ({ type: "snapshot", payload: { epoch: "e", rev, reason: "first", ...more } });
  const delta = (from: number, ...marks: readonly string[]) => ({
    type: "delta",
    payload: { from, to: from + marks.length, at: 0, ops: marks.map((mark) => [1, 1, op(mark, 0).event]) },
  });

  test("in order, over two connections, with a state that jumps: nothing is said", async () => {
    const first = [welcome(5, { recovered: "first" }), snapshot(5), delta(5, "a", "b"), delta(7)];
    expect(await problemsOf(first, [welcome(9), delta(7, "c", "d"), snapshot(20, { reason: "beyondRing" }), delta(20, "e")])).toEqual([]);
    const parts = [snapshot(5, { part: 1, parts: 2 }), snapshot(5, { part: 2, parts: 2 })];
    expect(await problemsOf([welcome(5), ...parts, delta(5, "a")])).toEqual([]);
  });

  const begun = [welcome(5), snapshot(5), delta(5, "a", "b")];
  for (const [what, frames, law] of [
    ["a gap", [delta(8, "d")], "L6"],
    ["a repetition", [delta(6, "b")], "L6"],
    ["a snapshot that goes back", [snapshot(6)], "L6"],
    ["a snapshot for a reason that should not be", [snapshot(7, { reason: "diverged" })], "L6"],
    ["a welcome that is behind", [welcome(6)], "L6"],
    ["a client that is told to be ahead", [welcome(7, { recovered: "ahead" })], "L6"],
    ["another epoch", [welcome(7, { epoch: "f" })], "L4"],
    ["fates that are not known", [welcome(7, { acked: null })], "L2"],
  ] as const)
    test(`canary: ${what}`, async () => {
      expect(await problemsOf(begun, frames)).toEqual([expect.stringMatching(new RegExp(`^\\[${law}\\]`))]);
    });

  test("canary: another op at a rev that somebody else was told", () => {
    const heard = new Heard();
    const at = { who: 1, seq: 1, at: 0 };
    heard.op("a", { rev: 1, ...at, event: op("x", 0).event });
    heard.op("b", { rev: 1, ...at, event: op("x", 0).event });
    expect(heard.problems).toEqual([]);
    heard.op("c", { rev: 1, ...at, event: op("y", 0).event });
    expect(heard.problems).toEqual([expect.stringMatching(/^\[L1\]/)]);
  });

  /** What is said of one client to whom each list of frames comes over a connection of its own. */
  async function problemsOf(...connections: readonly (readonly unknown[])[]): Promise<string[]> {
    const heard = new Heard();
    const seen = { client: "a", heard, rev: -1 };
    for (const frames of connections) {
      const server = Bun.serve({
        port: 0,
        hostname: "127.0.0.1",
        fetch: (request, bun) => (bun.upgrade(request) ? undefined : new Response()),
        websocket: {
          open(socket) {
            for (const frame of frames) socket.send(JSON.stringify(frame));
            socket.close();
          },
          message: () => undefined,
        },
      });
      const socket = new WatchedSocket(server.url.href.replace("http", "ws"), seen);
      const { promise, resolve } = Promise.withResolvers<void>();
      socket.onclose = () => resolve();
      await promise;
      await server.stop(true);
    }
    return heard.problems;
  }
});

describe("how long a room was away", () => {
  test("only what was given after the fault counts, for each client its first", async () => {
    const heal = new Heal(["a", "b"]);
    heal.accepted("a", performance.now() - 1_000);
    expect([heal.firstMs, heal.allMs]).toEqual([undefined, undefined]);
    heal.accepted("a", performance.now());
    await heal.first(100);
    expect(heal.firstMs).toBeNumber();
    expect(heal.allMs).toBeUndefined();
    await expect(heal.all(5)).rejects.toThrow("b: nothing acknowledged");
    heal.accepted("b", performance.now());
    await heal.all(100);
    expect(heal.allMs).toBeGreaterThanOrEqual(heal.firstMs ?? Infinity);
    expect(heal.silenceMs).toBeLessThan(heal.allMs ?? 0);
  });

  test("percentiles, and what a run came to", () => {
    const values = Array.from({ length: 100 }, (_, i) => 100 - i);
    expect([percentile(values, 50), percentile(values, 99), percentile([7], 99), percentile([], 50)]).toEqual([50, 99, 7, 0]);
    const struck = [1, 2, 3].map((firstMs) => ({ kind: "usurp" as const, room: "r", firstMs, allMs: 10, silenceMs: 5 }));
    const totals = { accepted: 1, refused: 2, ops: 3, told: 4, writers: 5 };
    const lines = summary(struck, ["[L4] x", "[L2] x", "[L1] x", "[L6] x", "[L7] x"], totals);
    expect(lines[1]?.split(/ {2,}/)).toEqual(["usurp", "3", "2 ms", "3 ms", "10 ms", "10 ms", "5 ms", "5 ms"]);
    expect(lines.at(-1)).toBe("lost 1, twice 1, gaps 2, other 1");
  });
});
