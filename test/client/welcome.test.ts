/** What a welcome means for commands whose fate is open, for the state, and for who this is. */
import { describe, expect, test } from "bun:test";
import { createRoom } from "../../src/client/index.ts";
import { Script, stateOf } from "./scripted.ts";

const add = (n: number) => ({ type: "add", n }) as const;
/** What it resolved to so far; `undefined` if it has not. */
async function now<T>(promise: Promise<T>): Promise<T | undefined> {
  return Promise.race([promise, Promise.resolve(undefined)]);
}

describe("[HELLO-4] a hello", () => {
  test("says what is open and what the next number is; of the state, what it has", async () => {
    const script = new Script();
    await script.pass(0);
    expect(await script.hello()).toEqual({ protocol: 1, client: "ann", machine: 1, nextSeq: 1, openSeq: 1 });
    script.socket.welcome();
    script.socket.snapshot(1);
    for (const n of [1, 2, 3]) script.room.send(add(n));
    script.socket.delta(1, [[1, 1, add(1)]]);
    const hello = { protocol: 1, client: "ann", machine: 1, nextSeq: 4, openSeq: 2, since: { epoch: "e1", rev: 2 }, resume: "secret" };
    expect(await script.again()).toEqual(hello);
  });

  test("[SYNC-1] from a state that is known to be wrong, nothing is resumed", async () => {
    const script = await Script.live();
    script.socket.delta(1, [[2, 1, add(1)]], { sum: 1 });
    expect(script.socket.of("resync")).toEqual([{ reason: "diverged" }]);
    expect((await script.again()).since).toBeUndefined();
  });

  test("[ORDER-3] after another epoch it names that one", async () => {
    const script = await Script.live();
    await script.again();
    script.socket.welcome({ epoch: "e2", rev: 7, recovered: "otherEpoch" });
    script.socket.snapshot(7, { epoch: "e2" });
    expect((await script.again()).since).toEqual({ epoch: "e2", rev: 7 });
  });
});

describe("[WEL-3] acked", () => {
  test("is not the end of a command before the state shows it: nothing flickers", async () => {
    const script = await Script.live();
    const sent = script.room.send(add(3));
    await script.again();
    script.socket.welcome({ rev: 2, recovered: "beyondRing", acked: 1 });
    await script.pass(100);
    expect(await now(sent.settled)).toBeUndefined();
    expect(script.room.state.context.total).toBe(3);
    script.socket.snapshot(2, { state: stateOf({ total: 3 }) });
    expect(await sent.settled).toEqual({ ok: true, rev: 2 });
    expect(script.room.state.context.total).toBe(3);
  });

  test("[ORDER-3] also where the new history is shorter than the old one", async () => {
    const script = await Script.live();
    script.socket.delta(
      1,
      Array.from({ length: 8 }, () => [2, 0, { type: "participant.away", user: "ben", who: 2 }] as const),
    );
    expect(script.room.rev).toBe(9);
    const sent = script.room.send(add(3));
    await script.again();
    script.socket.welcome({ epoch: "e2", rev: 4, recovered: "otherEpoch", acked: 1 });
    expect(script.status).toBe("catchingUp");
    await script.pass(3_000);
    expect(await now(sent.settled)).toBeUndefined();
    expect(script.socket.of("ping"), "a rev of another history").toEqual([]);
    script.socket.snapshot(4, { epoch: "e2", state: stateOf({ total: 3 }) });
    expect(script.status).toBe("live");
    expect(await sent.settled).toEqual({ ok: true, rev: 4 });
    await script.pass(1_000);
    expect(script.socket.of("ping")).toEqual([{ rev: 4 }]);
  });

  test("[WEL-1] only what is above it is sent again", async () => {
    const script = await Script.live();
    for (const n of [1, 2, 3]) script.room.send(add(n));
    expect(script.socket.seqs).toEqual([1, 2, 3]);
    await script.again();
    script.socket.welcome({ rev: 3, recovered: "resumed", acked: 2 });
    expect(script.socket.seqs).toEqual([3]);
    expect(script.status).toBe("catchingUp");
  });

  test("beyond what this client knows of, it says what the next number is, at once", async () => {
    const script = new Script();
    await script.pass(0);
    await script.hello();
    script.socket.welcome({ acked: 5 });
    expect(script.room.send(add(1)).seq).toBe(6);
    script.socket.snapshot(1);
    expect(script.room.send(add(1)).seq).toBe(7);
    expect(script.socket.seqs).toEqual([6, 7]);
  });

  test("[L10] what the welcome says was refused, was", async () => {
    const script = await Script.live();
    const [first, second] = [script.room.send(add(1)), script.room.send(add(2))];
    const told: unknown[] = [];
    script.room.on("refused", (refused) => told.push(refused));
    await script.again();
    const why = { code: "guard", guard: "fits", reason: "Not more than 20.", rev: 2 } as const;
    script.socket.welcome({ rev: 2, recovered: "resumed", acked: 2, refused: [{ seq: 2, ...why }] });
    // Not before those before it have their fates.
    expect(await now(second.settled)).toBeUndefined();
    expect(await now(first.settled)).toBeUndefined();
    script.socket.delta(1, [[1, 1, add(1)]]);
    expect(await first.settled).toEqual({ ok: true, rev: 2 });
    expect(await second.settled).toEqual({ ok: false, ...why });
    expect(told).toEqual([{ seq: 2, command: add(2), ...why }]);
  });
});

