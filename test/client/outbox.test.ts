/** When a command goes over the wire, and when again. */
import { describe, expect, test } from "bun:test";
import { GatedStorage } from "./gated-storage.ts";
import { Script } from "./scripted.ts";

const add = (n: number) => ({ type: "add", n }) as const;
const room = "ws://here/rooms/board/r";
const refuse = (script: Script, error: object) => script.socket.say("error", { message: "No.", ...error });

describe("[CMD-2] go-back-N", () => {
  test("a gap: sent again from the seq that the server names, at once, nothing before it", async () => {
    const script = await Script.live();
    for (const n of [1, 2, 3, 4]) script.room.send(add(n));
    refuse(script, { code: "OUT_OF_RANGE", seq: 3 });
    expect(script.socket.seqs).toEqual([1, 2, 3, 4, 3, 4]);
    refuse(script, { code: "OUT_OF_RANGE", seq: 1 });
    expect(script.socket.seqs).toEqual([1, 2, 3, 4, 3, 4, 1, 2, 3, 4]);
  });

  test("[CMD-3] once per connection, however often something moves", async () => {
    const script = await Script.live();
    script.room.send(add(1));
    script.socket.delta(1, [[2, 1, add(2)]]);
    script.room.send(add(3));
    script.socket.delta(2, []);
    expect(script.socket.seqs).toEqual([1, 2]);
  });

  test("[WEL-1] before the welcome nothing goes; after it, without waiting for the state", async () => {
    const script = new Script();
    await script.pass(0);
    script.room.send(add(1));
    await script.hello();
    script.room.send(add(2));
    expect(script.socket.seqs).toEqual([]);
    script.socket.welcome();
    expect(script.socket.seqs).toEqual([1, 2]);
    expect(script.status).toBe("catchingUp");
  });

  test("what no socket took was not sent", async () => {
    const script = await Script.live();
    script.socket.readyState = 2;
    script.room.send(add(1));
    script.socket.readyState = 1;
    script.room.send(add(2));
    expect(script.socket.seqs).toEqual([1, 2]);
  });
});

describe("[CMD-4] held back", () => {
  test("sent again from that seq after that time, not before", async () => {
    const script = await Script.live();
    for (const n of [1, 2]) script.room.send(add(n));
    refuse(script, { code: "UNAVAILABLE", seq: 2, retryAfterMs: 400 });
    script.room.send(add(3));
    await script.pass(399);
    expect(script.socket.seqs).toEqual([1, 2]);
    await script.pass(1);
    expect(script.socket.seqs).toEqual([1, 2, 2, 3]);
  });

  test("again and again, as long as the server says so; a second without a time", async () => {
    const script = await Script.live();
    script.room.send(add(1));
    for (let n = 1; n < 4; n++) {
      refuse(script, { code: "UNAVAILABLE", seq: 1 });
      await script.pass(999);
      expect(script.socket.seqs).toHaveLength(n);
      await script.pass(1);
      expect(script.socket.seqs).toHaveLength(n + 1);
    }
  });

  test("over the rate: then one at a time, as fast as the server grants, until nothing is open", async () => {
    const limits = { frameBytesMax: 65_536, commandBytesMax: 16_384, commandsPerSecond: 10, presencePerSecond: 30, pendingMax: 256 };
    const script = await Script.live({}, { limits });
    for (const n of [1, 2, 3]) script.room.send(add(n));
    refuse(script, { code: "RESOURCE_EXHAUSTED", seq: 1, retryAfterMs: 200 });
    await script.pass(200);
    expect(script.socket.seqs.slice(3)).toEqual([1]);
    await script.pass(99);
    expect(script.socket.seqs.slice(3)).toEqual([1]);
    await script.pass(1);
    expect(script.socket.seqs.slice(3)).toEqual([1, 2]);
    await script.pass(100);
    expect(script.socket.seqs.slice(3)).toEqual([1, 2, 3]);
    script.socket.delta(
      1,
      [1, 2, 3].map((n) => [1, n, add(n)] as const),
    );
    await script.pass(1_000);
    for (const n of [4, 5, 6]) script.room.send(add(n));
    expect(script.socket.seqs.slice(6)).toEqual([4, 5, 6]);
    refuse(script, { code: "RESOURCE_EXHAUSTED", seq: 4, retryAfterMs: 200 });
    await script.pass(1_000);
    expect(script.socket.seqs.slice(9)).toEqual([4, 5, 6]);
    for (const seq of [4, 5, 6]) script.socket.say("refused", { seq, code: "guard", reason: "No.", rev: 4 });
    for (const n of [7, 8]) script.room.send(add(n));
    expect(script.socket.seqs.slice(12)).toEqual([7, 8]);
  });

  test("what one connection asked for does not hold for the next", async () => {
    const script = await Script.live();
    for (const n of [1, 2]) script.room.send(add(n));
    refuse(script, { code: "RESOURCE_EXHAUSTED", seq: 1, retryAfterMs: 60_000 });
    await script.again();
    script.socket.welcome({ recovered: "resumed" });
    expect(script.socket.seqs).toEqual([1, 2]);
    expect(script.status).toBe("live");
    refuse(script, { code: "UNAVAILABLE", seq: 1, retryAfterMs: 300 });
    await script.pass(300);
    expect(script.socket.seqs).toEqual([1, 2, 1, 2]);
  });
});

