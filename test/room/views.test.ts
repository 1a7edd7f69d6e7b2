/** Views: who sees what, in which frames, and what it costs. On a virtual clock; what a client makes of it is in test/client/views.test.ts. */
import { describe, expect, test } from "bun:test";
import { memory } from "../../src/journal/memory.ts";
import { defineRoom } from "../../src/room/define-room.ts";
import { ballot } from "../support/ballot.ts";
import { type FakeSocket, Harness } from "../support/harness.ts";
import { shown } from "../support/shown.ts";

const votes = (socket: FakeSocket) => shown(socket.frames).document.context.votes;
const text = (frames: readonly unknown[]) => JSON.stringify(frames);

async function started(limits: Parameters<typeof Harness.start>[0]["limits"] = {}, type: typeof ballot = ballot) {
  const harness = await Harness.start({ types: [type], journal: memory(), limits });
  const room = harness.room("ballot");
  const host = await harness.join(room, "host", { role: "host" });
  const ann = await harness.join(room, "ann");
  const ben = await harness.join(room, "ben");
  return { harness, room, host, ann, ben };
}
const vote = (card: string) => ({ type: "vote", card });

describe("[L8] [DELTA-5] what each audience is told", () => {
  test("a vote is one patch for each audience: the card for hosts, that there is one for voters", async () => {
    const { harness, room, host, ann, ben } = await started();
    await harness.command(room, ann, 1, vote("taint-5"));
    expect(host.of("delta").at(-1).patches).toEqual([
      { op: "replace", path: "/at", value: expect.any(Number) },
      { op: "add", path: "/context/votes/ann", value: "taint-5" },
    ]);
    expect(ben.of("delta").at(-1).patches.at(-1)).toEqual({ op: "add", path: "/context/votes/ann", value: { $hidden: true } });
    expect(votes(ann)).toEqual(votes(ben));
    expect(text(ben.frames)).not.toContain("taint-5");
    await harness.command(room, host, 1, { type: "count" });
    expect(votes(ben)).toEqual({ ann: "taint-5" });
    expect(shown(ben.frames).document).toEqual(shown(host.frames).document);
  });

  test("[OWN-1] one's own comes before the delta that it belongs to, to oneself alone, together with what was acknowledged", async () => {
    const { harness, room, host, ann, ben } = await started();
    expect(ann.of("own")).toEqual([{ rev: 2, state: {} }]);
    const before = ann.frames.length;
    await harness.command(room, ann, 1, vote("5"));
    expect(ann.frames.slice(before).map(({ type }) => type)).toEqual(["own", "delta"]);
    expect(ann.of("own").at(-1)).toEqual({ rev: 4, state: { votes: { ann: "5" } }, acks: [1] });
    expect([host, ben].map((socket) => socket.of("own").length)).toEqual([1, 1]);
    // Another's command changes nothing of hers; one of hers that does not touch it is acknowledged alone.
    await harness.command(room, ben, 1, vote("8"));
    await harness.command(room, ann, 2, { type: "raise", n: 1 });
    expect(ann.of("own").slice(2)).toEqual([{ rev: 6, acks: [2] }]);
    expect(shown(ann.frames)).toMatchObject({ own: { votes: { ann: "5" } }, acks: [1, 2] });
  });

  test("what becomes one's own by another's doing is told, too", async () => {
    const given = defineRoom({
      ...ballot,
      own: ({ context }: { context: { raised: number } }) => ({ raised: context.raised * 2 }),
    } as never);
    const { harness, room, ann, ben } = await started({}, given as never);
    await harness.command(room, ben, 1, { type: "raise", n: 3 });
    expect(shown(ann.frames)).toMatchObject({ own: { raised: 6 }, acks: [] });
  });

  test("two commands of one flush are acknowledged in one frame; a refusal among them is told by itself", async () => {
    const { harness, room, host, ann } = await started();
    await harness.command(room, host, 1, { type: "raise", n: 1 }, 0);
    await harness.command(room, ann, 1, { type: "raise", n: 1 }, 0);
    await harness.command(room, ann, 2, { type: "rig" }, 0);
    await harness.command(room, ann, 3, { type: "raise", n: 1 });
    expect(ann.of("own").at(-1)).toEqual({ rev: 6, acks: [1, 3] });
    expect(ann.of("refused")).toMatchObject([{ seq: 2, guard: "isSplit" }]);
  });
});

