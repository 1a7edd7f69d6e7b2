/** What becomes of a command: told, told late, told twice, or never. */
import { describe, expect, test } from "bun:test";
import { GatedStorage } from "./gated-storage.ts";
import { Script, stateOf } from "./scripted.ts";

const add = (n: number) => ({ type: "add", n }) as const;
const refuse = (script: Script, error: object) => script.socket.say("error", { message: "No.", ...error });

describe("[REF-1] a refusal", () => {
  const why = { code: "guard", reason: "No.", rev: 1 };
  const refused = (script: Script, seq: number) => script.socket.say("refused", { seq, ...why });
  /** Three commands, the last two of them refused. */
  async function held() {
    const script = await Script.live();
    const told: number[] = [];
    script.room.on("refused", ({ seq }) => told.push(seq));
    const outcomes: unknown[] = [];
    for (const n of [1, 2, 3]) void script.room.send(add(n)).settled.then((outcome) => outcomes.push(outcome));
    for (const seq of [2, 3]) refused(script, seq);
    await script.pass(0);
    expect([told, outcomes, script.room.pending.length]).toEqual([[], [], 3]);
    return { script, told, outcomes };
  }
  const no = { ok: false, ...why } as const;

  test("is as open as what it waits for when the room is closed", async () => {
    const { script, told, outcomes } = await held();
    await script.room.close();
    await script.pass(0);
    expect(outcomes).toMatchObject([{ code: "closed" }, { code: "closed" }, { code: "closed" }]);
    expect(told).toEqual([]);
  });

  test("is final once all before it have their fates; then it is told, once", async () => {
    const { script, told, outcomes } = await held();
    refused(script, 2); // it was sent again
    script.socket.delta(1, [[1, 1, add(1)]]);
    await script.pass(0);
    expect(outcomes).toEqual([{ ok: true, rev: 2 }, no, no]);
    expect(told).toEqual([2, 3]);
    expect(script.room.state.context.total).toBe(1);
  });

  test("so it is if they are told of by a number alone", async () => {
    const { script, told, outcomes } = await held();
    script.socket.delta(1, [], { acked: 3 });
    await script.pass(0);
    expect(outcomes).toEqual([{ ok: true, rev: 1 }, no, no]);
    expect(told).toEqual([2, 3]);
  });

  test("that was not final when the connection was lost is forgotten: the server may have forgotten it, too", async () => {
    const { script, told, outcomes } = await held();
    await script.again();
    script.socket.welcome({ recovered: "resumed", acked: 0 });
    expect(script.socket.seqs).toEqual([1, 2, 3]);
    script.socket.delta(
      1,
      [1, 2, 3].map((n) => [1, n, add(n)] as const),
    );
    await script.pass(0);
    expect(outcomes).toEqual([2, 3, 4].map((rev) => ({ ok: true, rev })));
    expect(told).toEqual([]);
  });

  test("of a number that is used no more does not hold for the new one", async () => {
    const script = await Script.live({ onUnknownFate: () => "again" });
    const sent = [1, 2].map((n) => script.room.send(add(n)));
    refused(script, 2);
    refuse(script, { code: "NOT_FOUND", seq: 2 });
    expect(script.socket.seqs).toEqual([1, 2, 3]);
    script.socket.delta(1, [
      [1, 1, add(1)],
      [1, 3, add(2)],
    ]);
    expect(await Promise.all(sent.map(({ settled }) => settled))).toEqual([
      { ok: true, rev: 2 },
      { ok: true, rev: 3 },
    ]);
  });
});

describe("[CMD-3] a fate that does not come", () => {
  test("is asked for again after 5 s over a connection that works, and not over and over", async () => {
    const script = await Script.live();
    const pong = () => script.socket.say("pong", { rev: 1 });
    for (const n of [1, 2]) script.room.send(add(n));
    await script.pass(4_900);
    pong();
    expect(script.socket.seqs).toEqual([1, 2]);
    await script.pass(100);
    pong();
    expect(script.socket.seqs).toEqual([1, 2, 1, 2]);
    pong();
    await script.pass(4_900);
    pong();
    expect(script.socket.seqs).toHaveLength(4);
    script.socket.delta(1, [], { acked: 2 });
    await script.pass(5_000);
    pong();
    expect(script.socket.seqs).toHaveLength(4);
  });

  test("is asked for, however busy its giver is", async () => {
    const script = await Script.live();
    script.room.send(add(1));
    await script.pass(3_000);
    script.room.send(add(2));
    await script.pass(2_000);
    script.socket.say("pong", { rev: 1 });
    expect(script.socket.seqs).toEqual([1, 2, 1, 2]);
  });

  test("is not asked for while the server holds the command back, nor for one that is not stored", async () => {
    const gate = new GatedStorage();
    const script = await Script.live({ storage: gate.storage });
    await script.pass(0);
    script.room.send(add(1));
    await script.pass(0);
    refuse(script, { code: "UNAVAILABLE", seq: 1, retryAfterMs: 20_000 });
    await script.pass(9_000);
    script.socket.say("pong", { rev: 1 });
    expect(script.socket.seqs).toEqual([1]);
  });
});

describe("[CMD-5] a server that lost history", () => {
  test("asks for what had its fate here: it is told where to go on, and gets what is open", async () => {
    const script = await Script.live();
    for (const n of [1, 2, 3]) script.room.send(add(n));
    script.socket.delta(1, [
      [1, 1, add(1)],
      [1, 2, add(2)],
    ]);
    const before = script.socket.said.length;
    refuse(script, { code: "OUT_OF_RANGE", seq: 1 });
    expect(script.socket.said.slice(before)).toEqual([
      { type: "settled", payload: { seq: 2 } },
      { type: "command", payload: { seq: 3, event: add(3) } },
    ]);
    refuse(script, { code: "OUT_OF_RANGE", seq: 3 });
    expect(script.socket.of("settled")).toHaveLength(1);
  });
});

test("a fate that the server no longer knows: the app is asked", async () => {
  const asked: unknown[] = [];
  const script = await Script.live({
    onUnknownFate: (commands) => {
      asked.push(commands);
      return commands[0]?.seq === 1 ? "drop" : "again";
    },
  });
  const sent = [1, 2, 3].map((n) => script.room.send(add(n)));
  refuse(script, { code: "NOT_FOUND", seq: 1 });
  refuse(script, { code: "NOT_FOUND", seq: 2 });
  expect(asked).toMatchObject([[{ seq: 1 }], [{ seq: 2 }]]);
  expect(await sent[0]?.settled).toMatchObject({ ok: false, code: "unknown" });
  expect(sent.map(({ seq }) => seq)).toEqual([1, 4, 3]);
  expect(script.room.pending.map(({ seq }) => seq)).toEqual([3, 4]);
  expect(script.socket.of("command").slice(3)).toEqual([{ seq: 4, event: add(2) }]);
  expect(script.troubles).toEqual([]);
});

test("[L10] a refusal rolls the view back at once, and those that depended on it", async () => {
  const script = await Script.live();
  script.room.send({ type: "take" });
  script.room.send({ type: "item", text: "x" });
  expect(script.room.pending.map(({ predicted }) => predicted)).toEqual([true, true]);
  script.socket.say("refused", { seq: 1, code: "guard", reason: "No.", rev: 1 });
  expect(script.room.state.context).toEqual(stateOf().context);
  expect(script.room.pending.map(({ predicted }) => predicted)).toEqual([false]);
});
