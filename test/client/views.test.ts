/** A client in a room with views: what it shows of its own, what it cannot know, and that nothing flickers. The real server, on a virtual clock. */
import { describe, expect, test } from "bun:test";
import { overlaid } from "../../src/client/overlay.ts";
import { hidden } from "../../src/room/secret.ts";
import { simulate } from "../../src/testing/simulate.ts";
import { type Ballot, ballot } from "../support/ballot.ts";

const vote = (card: string) => ({ type: "vote", card }) as const;

describe("[OWN-1] one's own in a room with views", () => {
  test("a predicted vote stays visible: when confirmed, when others vote, until it is counted", async () => {
    await using sim = await simulate(ballot, { clients: 3, seed: 5 });
    const [host, ann, ben] = sim.clients;
    if (ann === undefined || ben === undefined) throw new Error("three clients were asked for");
    const seen: unknown[] = [];
    ann.subscribe(() => seen.push((ann.state.context as Ballot).votes["u2"]));
    const sent = ann.send(vote("5"));
    expect(sent.predicted).toBe(true);
    await sim.settle();
    ben.send(vote("8"));
    await sim.settle();
    expect(seen.length).toBeGreaterThan(2);
    expect(new Set(seen)).toEqual(new Set(["5"]));
    expect((ann.state.context as Ballot).votes).toEqual({ u2: "5", u3: hidden });
    expect((ben.state.context as Ballot).votes).toEqual({ u2: hidden, u3: "8" });
    expect((host.state.context as Ballot).votes).toEqual({ u2: "5", u3: "8" });
    host.send({ type: "count" });
    await sim.settle();
    expect((ben.state.context as Ballot).votes).toEqual({ u2: "5", u3: "8" });
  });

  test("what cannot be done twice without being seen is never seen twice: acknowledged in the moment of its effect", async () => {
    await using sim = await simulate(ballot, { clients: 2, seed: 6 });
    const [, ann] = sim.clients;
    if (ann === undefined) throw new Error("two clients were asked for");
    const seen: number[] = [];
    ann.subscribe(() => seen.push((ann.state.context as Ballot).raised));
    for (let n = 1; n <= 5; n++) {
      ann.send({ type: "raise", n: 1 });
      await sim.pass(7);
    }
    await sim.settle();
    expect(seen.toSorted((a, b) => a - b)).toEqual(seen);
    expect(Math.max(...seen)).toBe(5);
  });

  test("a guard that reads something hidden is unknown: no prediction, and the room's word counts", async () => {
    await using sim = await simulate(ballot, { clients: 3, seed: 7 });
    const [host, ann, ben] = sim.clients;
    if (ann === undefined || ben === undefined) throw new Error("three clients were asked for");
    ann.send(vote("5"));
    ben.send(vote("5"));
    await sim.settle();
    expect(ann.explain({ type: "rig" })).toEqual({ verdict: "unknown" });
    expect(host.explain({ type: "rig" })).toMatchObject({ verdict: "refused", guard: "isSplit" });
    const refused = ann.send({ type: "rig" });
    expect(refused.predicted).toBe(false);
    await sim.settle();
    expect(await refused.settled).toMatchObject({ ok: false, guard: "isSplit", reason: "All say the same." });
    ben.send(vote("8"));
    await sim.settle();
    const rigged = ann.send({ type: "rig" });
    expect(rigged.predicted).toBe(false);
    await sim.settle();
    expect(await rigged.settled).toMatchObject({ ok: true });
    expect((ann.state.context as Ballot).votes).toEqual({});
  });

  test("a role gained and lost in mid-session shows and hides, and one's own stays", async () => {
    await using sim = await simulate(ballot, { clients: 3, seed: 8 });
    const [host, ann, ben] = sim.clients;
    if (ann === undefined || ben === undefined) throw new Error("three clients were asked for");
    ann.send(vote("5"));
    ben.send(vote("8"));
    host.send({ type: "role", user: "u2", role: "host" });
    await sim.settle();
    expect((ann.state.context as Ballot).votes).toEqual({ u2: "5", u3: "8" });
    host.send({ type: "role", user: "u2", role: "member" });
    await sim.settle();
    expect((ann.state.context as Ballot).votes).toEqual({ u2: "5", u3: hidden });
  });
});

describe("overlays", () => {
  test("records are merged, anything else is replaced, what is hidden is shown; neither is changed", () => {
    const under = { a: { x: 1, y: hidden }, list: [1, 2], gone: 1 };
    const text = JSON.stringify(under);
    expect(overlaid(under, undefined)).toBe(under);
    expect(overlaid(under, {})).toEqual(under);
    expect(overlaid(under, { a: { y: { z: 1 } }, list: [3], b: null })).toEqual({ a: { x: 1, y: { z: 1 } }, list: [3], b: null, gone: 1 });
    expect(overlaid(null, { a: 1 })).toEqual({ a: 1 });
    expect(overlaid({ a: 1 }, { a: null })).toEqual({ a: null });
    const odd = overlaid({}, JSON.parse('{"__proto__":{"admin":true}}')) as Record<string, unknown>;
    expect(odd["admin"]).toBeUndefined();
    expect(JSON.stringify(under)).toBe(text);
  });
});
