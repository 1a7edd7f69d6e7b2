/** A room goes on in another version of its type: what an older one has written, after a clean end and after a crash. Timers and services: carried.test.ts. */
import { describe, expect, test } from "bun:test";
import type { MemoryStore } from "../../src/journal/memory.ts";
import type { JournalFactory } from "../../src/journal/port.ts";
import type { Room } from "../../src/room/room.ts";
import { type Desk2, desk, desk2 } from "../support/desk.ts";
import type { FakeSocket, Harness } from "../support/harness.ts";
import { inMemory, Releases, storages } from "../support/releases.ts";

const state = (room: Room) => room.committed?.domain.snapshot.context as Desk2;
const notes = (room: Room) => state(room).notes.map((note) => (typeof note === "string" ? note : `${note.text}${note.isDone ? " ✓" : ""}`));

/** Version 1: Ann and Ben came (rev 1, 2), Ann wrote a, b, c (rev 3, 4, 5). */
async function written(releases: Releases): Promise<{ harness: Harness; room: Room; ann: FakeSocket; ben: FakeSocket }> {
  const harness = await releases.start(desk);
  const room = harness.room("desk");
  const ann = await harness.join(room, "ann");
  const ben = await harness.join(room, "ben");
  for (const [i, text] of ["a", "b", "c"].entries()) await harness.command(room, ann, i + 1, { type: "note", text });
  return { harness, room, ann, ben };
}

/** The next release, with its room loaded. */
async function upgraded(releases: Releases, def: typeof desk2 = desk2, wrap?: (factory: JournalFactory) => JournalFactory) {
  const harness = await releases.start(def, wrap);
  const room = harness.room("desk");
  await harness.pass(100);
  return { harness, room };
}

for (const [name, stored] of Object.entries(storages))
  describe(`in the ${name} journal`, () => {
    for (const end of ["a clean end", "a crash"])
      test(`[L4] [L7] after ${end}: state, revs, epoch, people and fates go on, and a snapshot of the new version is durable first`, async () => {
        using releases = new Releases({ stored: stored() });
        const first = await written(releases);
        await first.harness.command(first.room, first.ben, 1, { type: "note", text: "d" });
        const { epoch } = first.room.feed ?? {};
        if (end === "a clean end") await releases.stop();
        else releases.crash();
        const before = releases.stored.entries();
        expect(releases.saved).toMatchObject({ version: 1, rev: end === "a clean end" ? 6 : 0 });

        const { harness, room } = await upgraded(releases);
        expect(harness.alarms).toEqual([]);
        expect(room.state).toBe("open"); // two are in it, and have their grace
        expect(notes(room)).toEqual(["a", "b", "c", "d"]);
        expect(state(room).people).toEqual(["ann", "ben"]);
        expect(room.feed).toMatchObject({ epoch, rev: 6 });
        expect(room.committed?.roster.map(({ who, user }) => [who, user])).toEqual([
          [1, "ann"],
          [2, "ben"],
        ]);
        expect(releases.saved).toMatchObject({ version: 2, rev: 6, migratedAt: 6 });
        expect(releases.saved.fates.map(({ client, lastSeq }) => [client, lastSeq])).toEqual([
          ["ann", 3],
          ["ben", 1],
        ]);
        expect(releases.stored.entries(), "nothing of the log is rewritten").toEqual(before);
      });

    test("[L7] it goes on from there: commands, snapshots verified by replay, another restart", async () => {
      using releases = new Releases({ stored: stored(), limits: { snapshotEveryOps: 5 } });
      await written(releases);
      const { harness, room } = await upgraded(releases);
      const ann = await harness.join(room, "ann", { machine: 2, nextSeq: 4 });
      for (let seq = 4; seq <= 20; seq++)
        await harness.command(room, ann, seq, seq % 2 ? { type: "tick", text: "a" } : { type: "note", text: `n${seq}` });
      await harness.pass(100);
      expect(harness.alarms).toEqual([]);
      expect(releases.stored.snapshots().map(({ data }) => (JSON.parse(data) as { version: number }).version)).toEqual([1, 2, 2]);
      const is = notes(room);
      const again = await upgraded(releases);
      expect(notes(again.room)).toEqual(is);
      expect(is.slice(0, 2)).toEqual(["a ✓", "b"]);
    });
  });

