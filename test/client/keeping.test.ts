/** Who a client is and what it leaves, moment by moment: saves that take their time, ids that are taken, users that change, couriers. */
import { describe, expect, test } from "bun:test";
import { GatedStorage } from "./gated-storage.ts";
import { Script, type ScriptedSocket } from "./scripted.ts";

const add = (n: number) => ({ type: "add", n }) as const;
const room = "ws://here/rooms/board/r";
const pending = [{ seq: 1, event: add(1), at: 1 }];
const whole = (client: string) => ({ client, nextSeq: 1, pending: [], usedAt: 1_700_000_000_000 });
const events = (socket: ScriptedSocket | undefined) => socket?.of("command").map(({ event }) => event);

describe("a room that is closed", () => {
  test("[L2] leaves in its storage what was pending, also if the last save was still under way", async () => {
    const gate = new GatedStorage();
    const script = await Script.live({ storage: gate.storage });
    await script.pass(0);
    gate.isHolding = true;
    script.room.send(add(1));
    script.room.send(add(2));
    const closed = script.room.close();
    await script.pass(0);
    expect(gate.released).toEqual([]);
    await gate.letAll();
    await closed;
    expect(gate.saved.at(-1)).toMatchObject({ nextSeq: 3, pending: [{ seq: 1 }, { seq: 2 }] });
    expect(gate.released).toEqual(["ann"]);
    expect(gate.forgotten).toEqual([]);
  });

  test("with leave, its client stays, for whoever comes next", async () => {
    const gate = new GatedStorage();
    const script = await Script.live({ storage: gate.storage });
    await script.room.leave();
    expect([gate.released, gate.forgotten]).toEqual([["ann"], []]);
  });
});

describe("[L2] what an earlier page left", () => {
  test("is sent first, in order, before what this one gave", async () => {
    const gate = new GatedStorage();
    await gate.leave(room, { nextSeq: 3, pending: [...pending, { seq: 2, event: add(2), at: 2 }] });
    const script = new Script({ storage: gate.storage });
    script.room.send(add(3));
    await script.pass(0);
    await script.hello();
    script.socket.welcome();
    await script.pass(0);
    expect(script.socket.of("command")).toEqual([1, 2, 3].map((n) => ({ seq: n, event: add(n) })));
  });

  test("may have been sent if that page was ever welcomed, and surely was not otherwise", async () => {
    for (const [resume, times] of [
      ["secret", 1],
      [undefined, 0],
    ] as const) {
      const gate = new GatedStorage();
      await gate.leave(room, { resume, nextSeq: 2, pending });
      let asked = 0;
      const onUnknownFate = () => {
        asked++;
        return "drop" as const;
      };
      const script = new Script({ storage: gate.storage, onUnknownFate });
      await script.pass(0);
      await script.hello();
      script.socket.welcome({ acked: null });
      expect(asked).toBe(times);
      expect(script.room.pending).toHaveLength(1 - times);
    }
  });
});

describe("[HELLO-2] an id that is taken", () => {
  test("is given up for a fresh one, whatever else is stored; what was pending goes along", async () => {
    const gate = new GatedStorage();
    await gate.leave(room, { client: "other", usedAt: 1_700_000_000_000 - 5 });
    await gate.leave(room, { nextSeq: 2, pending });
    const script = new Script({ storage: gate.storage });
    await script.pass(0);
    expect(await script.hello()).toMatchObject({ client: "old", nextSeq: 2 });
    script.socket.end({ code: "ALREADY_EXISTS" });
    await script.pass(0);
    expect(await script.hello()).toMatchObject({ client: "ann1", nextSeq: 2, openSeq: 1 });
    script.socket.welcome();
    await script.pass(0);
    expect(events(script.socket)).toEqual([add(1)]);
    expect(gate.saved.at(-1)).toMatchObject({ client: "ann1", resume: "secret", pending: [{ seq: 1 }] });
    const free = [await gate.storage.claim(room, whole("a")), await gate.storage.claim(room, whole("b"))];
    expect(free.map(({ record }) => [record.client, record.pending])).toEqual([
      ["old", []],
      ["other", []],
    ]);
  });

  test("is not stored again by a save that was under way", async () => {
    const gate = new GatedStorage();
    const script = await Script.live({ storage: gate.storage });
    await script.pass(0);
    gate.isHolding = true;
    script.room.send(add(1));
    await script.again();
    script.socket.end({ code: "ALREADY_EXISTS" });
    await script.pass(0);
    await gate.letAll();
    await script.pass(0);
    expect(await script.hello()).toMatchObject({ client: "ann1" });
    expect(gate.forgotten).toEqual(["ann"]);
    expect((await gate.storage.claim(room, whole("next"))).record.client).toBe("next");
  });
});

describe("[L9] another user signs in", () => {
  test("the hello of the new client waits until the old one's is stored and let go of, and has nothing of it", async () => {
    const gate = new GatedStorage();
    const script = await Script.live({ storage: gate.storage });
    await script.pass(0);
    script.room.send(add(1));
    await script.pass(0);
    script.network(false);
    await script.pass(0);
    gate.isHolding = true;
    const late = script.room.send(add(2));
    script.network(true);
    expect(await script.hello()).toMatchObject({ client: "ann", resume: "secret" });
    script.socket.welcome({ user: "bob", recovered: "resumed" });
    await script.pass(1);
    script.socket.open();
    await script.pass(1);
    expect(script.sockets).toHaveLength(3);
    expect(script.socket.said, "the old one is still being saved").toEqual([]);
    await gate.letOne();
    script.room.send(add(3)); // whatever is saved now is no more the old one's
    await gate.letAll();
    await script.pass(0);
    const hello = script.socket.of("hello")[0];
    expect(hello).toMatchObject({ client: "ann1" });
    expect(hello.resume).toBeUndefined();
    expect(await late.settled).toMatchObject({ ok: false, code: "unknown", reason: "Another user gave it." });
    const [left] = (await gate.storage.orphans(room)).map(({ record }) => record);
    expect(left).toMatchObject({ client: "ann", user: "ann", resume: "secret" });
    expect(left?.pending.map(({ event }) => event).slice(0, 2)).toEqual([add(1), add(2)]);
    expect(gate.forgotten).toEqual([]);
    script.socket.welcome({ user: "bob", recovered: "resumed" });
    expect(events(script.socket)).not.toContainEqual(add(1));
    expect(events(script.socket)).not.toContainEqual(add(2));
    expect(script.room.me?.user).toBe("bob");
  });
});

