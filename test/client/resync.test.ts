/** Asking for the whole state: when, how often, and what is not believed meanwhile. */
import { describe, expect, test } from "bun:test";
import { Script, stateOf } from "./scripted.ts";

const add = (n: number) => ({ type: "add", n }) as const;
const bens = (seq: number, n: number) => [2, seq, add(n)] as const;
const asked = (script: Script) => script.socket.of("resync").map(({ reason }) => reason);
const heal = (script: Script, rev: number, reason = "gap") => script.socket.snapshot(rev, { reason });
/** A delta that can only follow one that was never told. */
const gap = (script: Script) => script.socket.delta(script.room.rev + 5, [bens(1, 1)]);

describe("[L6] [DELTA-1] a gap", () => {
  test("is asked about once; nothing that a delta beyond it says counts", async () => {
    const script = await Script.live();
    const sent = script.room.send(add(1));
    const cues: unknown[] = [];
    let isSettled = false;
    void sent.settled.then(() => {
      isSettled = true;
    });
    script.room.on("cue", (cue) => cues.push(cue));
    for (const from of [3, 4, 5]) script.socket.delta(from, [bens(from, 1)], { acked: 1, cues: [{ type: "taken", by: "ben" }] });
    script.socket.say("pong", { rev: 6 });
    await script.pass(0);
    expect(asked(script)).toEqual(["gap"]);
    expect(isSettled).toBe(false);
    expect(cues).toEqual([]);
    expect(script.room.rev).toBe(1);
    expect(script.status).toBe("catchingUp");
    heal(script, 6);
    expect(script.status).toBe("live");
    script.socket.delta(6, [bens(6, 1)]);
    expect(script.room.rev).toBe(7);
    expect(asked(script)).toEqual(["gap"]);
    expect(script.troubles).toEqual([]);
  });

  test("a delta that is not beyond what this client has is none, and its cues were told", async () => {
    const script = await Script.live();
    const cues: unknown[] = [];
    script.room.on("cue", (cue) => cues.push(cue));
    const twice = () => script.socket.delta(1, [bens(1, 1), bens(2, 2)], { cues: [{ type: "taken", by: "ben" }] });
    twice();
    twice();
    script.socket.delta(1, [bens(1, 1)]);
    expect(script.room.state.context.total).toBe(3);
    expect(cues).toHaveLength(1);
    expect(asked(script)).toEqual([]);
  });

  test("[PING-2] a pong tells of one, but not while this client is still catching up, nor if it tells nothing new", async () => {
    const script = new Script();
    await script.pass(0);
    await script.hello();
    script.socket.welcome({ rev: 3 });
    script.socket.say("pong", { rev: 3 });
    script.socket.snapshot(3);
    script.socket.say("pong", { rev: 3 });
    expect(asked(script)).toEqual([]);
    script.socket.say("pong", { rev: 4 });
    expect(asked(script)).toEqual(["gap"]);
  });

  test("while it catches up: the deltas of a resume may have one, too", async () => {
    const script = await Script.live();
    await script.again();
    script.socket.welcome({ rev: 9, recovered: "resumed" });
    script.socket.delta(4, [bens(1, 1)]);
    expect(asked(script)).toEqual(["gap"]);
    heal(script, 9);
    expect(script.status).toBe("live");
  });
});

