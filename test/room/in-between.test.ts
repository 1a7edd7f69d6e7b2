/** What a session misses while it is not live, or not yet: found by the simulator. */
import { describe, expect, test } from "bun:test";
import { memory } from "../../src/journal/memory.ts";
import { type AnyRoomType, defineRoom } from "../../src/room/define-room.ts";
import { counter } from "../support/counter.ts";
import { FaultyJournal } from "../support/faulty-journal.ts";
import { Harness } from "../support/harness.ts";

describe("[PRES-2] presence", () => {
  test("who goes while one does not read is told when one reads again", async () => {
    const harness = await Harness.start({ types: [counter], journal: memory() });
    const room = harness.room("counter");
    const ann = await harness.join(room, "ann", { presence: { x: 1 } });
    const ben = await harness.join(room, "ben");
    ben.buffered = 1e6;
    await harness.pass(1_000);
    expect(ben.session?.state).toBe("lagging");
    harness.drop(room, ann);
    await harness.pass(1_000);
    ben.buffered = 0;
    await harness.pass(1_000);
    expect(ben.session?.state).toBe("live");
    expect(ben.of("presence").at(-1)).toEqual({ set: [], gone: [1] });
  });

  test("who is gone is remembered no longer than somebody may have missed it", async () => {
    const harness = await Harness.start({ types: [counter], journal: memory() });
    const room = harness.room("counter");
    const ann = await harness.join(room, "ann", { presence: { x: 1 } });
    const ben = await harness.join(room, "ben");
    harness.drop(room, ann);
    await harness.pass(1_000);
    expect(ben.of("presence").at(-1)).toEqual({ set: [], gone: [1] });
    const heard = ben.of("presence").length;
    ben.buffered = 1e6;
    await harness.pass(1_000);
    ben.buffered = 0;
    await harness.pass(1_000);
    expect(ben.session?.state).toBe("live");
    expect(ben.of("presence")).toHaveLength(heard);
  });

  test("what a page said is gone with its connection, also where the next one takes its place", async () => {
    const harness = await Harness.start({ types: [counter], journal: memory() });
    const room = harness.room("counter");
    const ann = await harness.join(room, "ann");
    await harness.join(room, "ben", { presence: { x: 1 } });
    await harness.join(room, "ben");
    expect(ann.of("presence")).toEqual([
      { set: [[2, { x: 1 }]], gone: [] },
      { set: [], gone: [2] },
    ]);
  });
});

test("[LIVE-4] [L11] who never reads a snapshot's parts is cut off as one who lags is; who reads slowly is not", async () => {
  const harness = await Harness.start({ types: [counter], journal: memory(), limits: { snapshotPartBytesMax: 60 } });
  const room = harness.room("counter");
  const [never, slow] = [await harness.join(room, "never"), await harness.join(room, "slow")];
  for (const socket of [never, slow]) {
    socket.buffered = 1e6;
    if (socket.session !== undefined) room.ingress.resync(socket.session, "asked");
    expect(socket.session?.state).toBe("snapshot");
  }
  const { session } = slow;
  const send = slow.send.bind(slow);
  slow.send = (frame) => {
    slow.buffered = 1e6; // full again after each part
    return send(frame);
  };
  const parts = () => slow.of("snapshot").length;
  const before = parts();
  for (let s = 0; s < 40; s += 10) {
    await harness.pass(10_000);
    slow.buffered = 0;
    if (session !== undefined) room.sessions.drained(session);
  }
  expect(parts()).toBe(before + 4);
  expect(never.closedBy).toBe("tooMany");
  expect(slow.closedBy).toBeUndefined();
});

const secret = defineRoom({
  ...(counter as AnyRoomType),
  type: "secret",
  role: (context: unknown) => ((context as { total: number }).total > 0 ? "member" : undefined),
  audience: ({ role }) => (role === "host" ? "host" : "table"),
  view: ({ context }, audience) => (audience === "host" ? context : { ...context, bangs: -1 }),
});
const add: { readonly type: string } & Record<string, unknown> = { type: "add", n: 1 };