describe("[L2] fates", () => {
  test("an old command that comes again is told its old fate, a new one is decided by the new version", async () => {
    using releases = new Releases();
    const { harness: first, room: old, ann: annThen } = await written(releases);
    await first.command(old, annThen, 4, { type: "turn" });
    await first.command(old, annThen, 5, { type: "note", text: "d" });
    const { harness, room } = await upgraded(releases);
    const ann = await harness.join(room, "ann", { machine: 1, nextSeq: 6, openSeq: 1, since: { epoch: "epoch1", rev: 4 } });
    expect(ann.of("welcome")).toMatchObject([{ acked: 5, mode: "patches", refused: [{ seq: 4, code: "state" }], recovered: "version" }]);
    await harness.command(room, ann, 3, { type: "note", text: "c" });
    expect(notes(room)).toEqual(["a", "b", "c", "d"]);
    await harness.command(room, ann, 6, { type: "erase" });
    await harness.command(room, ann, 7, { type: "note", text: "e" });
    expect(ann.of("refused")).toMatchObject([{ seq: 6, code: "command" }]);
    expect(notes(room)).toEqual(["a", "b", "c", "d", "e"]);
  });
});

describe("[L6] who comes back", () => {
  const rejoin = (harness: Harness, room: Room, client: string, rev: number, machine = 2) =>
    harness.join(room, client, { machine, nextSeq: 9, since: { epoch: "epoch1", rev } });

  test("nobody goes on from a rev of the older version, be it the last one, be they of the new version", async () => {
    using releases = new Releases();
    await written(releases);
    const { harness, room } = await upgraded(releases);
    // Ben's place is still his: nothing happens when he takes it, so he is at the rev of the migration.
    expect((await rejoin(harness, room, "ben", 5)).of("welcome")).toMatchObject([{ rev: 5, recovered: "beyondRing", mode: "events" }]);
    expect((await rejoin(harness, room, "cyn", 3)).of("welcome")).toMatchObject([{ rev: 6, recovered: "beyondRing" }]);
    expect((await rejoin(harness, room, "dan", 5)).of("welcome")).toMatchObject([{ recovered: "beyondRing" }]);
    expect((await rejoin(harness, room, "eve", 6)).of("welcome")).toMatchObject([{ recovered: "resumed" }]);
    expect((await rejoin(harness, room, "old", 6, 1)).of("welcome")).toMatchObject([{ recovered: "version", mode: "patches" }]);
  });

  for (const ops of [0, 3])
    test(`… nor after another restart, ${ops} ops later`, async () => {
      using releases = new Releases();
      await written(releases);
      const { harness, room } = await upgraded(releases);
      if (ops > 0) {
        const ann = await harness.join(room, "ann", { machine: 2, nextSeq: 4 });
        for (let seq = 4; seq < 4 + ops; seq++) await harness.command(room, ann, seq, { type: "note", text: `n${seq}` });
      }
      const again = await upgraded(releases);
      expect(again.room.feed?.rev).toBe(5 + ops);
      expect((await rejoin(again.harness, again.room, "ben", 5)).of("welcome")).toMatchObject([{ recovered: "beyondRing" }]);
      if (ops > 0) expect((await rejoin(again.harness, again.room, "ann", 6)).of("welcome")).toMatchObject([{ recovered: "resumed" }]);
      const ben = await rejoin(again.harness, again.room, "cyn", 4);
      expect(ben.of("snapshot")).toMatchObject([{ reason: "beyondRing", state: { context: { people: ["ann", "ben", "cyn"] } } }]);
    });
});

