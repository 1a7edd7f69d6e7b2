/** A room's state at any rev, from its log: what the room had when it was there. */
import { afterEach, describe, expect, test } from "bun:test";
import { baseAt, type RebuildOptions, type Rebuilt, rebuild } from "../../src/inspect/rebuild.ts";
import { type MemoryStore, memory } from "../../src/journal/memory.ts";
import { defaultLimits } from "../../src/protocol/limits.ts";
import type { AnyRoomType } from "../../src/room/define-room.ts";
import { fingerprint } from "../../src/room/domain.ts";
import type { SavedRoom } from "../../src/room/load.ts";
import type { Room } from "../../src/room/room.ts";
import { counter } from "../support/counter.ts";
import { desk, desk2 } from "../support/desk.ts";
import { Harness } from "../support/harness.ts";
import { rejection } from "../support/rejection.ts";
import { inMemory, Releases } from "../support/releases.ts";

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

const textOf = ({ domain, roster }: Pick<Rebuilt, "domain" | "roster">): string =>
  JSON.stringify([domain.rev, domain.at, fingerprint(domain), roster]);

const optionsOf = (def: AnyRoomType, room: string, reader: RebuildOptions["reader"]): RebuildOptions => ({
  def,
  machine: def.machine,
  room,
  limits: defaultLimits,
  reader,
});

/** The room's log in a store, and what the room had at each rev. */
async function lived(limits: { readonly snapshotEveryOps: number }) {
  const store: MemoryStore = new Map();
  const harness = await Harness.start({ types: [counter], journal: memory({ store }), limits });
  open.push(() => harness.directory.stop());
  const room = harness.room("counter");
  const had = new Map<number, string>();
  const note = (of: Room) => {
    if (of.committed !== undefined) had.set(of.committed.domain.rev, textOf(of.committed));
  };
  const ann = await harness.join(room, "ann");
  note(room);
  const ben = await harness.join(room, "ben");
  note(room);
  for (const [i, event] of [{ type: "add", n: 1 }, { type: "fuse" }, { type: "work" }, { type: "add", n: 2 }, { type: "show" }].entries()) {
    await harness.command(room, ann, i + 1, event);
    note(room);
  }
  for (let ms = 0; ms < 61_000; ms += 1_000) {
    await harness.pass(1_000);
    note(room);
    if (ms === 20_000) harness.drop(room, ben);
  }
  for (let seq = 6; seq < 40; seq++) {
    await harness.command(room, ann, seq, { type: "add", n: seq });
    note(room);
  }
  expect(harness.alarms).toEqual([]);
  const log = store.get("counter/r");
  if (log === undefined) throw new Error("no such log");
  return { harness, log, had, options: optionsOf(counter, "counter/r", harness.journal) };
}

describe("[L7] the state at a rev is the one that the room had there", () => {
  test("joins, commands, a service's result, a timer, a leave: at every rev, from the log's beginning and from a base", async () => {
    const { log, had, options } = await lived({ snapshotEveryOps: 1_000 });
    const types = log.entries.map(({ data }) => (JSON.parse(data) as { event: { type: string } }).event.type);
    for (const type of ["participant.joined", "participant.left", "xstate.done.actor.job", "work", "add"]) expect(types).toContain(type);
    expect(log.entries.some(({ data }) => data.includes('"timer":'))).toBe(true);
    expect(had.size).toBeGreaterThan(40);
    for (const [rev, text] of had) expect(textOf(await rebuild(options, rev))).toBe(text);
    let base: Rebuilt | undefined;
    for (const rev of [...had.keys()].sort((a, b) => a - b)) {
      base = await rebuild(options, rev, base);
      expect(textOf(base)).toBe(had.get(rev) as string);
    }
    const middle = await rebuild(options, 10);
    for (const rev of [40, 12, 10, 25, 9]) expect(textOf(await rebuild(options, rev, middle))).toBe(had.get(rev) as string);
  });

  test("the way begins at the newest snapshot at or before it", async () => {
    const { log, had, options } = await lived({ snapshotEveryOps: 5 });
    const kept = log.snapshots.map(({ rev }) => rev);
    expect(kept.length).toBeGreaterThan(1);
    for (const rev of had.keys())
      if (rev >= (kept[0] ?? 0)) {
        expect((await baseAt(options, rev)).rev).toBe(kept.findLast((at) => at <= rev) as number);
        expect(textOf(await rebuild(options, rev))).toBe(had.get(rev) as string);
      }
  });

  test("without a snapshot before it, it begins with the room's input, as long as the first op is kept", async () => {
    const { log, had, options } = await lived({ snapshotEveryOps: 1_000 });
    const first = log.snapshots[0];
    log.snapshots = [{ rev: 30, data: first?.data ?? "" }];
    for (const rev of [3, 10, 29]) expect(textOf(await rebuild(options, rev))).toBe(had.get(rev) as string);
    log.entries = log.entries.slice(1);
    expect(await rejection(rebuild(options, 10))).toMatchObject({ code: "notKept", rev: 10 });
  });
});