describe("[L2] a courier settles what a dead tab left", () => {
  /** Live, with a courier that has said its hello. */
  async function withCourier(record: object = {}) {
    const gate = new GatedStorage();
    await gate.leave(room, {
      client: "dead",
      resume: "theirs",
      user: "ann",
      nextSeq: 2,
      pending,
      usedAt: 1_700_000_000_000 - 5,
      ...record,
    });
    await gate.leave(room, { client: "mine", resume: "mine", user: "ann" });
    const refused: unknown[] = [];
    const script = new Script({ storage: gate.storage, onUnknownFate: () => "again" });
    script.room.on("refused", ({ command }) => refused.push(command));
    await script.pass(0);
    await script.hello();
    script.socket.welcome();
    script.socket.snapshot(1);
    await script.pass(0);
    return { gate, script, refused };
  }

  test("as the client that gave it; then it says goodbye, and that client is forgotten", async () => {
    const { gate, script, refused } = await withCourier();
    expect(script.sockets).toHaveLength(2);
    expect(await script.hello()).toMatchObject({ client: "dead", resume: "theirs", nextSeq: 2, openSeq: 1 });
    script.socket.welcome({ who: 2 });
    script.socket.snapshot(1);
    await script.pass(0);
    expect(events(script.socket)).toEqual([add(1)]);
    expect(gate.forgotten).toEqual([]);
    script.socket.say("refused", { seq: 1, code: "guard", reason: "No.", rev: 1 });
    await script.pass(0);
    expect(refused).toEqual([add(1)]);
    expect(script.socket.of("bye")).toEqual([{}]);
    expect(gate.forgotten).toEqual(["dead"]);
    expect(script.status).toBe("live");
  });

  test("its trouble is told in the room that sent it", async () => {
    const { script } = await withCourier();
    await script.hello();
    script.socket.welcome({ who: 2 });
    script.socket.say("error", { code: "INTERNAL", message: "Of the courier." });
    expect(script.troubles).toMatchObject([{ code: "INTERNAL", message: "Of the courier." }]);
  });

  test("[L9] another user's is left alone, and can be had again", async () => {
    const { gate, script } = await withCourier({ user: "bob" });
    await script.pass(1_000);
    expect(script.sockets).toHaveLength(1);
    expect(gate.released).toEqual(["dead"]);
    expect(await gate.storage.orphans(room)).toHaveLength(1);
  });

  test("[L9] nor is it done in the name of somebody else who has signed in meanwhile: it is left as it is", async () => {
    const { gate, script } = await withCourier();
    await script.hello();
    script.socket.welcome({ user: "bob", who: 2 });
    await script.pass(1_000);
    expect(script.sockets.map(({ readyState }) => readyState)).toEqual([1, 3]);
    expect(events(script.socket)).toEqual([]);
    expect([gate.released, gate.forgotten]).toEqual([["dead"], []]);
    expect((await gate.storage.orphans(room)).map(({ record }) => record)).toMatchObject([{ client: "dead", user: "ann", pending }]);
  });

  test("[HELLO-2] if its id is taken it goes on with a fresh one, with the commands", async () => {
    const { gate, script } = await withCourier();
    await script.hello();
    script.socket.end({ code: "ALREADY_EXISTS" });
    await script.pass(0);
    expect(await script.hello()).toMatchObject({ client: expect.stringMatching(/^ann\d$/), nextSeq: 2, openSeq: 1 });
    script.socket.welcome({ who: 2 });
    await script.pass(0);
    expect(events(script.socket)).toEqual([add(1)]);
    expect(gate.forgotten).toEqual(["dead"]);
  });

  test("it does not outlive its room: what it did not settle is left for the next", async () => {
    const { gate, script } = await withCourier();
    await script.hello();
    script.socket.welcome({ who: 2 });
    await script.room.close();
    await script.pass(1_000);
    expect(script.sockets.map(({ readyState }) => readyState)).toEqual([3, 3]);
    expect(script.clock.pending).toBe(0);
    expect(gate.released.sort()).toEqual(["dead", "mine"]);
    expect((await gate.storage.orphans(room)).map(({ record }) => record.client)).toEqual(["dead"]);
  });

  test("storage that cannot look for them says so", async () => {
    const gate = new GatedStorage();
    const storage = { ...gate.storage, orphans: () => Promise.reject(new Error("no disk")) };
    const script = await Script.live({ storage: { ...storage } });
    await script.pass(0);
    expect(script.troubles).toMatchObject([{ code: "storage", error: new Error("no disk") }]);
  });
});

test("storage that fails is told, each time", async () => {
  const gate = new GatedStorage();
  const fails = () => Promise.reject(new Error("no disk"));
  const script = new Script({ storage: { ...gate.storage, claim: fails } });
  await script.pass(0);
  expect(script.troubles).toMatchObject([{ code: "storage", error: new Error("no disk") }]);
  expect(await script.hello()).toMatchObject({ client: "ann" });
});