describe("[L2] on the wire only once it is stored", () => {
  test("the first that is not stops the rest", async () => {
    const gate = new GatedStorage();
    const script = await Script.live({ storage: gate.storage });
    await script.pass(0); // the welcome is stored
    gate.isHolding = true;
    script.room.send(add(1));
    script.room.send(add(2));
    await script.pass(100);
    expect(script.socket.seqs).toEqual([]);
    await gate.letOne();
    expect(script.socket.seqs).toEqual([1]);
    expect(gate.saved.at(-1)?.pending).toMatchObject([{ seq: 1 }]);
    await gate.letOne();
    expect(script.socket.seqs).toEqual([1, 2]);
    expect(gate.saved.at(-1)).toMatchObject({ nextSeq: 3, pending: [{ seq: 1 }, { seq: 2 }] });
  });

  test("what was given before the first welcome waits until the secret is stored, too: or the next page would think it was never sent", async () => {
    const gate = new GatedStorage();
    const script = new Script({ storage: gate.storage });
    script.room.send(add(1));
    await script.pass(0);
    expect(gate.saved.at(-1)).toMatchObject({ pending: [{ seq: 1 }] });
    await script.hello();
    gate.isHolding = true;
    script.socket.welcome();
    script.socket.snapshot(1);
    expect(script.socket.seqs).toEqual([]);
    await gate.letOne();
    expect(gate.saved.at(-1)?.resume).toBe("secret");
    expect(script.socket.seqs).toEqual([1]);
  });

  test("what was given before it was known what an earlier page left gets its number, and is stored, then", async () => {
    const gate = new GatedStorage();
    await gate.leave(room, { resume: "secret", user: "ann", nextSeq: 5, pending: [{ seq: 4, event: add(4), at: 1 }] });
    gate.isHolding = true;
    const script = new Script({ storage: gate.storage });
    const sent = script.room.send(add(5));
    await script.pass(0);
    expect(sent.seq).toBe(5);
    expect(script.room.pending.map(({ seq, command }) => [seq, command])).toEqual([
      [4, add(4)],
      [5, add(5)],
    ]);
    expect(await script.hello()).toMatchObject({ client: "old", nextSeq: 6, openSeq: 4, resume: "secret" });
    script.socket.welcome({ acked: 3 });
    script.socket.snapshot(1);
    expect(script.socket.seqs).toEqual([4]);
    await gate.letAll();
    expect(script.socket.seqs).toEqual([4, 5]);
    expect(gate.saved.at(-1)).toMatchObject({ client: "old", nextSeq: 6, pending: [{ seq: 4 }, { seq: 5 }] });
  });

  test("nobody says hello before it is known who this is, whoever is in a hurry", async () => {
    const gate = new GatedStorage();
    await gate.leave(room, { resume: "secret", user: "ann", nextSeq: 5 });
    const script = new Script({ storage: gate.storage });
    script.room.connect();
    script.room.setToken("t");
    expect(script.sockets).toHaveLength(0);
    await script.pass(0);
    expect(script.sockets).toHaveLength(1);
    expect(await script.hello()).toMatchObject({ client: "old", token: "t", nextSeq: 5 });
  });

  test("new numbers are stored before they are used; and what was asked about and not sent since is not asked about again", async () => {
    const gate = new GatedStorage();
    let asked = 0;
    const script = await Script.live({
      storage: gate.storage,
      onUnknownFate: () => {
        asked++;
        return "again";
      },
    });
    script.room.send(add(1));
    await script.pass(0);
    expect(script.socket.seqs).toEqual([1]);
    gate.isHolding = true;
    for (const expected of [1, 1]) {
      await script.again();
      script.socket.welcome({ acked: null, recovered: "resumed" });
      expect(asked).toBe(expected);
      expect(script.socket.seqs).toEqual([]);
    }
    await gate.letAll();
    expect(script.socket.of("command")).toEqual([{ seq: 3, event: add(1) }]);
    expect(gate.saved.at(-1)).toMatchObject({ nextSeq: 4, pending: [{ seq: 3 }] });
  });

  test("what is settled is stored no more", async () => {
    const gate = new GatedStorage();
    const script = await Script.live({ storage: gate.storage });
    for (const n of [1, 2, 3]) script.room.send(add(n));
    await script.pass(0);
    script.socket.delta(1, [[1, 1, add(1)]]);
    await script.pass(0);
    expect(gate.saved.at(-1)).toMatchObject({ pending: [{ seq: 2 }, { seq: 3 }] });
    script.socket.say("refused", { seq: 2, code: "guard", reason: "No.", rev: 2 });
    await script.pass(0);
    expect(gate.saved.at(-1)).toMatchObject({ pending: [{ seq: 3 }] });
    script.socket.delta(2, [], { acked: 3 });
    await script.pass(0);
    expect(gate.saved.at(-1)).toMatchObject({ nextSeq: 4, pending: [] });
  });
});