describe("[L8] [LIVE-2] visibility gained and lost", () => {
  test("by a role in mid-session: cards are added, and taken away again, by patches", async () => {
    const { harness, room, host, ann, ben } = await started();
    await harness.command(room, ann, 1, vote("taint-5"));
    await harness.command(room, host, 1, { type: "role", user: "ben", role: "host" });
    expect(votes(ben)).toEqual({ ann: "taint-5" });
    await harness.command(room, host, 2, { type: "role", user: "ben", role: "member" });
    expect(votes(ben)).toEqual({ ann: { $hidden: true } });
    const before = ben.frames.length;
    await harness.command(room, ann, 2, vote("taint-8"));
    expect(text(ben.frames.slice(before))).not.toContain("taint");
    expect(ben.of("snapshot")).toHaveLength(1);
  });

  test("who comes back within the grace is told what it missed, by patches; also where its role changed meanwhile", async () => {
    const { harness, room, host, ann, ben } = await started();
    const { rev } = shown(ben.frames);
    harness.drop(room, ben);
    await harness.command(room, ann, 1, vote("taint-5"));
    const again = await harness.join(room, "ben", { since: { epoch: "epoch1", rev }, nextSeq: 1 });
    expect(again.of("welcome")).toMatchObject([{ recovered: "resumed", mode: "patches" }]);
    expect(votes(follow(ben, again))).toEqual({ ann: { $hidden: true } });
    expect(again.of("snapshot")).toEqual([]);

    const { rev: rev2 } = shown(follow(ben, again).frames);
    harness.drop(room, again);
    await harness.command(room, host, 1, { type: "role", user: "ben", role: "host" });
    const asHost = await harness.join(room, "ben", { since: { epoch: "epoch1", rev: rev2 }, nextSeq: 1 });
    expect(asHost.of("welcome")).toMatchObject([{ recovered: "resumed", role: "host" }]);
    expect(votes(follow(ben, again, asHost))).toEqual({ ann: "taint-5" });

    harness.drop(room, asHost);
    await harness.command(room, host, 2, { type: "role", user: "ben", role: "member" });
    await harness.command(room, ann, 2, vote("taint-8"));
    const asMember = await harness.join(room, "ben", {
      since: { epoch: "epoch1", rev: shown(follow(ben, again, asHost).frames).rev },
      nextSeq: 1,
    });
    expect(asMember.of("welcome")).toMatchObject([{ recovered: "resumed" }]);
    expect(votes(follow(ben, again, asHost, asMember))).toEqual({ ann: { $hidden: true } });
    expect(text(asMember.frames)).not.toContain("taint-8");
  });

  test("a claim to have a rev that this session was never shown of this audience gets a snapshot", async () => {
    const { harness, room, host, ann, ben } = await started();
    const { rev } = shown(ben.frames);
    await harness.command(room, host, 1, { type: "role", user: "ben", role: "host" });
    await harness.command(room, ann, 1, vote("taint-5"));
    harness.drop(room, ben);
    // What it has of that rev is a voter's, and by now it is a host's: not to be patched as one.
    const again = await harness.join(room, "ben", { since: { epoch: "epoch1", rev }, nextSeq: 1 });
    expect(again.of("welcome")).toMatchObject([{ recovered: "view" }]);
    expect(votes(again)).toEqual({ ann: "taint-5" });
  });

  test("beyond what is kept, and after the grace, a snapshot", async () => {
    const { harness, room, ann, ben } = await started({ viewRevsMax: 3 });
    const { rev } = shown(ben.frames);
    harness.drop(room, ben);
    for (let seq = 1; seq <= 4; seq++) await harness.command(room, ann, seq, { type: "raise", n: 1 });
    const late = await harness.join(room, "ben", { since: { epoch: "epoch1", rev }, nextSeq: 1 });
    expect(late.of("welcome")).toMatchObject([{ recovered: "view" }]);
    harness.drop(room, late);
    await harness.pass(20_000);
    const after = await harness.join(room, "ben", { since: { epoch: "epoch1", rev: shown(late.frames).rev }, nextSeq: 1 });
    expect(after.of("welcome")).toMatchObject([{ recovered: "view" }]);
    expect(shown(after.frames).document).toEqual(shown(ann.frames).document);
  });

  test("[LIVE-4] who lagged gets patches of what it missed, if they are shorter than a snapshot's part", async () => {
    const { harness, room, ann, ben } = await started({ lagBufferedBytesMax: 1_000, snapshotPartBytesMax: 600 });
    ben.buffered = 2_000;
    await harness.pass(1_000);
    await harness.command(room, ann, 1, vote("5"));
    expect(shown(ben.frames).rev).toBe(3);
    ben.buffered = 0;
    if (ben.session !== undefined) room.sessions.drained(ben.session);
    expect(ben.of("snapshot")).toHaveLength(1);
    expect(votes(ben)).toEqual({ ann: { $hidden: true } });
    ben.buffered = 2_000;
    await harness.pass(1_000);
    for (let seq = 2; seq <= 12; seq++) await harness.command(room, ann, seq, { type: "role", user: `somebody${seq}`, role: "member" });
    ben.buffered = 0;
    if (ben.session !== undefined) room.sessions.drained(ben.session);
    expect(ben.of("snapshot").slice(1)).toMatchObject([{ reason: "lagging" }]);
  });
});

