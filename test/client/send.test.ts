/** What `send`, `can` and `explain` say at once, and when a room counts as synced. */
import { describe, expect, test } from "bun:test";
import { Script, stateOf } from "./scripted.ts";

const add = (n: number) => ({ type: "add", n }) as const;

describe("send", () => {
  test("shows the command on top of all that is pending, and tells those who listen, before it returns", async () => {
    const script = await Script.live();
    script.room.send({ type: "take" });
    let told = 0;
    script.room.subscribe(() => told++);
    const sent = script.room.send({ type: "item", text: "x" });
    expect(sent).toMatchObject({ seq: 2, predicted: true });
    expect(told).toBe(1);
    expect(script.room.state.context.items).toEqual([{ id: "ann-2", text: "x" }]);
    expect(script.room.pending.map(({ seq, at }) => [seq, at])).toEqual([
      [1, script.clock.now()],
      [2, script.clock.now()],
    ]);
  });

  test("[L11] no more than the server keeps fates for", async () => {
    const limits = { frameBytesMax: 65_536, commandBytesMax: 16_384, commandsPerSecond: 50, presencePerSecond: 30, pendingMax: 2 };
    const script = await Script.live({}, { limits });
    expect([1, 2, 3].map((n) => script.room.send(add(n)).seq)).toEqual([1, 2, 0]);
    expect(await script.room.send(add(4)).settled).toEqual({ ok: false, code: "full", reason: "2 commands are open already." });
    script.socket.delta(1, [[1, 1, add(1)]]);
    expect(script.room.send(add(5)).seq).toBe(3);
  });

  test("to a closed room is refused", async () => {
    const script = await Script.live();
    await script.room.close();
    const sent = script.room.send(add(1));
    expect(sent).toMatchObject({ seq: 0, predicted: false });
    expect(await sent.settled).toMatchObject({ ok: false, code: "closed" });
    expect(script.room.pending).toEqual([]);
  });

  test("[L9] before anybody knows who this is, it shows nothing, and then it does", async () => {
    const script = new Script();
    const sent = script.room.send(add(1));
    expect(sent.predicted).toBe(false);
    expect(script.room.state.context.total).toBe(0);
    await script.pass(0);
    await script.hello();
    script.socket.welcome();
    expect(script.room.pending).toMatchObject([{ predicted: true }]);
    expect(script.room.state.context.total).toBe(1);
  });
});

test("explain speaks of what is shown, by the stamps that the command would get", async () => {
  const script = await Script.live();
  expect(script.room.can({ type: "drop" })).toBe(false);
  script.room.send({ type: "take" });
  expect(script.room.explain({ type: "drop" })).toEqual({ verdict: "allowed" });
  expect(script.room.explain(add(21))).toMatchObject({ verdict: "refused", guard: "fits", reason: "Not more than 20." });
  expect(script.room.explain({ type: "add" } as never)).toMatchObject({ verdict: "refused", code: "payload" });
  expect(script.room.explain({ type: "erase" } as never)).toMatchObject({ verdict: "refused", code: "command" });
});

describe("whenSynced", () => {
  test("waits for both: in step, and nothing pending", async () => {
    const script = new Script();
    let isSynced = false;
    const synced = script.room.whenSynced().then(() => {
      isSynced = true;
    });
    await script.pass(0);
    await script.hello();
    script.socket.welcome();
    await script.pass(0);
    expect(isSynced).toBe(false);
    script.room.send(add(1));
    script.socket.snapshot(1);
    await script.pass(0);
    expect(script.status).toBe("live");
    expect(isSynced).toBe(false);
    script.socket.delta(1, [[1, 1, add(1)]]);
    await synced;
    script.socket.say("snapshot", { epoch: "e1", rev: 2, reason: "asked", state: stateOf() });
    await script.room.whenSynced();
  });

  test("rejects when the room is closed before", async () => {
    const script = new Script();
    const synced = script.room.whenSynced().then(
      () => "synced",
      (error: Error) => error.message,
    );
    await script.room.close();
    expect(await synced).toBe("The room was closed here.");
  });
});

describe("the room's time", () => {
  const tick = (script: Script, rev: number, at: number) => script.socket.delta(rev, [[0, 0, { type: "tick" }]], { at });
  const ahead = ({ room, clock }: Script) => room.now() - clock.now();

  test("is as far ahead as the op says that took the least time on its way", async () => {
    const script = await Script.live();
    expect(ahead(script)).toBe(0);
    tick(script, 1, script.clock.now() - 5_080);
    expect(ahead(script)).toBe(-5_080);
    tick(script, 2, script.clock.now() - 5_020);
    expect(ahead(script)).toBe(-5_020);
    tick(script, 3, script.clock.now() - 5_300);
    expect(ahead(script)).toBe(-5_020);
    expect(script.room.send(add(1)).settled).toBeInstanceOf(Promise);
    expect(script.room.pending[0]?.at).toBe(script.room.now());
  });

  test("is not told by ops that happened long ago", async () => {
    const script = await Script.live();
    tick(script, 1, script.clock.now() - 50);
    await script.again();
    script.socket.welcome({ rev: 3, recovered: "resumed" });
    tick(script, 2, script.clock.now() + 9_000);
    expect(script.status).toBe("live");
    expect(ahead(script)).toBe(-50);
  });
});
