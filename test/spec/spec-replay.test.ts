/** A client of SPEC.md has the server's state, byte for byte: by ops, by patches, by a snapshot in parts; and one that skips an op has not. */
import { expect, test } from "bun:test";
import { assign, createMachine, type EventObject, raise } from "xstate";
import { meeting } from "../../machines/meeting.ts";
import { testServer } from "../support/server.ts";
import { checksum } from "./spec-checksum.ts";
import { patched } from "./spec-patch.ts";
import { clientOf, expectEqual, expectServed, pair, roleOf, say, stateOf, texts, took } from "./spec-people.ts";
import { Replay } from "./spec-replay.ts";
import type { RoomState } from "./spec-socket.ts";

const fast = { limits: { commandsBurst: 10_000, commandsPerSecond: 100_000 } };

test("[SYNC-1] a client that missed a delta sees it by the next delta or by a pong, and is healed by a snapshot", async () => {
  await using running = await testServer();
  const [ann, bob] = await pair(running);
  for (const [text, notice] of [
    ["a", async () => void (await bob.fate(bob.command(say("b"))))],
    ["c", async () => ann.socket.send("ping", { rev: ann.rev })],
  ] as const) {
    const { onFrame } = ann.socket;
    ann.socket.onFrame = () => undefined;
    await bob.fate(bob.command(say(text)));
    await ann.socket.next("delta", ({ to }) => to === bob.rev);
    ann.socket.onFrame = onFrame;
    await notice();
    expect(await ann.socket.next("snapshot", ({ reason }) => reason === "gap")).toMatchObject({ rev: bob.rev });
    await expectEqual(ann, bob);
  }
  expect(texts(ann)).toEqual(["a", "b", "c"]);
});

test("[SNAP-2] a big snapshot comes in parts and is applied when whole", async () => {
  await using running = await testServer(fast);
  const ann = clientOf(running, "HostAnn");
  await ann.join();
  const seqs = Array.from({ length: 150 }, (_, i) => ann.command(say(`${i} ${"\u{1f600}".repeat(990)}`)));
  expect(await Promise.all(seqs.map((seq) => ann.fate(seq)))).toEqual(seqs.map(() => took));
  const bob = clientOf(running, "Bob");
  await bob.join();
  const parts = bob.socket.frames.flatMap(({ type, payload }) => (type === "snapshot" && payload.part !== undefined ? [payload] : []));
  expect(parts.length).toBeGreaterThan(1);
  expect(parts.map(({ part, parts: all, reason }) => `${part}/${all} ${reason}`)).toEqual(
    parts.map((_, i) => `${i + 1}/${parts.length} first`),
  );
  expect(bob.text.length).toBeGreaterThan(256 * 1024);
  await expectEqual(ann, bob);
});

test("[DELTA-5] a client of another version is served patches, and they lead to the same state", async () => {
  await using running = await testServer();
  const [ann] = await pair(running);
  const pat = clientOf(running, "HostPat", 2);
  expect(await pat.join()).toMatchObject({ mode: "patches", recovered: "first" });
  expect(await pat.fate(pat.command({ type: "meeting.start" }))).toEqual(took);
  expect(await pat.fate(pat.command({ type: "meeting.start" }))).toMatchObject({ refused: { code: "state" } });
  await ann.fate(ann.command(say("hi")));
  await expectEqual(ann, pat);
  expect(texts(pat)).toEqual(["hi"]);
  expect(pat.socket.frames.some(({ type, payload }) => type === "delta" && "ops" in payload)).toBe(false);
});

test("[DELTA-5] patches are RFC 6902", () => {
  const before = { a: [1, 2], "b/c": { "~": 1 } };
  const patches = [
    { op: "add", path: "/a/1", value: 9 },
    { op: "add", path: "/a/-", value: 3 },
    { op: "remove", path: "/a/0" },
    { op: "replace", path: "/b~1c/~0", value: null },
    { op: "add", path: "/d", value: {} },
  ];
  expect(patched(before, patches)).toEqual({ a: [9, 2, 3], "b/c": { "~": null }, d: {} });
  expect(patched(before, [{ op: "remove", path: "/a" }])).toEqual({ "b/c": { "~": 1 } });
  expect(() => patched(before, [{ op: "improve", path: "/a" }])).toThrow("improve");
});