describe("[SYNC-1] asking", () => {
  test("is repeated if no answer comes within 15 s, and not if one did", async () => {
    const script = await Script.live();
    gap(script);
    for (const [ms, times] of [
      [14_900, 1],
      [200, 2],
      [15_000, 3],
    ] as const) {
      for (let left = ms; left > 0; left -= 1_000) {
        await script.pass(Math.min(1_000, left));
        script.socket.say("presence", { set: [], gone: [] });
      }
      expect(asked(script)).toHaveLength(times);
    }
    heal(script, 6);
    for (let n = 0; n < 40; n++) {
      await script.pass(1_000);
      script.socket.say("pong", { rev: 6 });
    }
    expect(asked(script)).toHaveLength(3);
  });

  /** The server lives, and says nothing that answers. */
  async function wait(script: Script, seconds: number): Promise<void> {
    for (let n = 0; n < seconds && script.status !== "stuck"; n++) {
      await script.pass(1_000);
      script.socket.say("presence", { set: [], gone: [] });
    }
  }

  test("that is never answered is given up after five times, however long each takes", async () => {
    const script = await Script.live();
    await wait(script, 61);
    gap(script);
    await wait(script, 300);
    expect(script.status).toBe("stuck");
    expect(asked(script)).toHaveLength(5);
  });

  test("is not repeated while the answer comes in parts", async () => {
    const script = await Script.live();
    const data = JSON.stringify(stateOf({ total: 4 }));
    const part = (n: number) => script.socket.snapshot(6, { state: undefined, part: n, parts: 3, data: n === 3 ? data : "" });
    gap(script);
    for (const n of [1, 2, 3]) {
      await wait(script, 10);
      part(n);
    }
    expect(asked(script)).toHaveLength(1);
    expect(script.status).toBe("live");
    expect(script.room.state.context.total).toBe(4);
  });

  test("is repeated when a part of the answer is missing", async () => {
    const script = await Script.live();
    const data = JSON.stringify(stateOf({ total: 4 }));
    const part = (n: number) => script.socket.snapshot(6, { state: undefined, part: n, parts: 3, data: n === 3 ? data : " " });
    gap(script);
    for (const n of [1, 3]) part(n);
    expect(script.status).toBe("catchingUp");
    await wait(script, 16);
    expect(asked(script)).toHaveLength(2);
    for (const n of [1, 2, 3]) part(n);
    expect(script.status).toBe("live");
    expect(script.troubles).toEqual([]);
  });

  test("is not needed for a snapshot that was announced, unless it stops coming", async () => {
    const script = new Script();
    await script.pass(0);
    await script.hello();
    script.socket.welcome();
    for (const part of [1, 2]) {
      await wait(script, 10);
      script.socket.snapshot(1, { state: undefined, part, parts: 3, data: "" });
    }
    await wait(script, 14);
    expect(script.socket.of("resync")).toEqual([]);
    await wait(script, 2);
    expect(script.socket.of("resync")).toEqual([{ reason: "gap" }]);
    script.socket.snapshot(1);
    expect(script.status).toBe("live");
  });

  test("over the rate: again when the server says", async () => {
    const script = await Script.live();
    gap(script);
    script.socket.say("error", { code: "RESOURCE_EXHAUSTED", message: "Later.", retryAfterMs: 3_000 });
    await script.pass(2_900);
    expect(asked(script)).toHaveLength(1);
    await script.pass(200);
    expect(asked(script)).toHaveLength(2);
    expect(script.troubles).toEqual([]);
    heal(script, 6);
    for (let n = 0; n < 20; n++) {
      await script.pass(1_000);
      script.socket.say("pong", { rev: 6 });
    }
    expect(asked(script)).toHaveLength(2);
  });

  test("while a snapshot is on its way anyway, none is asked for, whatever the server is tired of", async () => {
    const script = new Script();
    await script.pass(0);
    await script.hello();
    script.socket.welcome();
    script.socket.say("error", { code: "RESOURCE_EXHAUSTED", message: "Too many tokens.", retryAfterMs: 1_000 });
    await script.pass(2_000);
    expect(script.socket.of("resync")).toEqual([]);
    script.socket.snapshot(1);
    expect(script.status).toBe("live");
  });

  test("an error that is about no resync is told", async () => {
    const script = await Script.live();
    script.socket.say("error", { code: "RESOURCE_EXHAUSTED", message: "Too many tokens.", retryAfterMs: 3_000 });
    script.socket.say("error", { code: "INVALID_ARGUMENT", message: "Strange." });
    expect(script.troubles).toEqual([
      { code: "RESOURCE_EXHAUSTED", message: "Too many tokens." },
      { code: "INVALID_ARGUMENT", message: "Strange." },
    ]);
  });

  test("five a minute; the sixth is given up, until a person wants it tried again, who gets five more", async () => {
    const script = await Script.live();
    const again = () => {
      gap(script);
      heal(script, script.room.rev + 6);
    };
    for (let n = 0; n < 5; n++) again();
    expect(script.status).toBe("live");
    gap(script);
    expect(script.status).toBe("stuck");
    expect(asked(script)).toHaveLength(5);
    script.room.connect();
    await script.hello();
    script.socket.welcome({ rev: script.room.rev, recovered: "resumed" });
    expect(script.status).toBe("live");
    for (let n = 0; n < 5; n++) again();
    expect(script.status).toBe("live");
    expect(asked(script)).toHaveLength(5);
    gap(script);
    expect(script.status).toBe("stuck");
  });

  test("a minute later the budget is whole again, and as small as before", async () => {
    const script = await Script.live();
    const again = () => {
      gap(script);
      heal(script, script.room.rev + 6);
    };
    const minute = async () => {
      for (let n = 0; n < 61; n++) {
        await script.pass(1_000);
        script.socket.say("pong", { rev: script.room.rev });
      }
    };
    await minute();
    for (let n = 0; n < 5; n++) again();
    await minute();
    for (let n = 0; n < 5; n++) again();
    expect(script.status).toBe("live");
    gap(script);
    expect(script.status).toBe("stuck");
  });
});

describe("[DELTA-8] a divergence", () => {
  test("is told with the places that differ, a few at most", async () => {
    const script = await Script.live();
    script.socket.delta(1, [bens(1, 1)], { sum: 1 });
    expect(asked(script)).toEqual(["diverged"]);
    const fields = Object.fromEntries("abcdefgh".split("").map((key) => [key, 1]));
    heal(script, 2, "diverged");
    expect(script.troubles).toMatchObject([{ code: "diverged", message: expect.stringContaining("in context.total.") }]);
    script.socket.delta(2, [bens(2, 1)], { sum: 1 });
    script.socket.snapshot(3, { reason: "diverged", state: stateOf({ fields }) });
    expect(script.troubles[1]?.message.split(", ")).toHaveLength(5);
    expect(script.troubles[1]?.message).toContain("context.fields.a, ");
  });
});