describe("what a crash leaves in between", () => {
  test("[L3] the snapshot that fails, or lands without a word: nobody is let in, and it is migrated again", async () => {
    for (const fault of ["before", "after"] as const) {
      using releases = new Releases();
      await written(releases);
      let faults = 1;
      const harness = await releases.start(desk2, (factory) => async (deps) => {
        const journal = await factory(deps);
        return {
          ...journal,
          saveSnapshot: async (...args) => {
            if (fault === "after") await journal.saveSnapshot(...args);
            if (faults-- > 0) throw new Error("the disk failed");
            if (fault === "before") await journal.saveSnapshot(...args);
          },
        };
      });
      const room = harness.room("desk");
      const cyn = await harness.join(room, "cyn");
      expect(room.state).toBe("faulted");
      expect(releases.saved.version).toBe(fault === "before" ? 1 : 2);
      expect(cyn.of("closing")).toMatchObject([{ code: "UNAVAILABLE" }]);
      await harness.pass(2_000);
      expect(notes(room)).toEqual(["a", "b", "c"]);
      expect(releases.saved).toMatchObject({ version: 2, rev: 5, migratedAt: 5 });
      expect(harness.alarms.map(({ code }) => code)).toEqual(["journal"]);
    }
  });

  test("[L4] [L6] the migrated snapshot is lost later: it is migrated anew with what came after, and nobody goes on from before", async () => {
    const store: MemoryStore = new Map();
    using releases = new Releases({ stored: inMemory(store) });
    await written(releases);
    const { harness, room } = await upgraded(releases);
    const ann = await harness.join(room, "ann", { machine: 2, nextSeq: 4 });
    await harness.command(room, ann, 4, { type: "note", text: "d" });
    await harness.command(room, ann, 5, { type: "tick", text: "a" });
    releases.crash();
    store.get("desk/r")?.snapshots.pop();
    const before = await releases.start(desk);
    expect((await before.join(before.room("desk"), "ann")).of("closing")).toMatchObject([{ code: "UNAVAILABLE" }]);
    expect(before.alarms[0]?.message).toContain("from version 2 to version 1, and is kept as it is: this server has an older version");
    const again = await upgraded(releases);
    expect(notes(again.room)).toEqual(["a ✓", "b", "c", "d"]);
    expect(releases.saved).toMatchObject({ version: 2, rev: 7, migratedAt: 7 });
    const back = await again.harness.join(again.room, "ann", { machine: 2, nextSeq: 6, since: { epoch: "epoch1", rev: 6 } });
    expect(back.of("welcome")).toMatchObject([{ recovered: "beyondRing" }]);
  });

  test("… before anything was done in the new version, it is migrated anew", async () => {
    const store: MemoryStore = new Map();
    using releases = new Releases({ stored: inMemory(store) });
    await written(releases);
    await upgraded(releases);
    releases.crash();
    store.get("desk/r")?.snapshots.pop();
    const { harness, room } = await upgraded(releases);
    expect(notes(room)).toEqual(["a", "b", "c"]);
    expect(harness.alarms).toEqual([]);
  });
});

test("rooms of any older version are brought to this one, and what was brought once, again", async () => {
  using releases = new Releases();
  const seen: number[] = [];
  const desk3 = {
    ...desk2,
    version: 3,
    migrate: (from: number, old: { context: unknown }) => {
      seen.push(from);
      return from === 1 ? desk2.migrate?.(from, old as never) : { context: old.context };
    },
  } as unknown as typeof desk2;
  await written(releases);
  const { room } = await upgraded(releases, desk3);
  expect(notes(room)).toEqual(["a", "b", "c"]);
  using second = new Releases();
  await written(second);
  await upgraded(second);
  await second.stop();
  expect(notes((await upgraded(second, desk3)).room)).toEqual(["a", "b", "c"]);
  expect(second.saved).toMatchObject({ version: 3, rev: 5, migratedAt: 5 });
  expect(seen).toEqual([1, 1, 2, 2]); // each twice, to see that it gives the same
});
