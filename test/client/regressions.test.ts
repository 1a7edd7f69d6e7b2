import { describe, expect, test } from "bun:test";
import * as v from "valibot";
import { setup } from "xstate";
import { createRoom } from "../../src/client/index.ts";
import { defineRoom } from "../../src/room/define-room.ts";
import { VirtualClock } from "../../src/testing/clock.ts";
import { GatedStorage } from "./gated-storage.ts";
import { Script, ScriptedSocket } from "./scripted.ts";

const add = (n: number) => ({ type: "add", n }) as const;
const start = 1_700_000_000_000;

test("[L2] a save that began before the first welcome does not make a command sendable before the secret is stored", async () => {
  const gate = new GatedStorage();
  const script = new Script({ storage: gate.storage });
  await script.pass(0);
  await script.hello();
  gate.isHolding = true;
  script.room.send(add(1)); // its save is under way: a record without the secret
  script.socket.welcome();
  script.socket.snapshot(1);
  await gate.letOne();
  expect(gate.saved.at(-1)?.resume).toBeUndefined();
  expect(script.socket.seqs, "sent, and stored as never sent: after a crash it is done twice").toEqual([]);
});

test("[L2] a save that began before new numbers does not make them sendable before they are stored", async () => {
  const gate = new GatedStorage();
  const script = await Script.live({ storage: gate.storage, onUnknownFate: () => "again" });
  await script.pass(0);
  script.room.send(add(1));
  await script.pass(0);
  gate.isHolding = true;
  script.socket.end();
  script.room.send(add(2)); // its save is under way
  await script.hello();
  script.socket.welcome({ acked: null, recovered: "resumed" });
  await gate.letOne();
  expect(gate.saved.at(-1)?.pending.map(({ seq }) => seq)).toEqual([1, 2]);
  expect(script.socket.seqs).toEqual([]);
});

test("[PRES-1] presence set between the hello and the welcome is told", async () => {
  const script = new Script();
  await script.pass(0);
  await script.hello();
  script.room.presence.set({ x: 1 });
  script.socket.welcome();
  script.socket.snapshot(1);
  await script.pass(1_000);
  expect(script.socket.of("presence")).toEqual([{ state: { x: 1 } }]);
});

test("[TOKEN-1] a token set between the hello and the welcome is told", async () => {
  const script = new Script({ token: "old" });
  await script.pass(0);
  expect(await script.hello()).toMatchObject({ token: "old" });
  script.room.setToken("new");
  script.socket.welcome();
  script.socket.snapshot(1);
  await script.pass(1_000);
  expect(script.socket.of("token")).toEqual([{ token: "new" }]);
});

test("a renewal that fails after the room was closed arms no timer", async () => {
  const answers: PromiseWithResolvers<string>[] = [];
  let n = 0;
  const token = () => {
    if (n++ === 0) return "t0";
    const answer = Promise.withResolvers<string>();
    answers.push(answer);
    return answer.promise;
  };
  const script = await Script.live({ token }, { expiresAt: start + 1_000 });
  await script.pass(900);
  expect(answers).toHaveLength(1);
  await script.room.close();
  answers[0]?.reject(new Error("offline"));
  await script.pass(0);
  expect(script.clock.pending).toBe(0);
});

test("[TOKEN-5] a device whose clock is an hour fast does not ask for tokens in a loop", async () => {
  let n = 0;
  const script = await Script.live({ token: () => `t${n++}` }, { expiresAt: start - 3_600_000 + 1_800_000 });
  for (let i = 0; i < 20; i++) {
    await script.pass(5);
    const told = script.socket.of("token").length;
    if (told > i) script.socket.say("renewed", { expiresAt: script.clock.now() - 3_600_000 + 1_800_000 });
  }
  expect(n).toBeLessThan(4);
});

test("a payload that is null is no frame", async () => {
  const script = await Script.live({ random: () => 1 });
  expect(() => script.socket.onmessage?.({ data: '{"type":"delta","payload":null}' })).not.toThrow();
  expect(script.status).toBe("backoff");
});

const deep = defineRoom({
  type: "deep",
  version: 1,
  machine: setup({
    types: {} as { events: { type: "put"; tree: unknown; at: number; id: string; by: { user: string; role: string; client: string } } },
  }).createMachine({
    id: "deep",
    on: { put: { actions: () => undefined } },
  }) as never,
  commands: { put: { tree: v.unknown() } } as never,
  reasons: {} as never,
});