describe("[WEL-3] acked: null", () => {
  test("[L2] asks about what was sent; what was not, and what the app wants again, gets numbers that were never used, in order", async () => {
    const asked: unknown[] = [];
    const script = await Script.live({
      onUnknownFate: (commands) => {
        asked.push(commands);
        return "again";
      },
    });
    const sent = [script.room.send(add(1)), script.room.send(add(2))];
    script.socket.end();
    sent.push(script.room.send(add(3)));
    await script.hello();
    sent.push(script.room.send(add(4)));
    script.socket.welcome({ acked: null, recovered: "otherEpoch", epoch: "e2" });
    expect(asked).toMatchObject([
      [
        { seq: 1, command: add(1) },
        { seq: 2, command: add(2) },
      ],
    ]);
    expect(script.socket.of("command")).toEqual([1, 2, 3, 4].map((n) => ({ seq: n + 3, event: add(n) })));
    expect(sent.map(({ seq }) => seq)).toEqual([4, 5, 6, 7]);
    expect(script.room.send(add(5)).seq).toBe(8);
  });

  test("[L2] drops what was sent, unless the app says otherwise, and says so", async () => {
    const script = await Script.live();
    const sent = script.room.send(add(1));
    script.socket.end();
    const unsent = script.room.send(add(2));
    await script.hello();
    script.socket.welcome({ acked: null, recovered: "resumed" });
    expect(await sent.settled).toMatchObject({ ok: false, code: "unknown" });
    expect(script.room.state.context.total).toBe(2);
    expect(script.socket.of("command")).toEqual([{ seq: 3, event: add(2) }]);
    script.socket.delta(1, [[1, 3, add(2)]]);
    expect(await unsent.settled).toEqual({ ok: true, rev: 2 });
  });
});

describe("[WEL-2] recovered", () => {
  test("resumed: a snapshot that was asked for over the last connection is no longer waited for", async () => {
    const script = await Script.live();
    script.socket.delta(2, [[2, 1, add(1)]]);
    expect(script.status).toBe("catchingUp");
    expect((await script.again()).since).toEqual({ epoch: "e1", rev: 1 });
    script.socket.welcome({ rev: 3, recovered: "resumed" });
    script.socket.delta(1, [
      [2, 1, add(1)],
      [2, 2, add(2)],
    ]);
    expect(script.status).toBe("live");
    expect(script.room.state.context.total).toBe(3);
    await script.pass(60_000);
    expect(script.sockets.flatMap((socket) => socket.of("resync"))).toEqual([{ reason: "gap" }]);
  });

  test("anything else: the state comes whole, and what an older question asked for is not asked again", async () => {
    const script = await Script.live();
    script.socket.delta(2, [[2, 1, add(1)]]);
    await script.pass(5_000);
    await script.again();
    script.socket.welcome({ rev: 3, recovered: "beyondRing" });
    await script.pass(12_000); // a big one takes its time, and the old question's is over
    script.socket.say("presence", { set: [], gone: [] });
    await script.pass(500);
    expect(script.socket.of("resync")).toEqual([]);
    script.socket.snapshot(3);
    expect(script.status).toBe("live");
  });

  test("[SNAP-2] parts of a snapshot that a lost connection cut short get into no other", async () => {
    const script = new Script();
    await script.pass(0);
    await script.hello();
    script.socket.welcome();
    const text = JSON.stringify(stateOf({ total: 7 }));
    const part = (n: number, data: string) => script.socket.snapshot(1, { state: undefined, part: n, parts: 2, data });
    part(1, text.slice(0, 20));
    await script.again();
    script.socket.welcome();
    part(1, text.slice(0, 50));
    expect(script.status).toBe("catchingUp");
    expect(script.room.rev).toBe(-1);
    part(2, text.slice(50));
    expect(script.status).toBe("live");
    expect(script.room.state.context.total).toBe(7);
    script.socket.delta(1, [[2, 1, add(1)]]);
    script.socket.say("snapshot", { epoch: "e1", rev: 2, reason: "lagging", part: 1, parts: 1, data: text });
    expect(script.room.rev).toBe(2);
    expect(script.troubles).toEqual([]);
  });

  test("[HELLO-3] a state that this machine does not know: stuck, and says what to do", async () => {
    const script = new Script();
    await script.pass(0);
    await script.hello();
    script.socket.welcome();
    script.socket.snapshot(1, { state: stateOf({}, { value: "elsewhere" }) });
    expect(script.room.connection).toMatchObject({ status: "stuck", reason: "The server has another version: reload." });
    expect(script.troubles).toMatchObject([{ code: "version" }]);
    expect(script.socket.readyState).toBe(3);
    await script.pass(120_000);
    expect(script.sockets).toHaveLength(1);
  });

  test("[L12] a room that welcomes can save again", async () => {
    const script = await Script.live();
    script.socket.say("error", { code: "UNAVAILABLE", message: "It cannot save." });
    expect(script.room.connection.saving).toBe(false);
    await script.again();
    script.socket.welcome({ recovered: "resumed" });
    expect(script.room.connection.saving).toBe(true);
  });
});

test("an address that is none throws at once", () => {
  expect(() => createRoom(new Script().room.definition, { url: "no address", id: "r" })).toThrow(TypeError);
});