test("[LIVE-4] a small op makes a long patch: who does not take it is seen at once", async () => {
  const harness = await Harness.start({ types: [secret], journal: memory(), limits: { lagBufferedBytesMax: 200 } });
  const room = harness.room("secret");
  const [ann, ben] = [await harness.join(room, "ann"), await harness.join(room, "ben")];
  ben.buffered = 1e6;
  await harness.command(room, ann, 1, add);
  expect(ben.session?.state).toBe("lagging");
});

test("[L8] who loses a role in the batch of their join is welcomed as what they are then", async () => {
  const harness = await Harness.start({ types: [secret], journal: memory() });
  const room = harness.room("secret");
  const ann = await harness.join(room, "ann");
  const joining = harness.join(room, "ben", { role: "host" });
  if (ann.session !== undefined) room.ingress.command(ann.session, 1, add, 100);
  const ben = await joining;
  expect(ben.of("welcome")).toMatchObject([{ rev: 3 }]);
  expect(ben.of("snapshot").map(({ state }) => state.context.bangs)).toEqual([-1]);
});

test("[L9] whose number another one has by now, while their op waits for the disk, is not acknowledged to that one", async () => {
  const faulty = new FaultyJournal();
  const harness = await Harness.start({ types: [counter], journal: faulty.factory(memory()) });
  const room = harness.room("counter");
  await harness.join(room, "ann");
  const ben = await harness.join(room, "ben");
  faulty.faults.push("held");
  await harness.command(room, ben, 1, add);
  if (ben.session !== undefined) room.sessions.bye(ben.session);
  const cyn = await harness.join(room, "cyn");
  expect(cyn.session?.who).toBe(2);
  faulty.held[0]?.();
  await harness.pass(1_000);
  expect(cyn.of("welcome")).toMatchObject([{ who: 2, acked: 0 }]);
  expect(cyn.of("delta").filter(({ acked }) => acked > 0)).toEqual([]);
});

test("[L4] who comes back while their command waits for the disk, which then fails, is not told that it was taken", async () => {
  const faulty = new FaultyJournal();
  const harness = await Harness.start({ types: [counter], journal: faulty.factory(memory()) });
  const room = harness.room("counter");
  const ann = await harness.join(room, "ann");
  faulty.faults.push("held", "lost");
  await harness.command(room, ann, 1, { type: "show" });
  await harness.command(room, ann, 2, add);
  const again = await harness.join(room, "ann", { nextSeq: 3, openSeq: 1 });
  faulty.held[0]?.();
  await harness.pass(5_000);
  expect(room.committed?.domain.snapshot.context).toMatchObject({ total: 0 });
  expect(again.closedBy).toBe("restart");
  const third = await harness.join(room, "ann", { nextSeq: 3, openSeq: 1 });
  expect(third.of("welcome")).toMatchObject([{ acked: 1 }]);
  if (third.session !== undefined) room.ingress.command(third.session, 2, add, 100);
  await harness.pass(1_000);
  expect(room.committed?.domain.snapshot.context).toMatchObject({ total: 1 });
});

test("[WEL-1] a ping that does not wait for the welcome is not answered", async () => {
  const faulty = new FaultyJournal();
  const harness = await Harness.start({ types: [counter], journal: faulty.factory(memory()) });
  const room = harness.room("counter");
  await harness.join(room, "ann");
  faulty.faults.push("held");
  const ben = await harness.join(room, "ben");
  if (ben.session !== undefined) room.ingress.ping(ben.session, 0);
  faulty.held[0]?.();
  await harness.pass(1_000);
  expect(ben.frames.map(({ type }) => type)).toEqual(["welcome", "snapshot"]);
  if (ben.session !== undefined) room.ingress.ping(ben.session, 0);
  expect(ben.of("pong")).toEqual([{ rev: 2 }]);
});