test("[CMD-1] [CONN-5] a command that is nested deeper than a frame may be is refused here", async () => {
  const socket = new ScriptedSocket();
  const clock = new VirtualClock();
  const room = createRoom(deep as never, { url: "ws://here", id: "r", clock, socket: () => socket, newId: () => "c" });
  let tree: unknown = 1;
  for (let n = 0; n < 40; n++) tree = [tree];
  const sent = room.send({ type: "put", tree } as never);
  expect(sent.seq).toBe(0);
});

test("a client clock that is set right while the room is open does not leave the room's time wrong", async () => {
  const script = await Script.live();
  script.socket.delta(1, [[2, 1, add(1)]], { at: script.clock.now() });
  expect(script.room.now()).toBe(script.clock.now());
  const server = () => script.clock.now() - 3_600_000;
  script.clock.jumpWall(3_600_000); // the device's clock alone
  script.socket.delta(2, [[2, 2, add(1)]], { at: server() });
  expect(Math.abs(script.room.now() - server())).toBeLessThan(1_000);
});

describe("a closed room", () => {
  test("shows nothing as pending that no longer is, and tells its listeners", async () => {
    const script = await Script.live();
    script.room.send(add(1));
    expect(script.room.state.context.total).toBe(1);
    let last = -1;
    script.room.subscribe(() => {
      last = script.room.pending.length;
    });
    await script.room.close();
    expect(script.room.pending).toEqual([]);
    expect(script.room.state.context.total).toBe(0);
    expect(last).toBe(0);
  });

  test("[L2] closed while it changes its id: nothing is lost from the storage, and nothing stays held", async () => {
    const gate = new GatedStorage();
    await gate.leave("ws://here/rooms/board/r", { nextSeq: 2, pending: [{ seq: 1, event: add(1), at: 1 }] });
    const claimed = Promise.withResolvers<void>();
    const storage = {
      ...gate.storage,
      claimFresh: async (room: string, fresh: never) => {
        await claimed.promise;
        return gate.storage.claimFresh(room, fresh);
      },
    };
    const script = new Script({ storage });
    await script.pass(0);
    await script.hello();
    script.socket.end({ code: "ALREADY_EXISTS" });
    await script.pass(0);
    const closed = script.room.close();
    await script.pass(0);
    claimed.resolve();
    await closed;
    await script.pass(10);
    const left = await gate.storage.orphans("ws://here/rooms/board/r");
    expect(left.map(({ record }) => record.pending.map(({ event }) => event))).toEqual([[add(1)]]);
  });
});

test("two listeners that are the same function are two", async () => {
  const script = await Script.live();
  let changes = 0;
  const listener = () => changes++;
  const stop = script.room.subscribe(listener);
  script.room.subscribe(listener);
  stop();
  script.room.presence.set({ x: 1 });
  expect(changes).toBe(1);
});

test("a closed room does not give an old failure as its reason", async () => {
  const script = await Script.live({ random: () => 1 });
  script.socket.end({ code: "UNAVAILABLE", reason: "Restarting." });
  await script.room.close();
  expect(script.room.connection).toMatchObject({ status: "closed", code: undefined, reason: undefined });
});

test("[L9] what one user gives while another is being signed in is not done in that one's name", async () => {
  const gate = new GatedStorage();
  const script = await Script.live({ storage: gate.storage });
  await script.pass(0);
  script.network(false);
  gate.isHolding = true;
  script.room.send(add(1));
  script.network(true);
  await script.hello();
  script.socket.welcome({ user: "bob", recovered: "resumed" });
  expect(script.room.me?.user).toBe("ann"); // so the page still says
  const sent = script.room.send(add(2));
  await gate.letAll();
  await script.pass(5);
  script.socket.open();
  await script.pass(5);
  script.socket.welcome({ user: "bob", recovered: "resumed" });
  await script.pass(5);
  expect(script.room.me?.user).toBe("bob");
  expect(script.socket.of("command")).toEqual([]);
  expect(await sent.settled).toMatchObject({ ok: false, code: "unknown" });
});