test("[L11] it goes page by page, and everyone else gets a turn in between", async () => {
  const { log, options } = await lived({ snapshotEveryOps: 1_000 });
  const head = log.head;
  const adds = Array.from({ length: 1_000 }, (_, i) => ({
    rev: head + 1 + i,
    data: JSON.stringify({ at: 9e12, who: 0, by: { user: "u", role: "member", client: "c" }, seq: 1 + i, event: { type: "add", n: 1 } }),
  }));
  log.entries.push(...adds);
  const pages: number[] = [];
  let turns = 0;
  const count = () => {
    turns++;
    counting = setImmediate(count);
  };
  let counting = setImmediate(count);
  const reader = {
    ...options.reader,
    read: async (room: string, from: number, limit?: number) => {
      const page = await options.reader.read(room, from, limit);
      pages.push(page.length);
      return page;
    },
    snapshotAt: options.reader.snapshotAt,
  };
  const before = await rebuild(options, head);
  const { domain } = await rebuild({ ...options, reader }, head + 1_000);
  clearImmediate(counting);
  expect(domain.snapshot.context.total).toBe(before.domain.snapshot.context.total + 1_000);
  expect(Math.max(...pages)).toBeLessThanOrEqual(100);
  expect(turns).toBeGreaterThanOrEqual(pages.length);
});

describe("what cannot be had says why, and where", () => {
  test("a rev beyond the end, one that is gone, one in a gap", async () => {
    const { log, options } = await lived({ snapshotEveryOps: 1_000 });
    const { head } = log;
    expect(await rejection(rebuild(options, head + 1))).toMatchObject({
      name: "RebuildError",
      code: "notKept",
      rev: head + 1,
      message: `the log of counter/r ends at rev ${head}`,
    });
    log.entries = log.entries.filter(({ rev }) => rev !== 7);
    expect(await rejection(rebuild(options, 9))).toMatchObject({ code: "notKept", rev: 7 });
    expect((await rebuild(options, 6)).domain.rev).toBe(6);
    log.snapshots = [];
    expect(await rejection(rebuild(options, 6))).toMatchObject({ code: "notKept", rev: 6 });
    expect(await rejection(rebuild({ ...options, room: "counter/never" }, 0))).toMatchObject({ code: "notKept" });
  });

  test("[L7] an op that this machine does not take, one that is no JSON, a snapshot that is none", async () => {
    const { log, options } = await lived({ snapshotEveryOps: 1_000 });
    const put = (rev: number, data: (was: string) => string) => {
      log.entries = log.entries.map((entry) => (entry.rev === rev ? { rev, data: data(entry.data) } : entry));
    };
    put(3, (was) => was.replace('"n":1', '"n":-1'));
    expect(await rejection(rebuild(options, 9))).toMatchObject({ code: "replay", rev: 3, message: expect.stringContaining("'add'") });
    put(3, (was) => was.slice(1));
    expect(await rejection(rebuild(options, 9))).toMatchObject({ code: "replay", rev: 3, message: "rev 3 of counter/r is no JSON" });
    put(3, () => "null");
    expect(await rejection(rebuild(options, 9))).toMatchObject({ code: "replay", rev: 3 });
    log.snapshots = [{ rev: 0, data: "{" }];
    expect(await rejection(rebuild(options, 1))).toMatchObject({ code: "replay", rev: 0 });
    log.snapshots = [{ rev: 0, data: "{}" }];
    expect(await rejection(rebuild(options, 1))).toMatchObject({ code: "otherVersion", rev: 0 });
    log.snapshots = [{ rev: 0, data: JSON.stringify({ version: 1, input: { id: "a", at: 0 }, domain: {}, roster: [] }) }];
    expect(await rejection(rebuild(options, 1))).toMatchObject({ code: "replay", rev: 0 });
  });

  test("what another version wrote, be it said by a snapshot, by an op, or by a later snapshot's memory", async () => {
    const store: MemoryStore = new Map();
    using releases = new Releases({ stored: inMemory(store) });
    const first = await releases.start(desk);
    const ann = await first.join(first.room("desk"), "ann");
    for (let seq = 1; seq <= 4; seq++) await first.command(first.room("desk"), ann, seq, { type: "note", text: `n${seq}` });
    const second = await releases.start(desk2);
    const room = second.room("desk");
    await second.pass(100);
    const again = await second.join(room, "ann", { machine: 2, nextSeq: 5 });
    for (let seq = 5; seq <= 8; seq++) await second.command(room, again, seq, { type: "note", text: `n${seq}` });
    const log = store.get("desk/r");
    const head = log?.head ?? 0;
    const migratedAt = (JSON.parse(log?.snapshots.at(-1)?.data ?? "") as SavedRoom).migratedAt ?? 0;
    expect([migratedAt, head]).toEqual([5, 9]);
    const of = (def: AnyRoomType) => optionsOf(def, "desk/r", second.journal);

    expect(textOf(await rebuild(of(desk2), head))).toBe(textOf(room.committed as NonNullable<typeof room.committed>));
    expect((await rebuild(of(desk2), migratedAt)).domain.snapshot.context.notes).toHaveLength(4);
    expect(await rejection(rebuild(of(desk2), migratedAt - 1))).toMatchObject({ code: "otherVersion" });
    // Version 1 has its own part of the log, up to the first op of the other.
    expect((await rebuild(of(desk), migratedAt - 1)).domain.snapshot.context.notes).toEqual(["n1", "n2", "n3"]);
    expect(await rejection(rebuild(of(desk), head))).toMatchObject({ code: "otherVersion", message: expect.stringContaining("version 2") });
    if (log === undefined) throw new Error("no log");
    const { snapshots } = log;
    log.snapshots = snapshots.filter(({ data }) => (JSON.parse(data) as SavedRoom).version === 1);
    expect(await rejection(rebuild(of(desk), head))).toMatchObject({ code: "otherVersion", rev: migratedAt + 1 });
    log.snapshots = snapshots.filter(({ data }) => (JSON.parse(data) as SavedRoom).version === 2);
    for (const rev of [0, 2, migratedAt - 1]) expect(await rejection(rebuild(of(desk2), rev))).toMatchObject({ code: "otherVersion", rev });
  });
});