test("[DELTA-3] raised and done.state events get the op's stamp, and [SNAP-1] history travels as state node ids", () => {
  const note = assign<{ seen: unknown[] }, EventObject, undefined, EventObject, never>({
    seen: ({ context, event: { type, ...stamp } }) => [...context.seen, { type, ...stamp }],
  });
  const machine = createMachine({
    id: "m",
    context: { seen: [] as unknown[] },
    initial: "one",
    states: {
      one: { initial: "a", states: { a: { on: { go: "b" } }, b: {}, back: { type: "history" } }, on: { leave: "two" } },
      two: { on: { enter: { target: "three", actions: [note, raise({ type: "more" })] }, back: "one.back" } },
      three: {
        initial: "x",
        states: { x: { on: { more: { target: "y", actions: note } } }, y: { type: "final" } },
        onDone: { target: "two", actions: note },
      },
    },
  });
  const replay = new Replay(machine, () => "judge");
  const roster = [{ who: 3, user: "u", name: "U", role: "member", client: "c" }];
  const before = { at: 0, value: { one: "a" }, context: { seen: [] }, status: "active", history: {}, roster };
  const ops = ["go", "leave", "enter", "back"].map((type, i) => [3, 7 + i, { type }, i > 0 ? 10 : 0] as const);
  const after = replay.delta(before, { from: 4, to: 8, at: 100, ops });
  const stamp = { at: 120, id: "c-9", by: { user: "u", role: "judge", client: "c" } };
  expect(after.context).toEqual({
    seen: ["enter", "more", "xstate.done.state.m.three"].map((type) => expect.objectContaining({ type, ...stamp })),
  });
  expect(after).toMatchObject({ at: 130, value: { one: "b" }, history: { "m.one.back": ["m.one.b"] } });
});

test("[DELTA-3] ops of the room itself and roles of the machine replay to the server's bytes; [DELTA-7] cues come with them", async () => {
  await using running = await testServer();
  const [ann, bob] = await pair(running);
  const cid = clientOf(running, "Cid");
  await cid.join();
  await ann.fate(ann.command({ type: "meeting.start" }));
  await ann.fate(ann.command({ type: "recording.start" })); // this server records nothing: the room itself reports the failure
  await ann.until(() => stateOf(ann).recording.error !== null, "the recorder's failure");
  await ann.fate(ann.command({ type: "member.promote", user: "guest-bob", role: "cohost" }));
  for (const type of ["hand.raise", "floor.take", "screen.share"]) expect(await cid.fate(cid.command({ type }))).toEqual(took);
  expect(await bob.fate(bob.command({ type: "member.mute", user: "guest-cid" }))).toEqual(took);
  await expectEqual(ann, bob);
  await expectEqual(ann, cid);
  expect(stateOf(ann)).toMatchObject({ speaker: null, participants: { "guest-cid": { muted: true } } });
  expect(ann.state?.value).toMatchObject({ recording: "off", floor: "free" });
  expect(ann.cues.map(({ type }) => type)).toEqual(["recordingFailed", "handRaised"]);
  await expectServed(ann);
});

test("[DELTA-8] a sum is the checksum of the state's text, and a client with another state is healed by a snapshot", async () => {
  expect(checksum('{"at":1}')).toBe(1_526_166_933);
  await using running = await testServer({ limits: { ...fast.limits, checksumEveryMsMin: 0 } });
  const [ann, bob] = await pair(running);
  const sums = () => ann.socket.frames.filter(({ type, payload }) => type === "delta" && payload.sum !== undefined).length;
  const bobSaysUntil = async (done: () => boolean) => {
    for (let i = 0; i < 100 && !done(); i++) await bob.fate(bob.command(say(`${i}`)));
    await ann.until(done, "a sum, or what follows it");
  };
  await bobSaysUntil(() => sums() >= 3);
  const told = () => ann.socket.frames.flatMap(({ type, payload }) => (type === "snapshot" ? [payload.reason] : []));
  expect(told()).toEqual(["first"]);
  const { state } = ann;
  if (state !== undefined) ann.state = { ...state, roster: state.roster.map((entry) => ({ ...entry, name: "other" })) };
  await bobSaysUntil(() => told().length === 2);
  expect(told()).toEqual(["first", "diverged"]);
  await expectEqual(ann, bob);
});

test("[DELTA-1] canary: a client that skips one op ends with another state", async () => {
  await using running = await testServer();
  const [ann, bob] = await pair(running);
  for (const text of ["a", "b", "c"]) await bob.fate(bob.command(say(text)));
  await expectEqual(ann, bob);
  const first = (await ann.socket.next("snapshot")) as unknown as { state: RoomState };
  const deltas = ann.socket.frames.flatMap(({ type, payload }) => (type === "delta" ? [payload] : []));
  const replay = new Replay(meeting, roleOf);
  const fold = (skip?: number) => JSON.stringify(deltas.reduce((state, delta) => (delta.to === skip ? state : replay.delta(state, delta)), first.state)); // biome-ignore format: one thought
  expect(fold()).toBe(ann.text);
  expect(deltas.map(({ to }) => to)).toEqual([2, 3, 4, 5]);
  for (const { to } of deltas) expect(fold(to)).not.toBe(ann.text);
});