test("[OWN-1] one's own that waited for a slow socket, and was overtaken by a snapshot, comes again", async () => {
  const { harness, room, ann } = await started({ lagBufferedBytesMax: 1_000 });
  await harness.command(room, ann, 1, vote("5"));
  if (ann.session === undefined) throw new Error("she is in the room");
  ann.session.own = undefined; // as over a new connection
  ann.buffered = 2_000;
  for (const reason of ["asked", "gap"] as const) {
    ann.session.snapshotReason = reason;
    ann.session.edge({ type: "resync" });
  }
  ann.buffered = 0;
  room.sessions.drained(ann.session);
  expect(ann.of("snapshot").map(({ reason }) => reason)).toEqual(["first", "gap"]);
  expect(ann.of("own").at(-1)).toEqual({ rev: 4, state: { votes: { ann: "5" } } });
  expect(ann.of("own")).toHaveLength(3);
});

describe("[L11] what it costs", () => {
  test("1,000 clients in 3 audiences: one flush is three encodes, and a frame for who acted", async () => {
    let views = 0;
    const three = defineRoom({
      ...ballot,
      audience: ({ user }: { user: string }) => ["red", "green", "blue"][Number(user.slice(1)) % 3] as string,
      view: ({ context }: { context: { votes: Record<string, string> } }, audience: string) => {
        views++;
        return { ...context, votes: { [audience]: Object.keys(context.votes).length } };
      },
      own: undefined,
    } as never) as typeof ballot;
    const harness = await Harness.start({ types: [three], journal: memory(), limits: { checksumEveryMsMin: 1e9 } });
    const room = harness.room("ballot");
    const sockets: FakeSocket[] = [];
    for (let i = 0; i < 1_000; i++) sockets.push(await harness.join(room, `u${i}`, {}, 0)); // in one flush, or two
    await harness.pass(1_000);
    const published: string[] = [];
    harness.wires.add({ publish: (_topic, frame) => void published.push(frame) });
    const before = sockets.map(({ frames }) => frames.length);
    views = 0;
    await harness.command(room, sockets[0] as FakeSocket, 1, vote("5"));
    expect([views, published.length]).toEqual([3, 3]);
    expect(sockets.map(({ frames }, i) => frames.length - (before[i] ?? 0))).toEqual(sockets.map((_, i) => (i === 0 ? 2 : 1)));
  });
});

/** The frames of one client over its connections. */
const follow = (...sockets: readonly FakeSocket[]): FakeSocket =>
  Object.assign(Object.create(sockets[0] as object) as FakeSocket, { frames: sockets.flatMap(({ frames }) => frames) });
