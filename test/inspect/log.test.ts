/** A room's log as a file: written in pieces beside a room that runs, and read back as a journal would give it. */
import { afterEach, describe, expect, test } from "bun:test";
import { exportLog, type LogExport, readLog } from "../../src/inspect/log.ts";
import { rebuild } from "../../src/inspect/rebuild.ts";
import { verified } from "../../src/inspect/verified.ts";
import { type MemoryStore, memory } from "../../src/journal/memory.ts";
import type { Journal } from "../../src/journal/port.ts";
import { defaultLimits } from "../../src/protocol/limits.ts";
import type { AnyRoomType } from "../../src/room/define-room.ts";
import { fingerprint } from "../../src/room/domain.ts";
import { counter } from "../support/counter.ts";
import { desk, desk2 } from "../support/desk.ts";
import { Harness } from "../support/harness.ts";
import { rejection } from "../support/rejection.ts";
import { inMemory, Releases } from "../support/releases.ts";

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

async function textOf(journal: Journal, room: string, def: AnyRoomType): Promise<string> {
  let text = "";
  for await (const chunk of exportLog(journal, room, def)) text += chunk;
  return text;
}
const optionsOf = (def: AnyRoomType, room: string) => ({ def, machine: def.machine, room, limits: defaultLimits });

async function lived(commands: number) {
  const store: MemoryStore = new Map();
  const harness = await Harness.start({ types: [counter], journal: memory({ store }), limits: { snapshotEveryOps: 10 } });
  open.push(() => harness.directory.stop());
  const room = harness.room("counter");
  const ann = await harness.join(room, "ann");
  for (let seq = 1; seq <= commands; seq++) await harness.command(room, ann, seq, { type: "add", n: seq });
  const log = store.get("counter/r");
  if (log === undefined) throw new Error("no such log");
  return { harness, room, ann, log };
}

describe("what is written", () => {
  test("the log as the journal has it, parsed: the oldest snapshot, every op after it, the later snapshots", async () => {
    const { harness, log } = await lived(25);
    const written = JSON.parse(await textOf(harness.journal, "counter/r", counter)) as LogExport;
    const parsed = (records: readonly { rev: number; data: string }[]) => records.map(({ rev, data }) => ({ rev, data: JSON.parse(data) }));
    const [from, ...snapshots] = parsed(log.snapshots);
    expect(snapshots.length).toBeGreaterThan(0);
    expect(written).toEqual({
      format: "quorate-log",
      formatVersion: 1,
      room: "counter/r",
      type: "counter",
      version: 1,
      epoch: log.epoch,
      head: 26,
      from: from ?? null,
      entries: parsed(log.entries),
      snapshots,
      chain: expect.any(String),
    });
    const { reader } = readLog(JSON.stringify(written));
    expect(await reader.read("counter/r", 1)).toEqual(log.entries);
    expect(await reader.read("counter/r", 4, 2)).toEqual(log.entries.slice(3, 5));
    expect(await reader.read("counter/r", 27)).toEqual([]);
    expect(await reader.read("counter/other", 1)).toEqual([]);
    for (let rev = -1; rev < 30; rev++)
      expect(await reader.snapshotAt("counter/r", rev)).toEqual(await harness.journal.snapshotAt("counter/r", rev));
  });

  test("a room that has done nothing yet", async () => {
    const { harness, log } = await lived(0);
    log.entries = [];
    log.head = 0;
    const { log: told, reader } = readLog(await textOf(harness.journal, "counter/r", counter));
    expect(told).toMatchObject({ head: 0 });
    expect((await rebuild({ ...optionsOf(counter, "counter/r"), reader }, 0)).domain.snapshot.context).toMatchObject({ total: 0 });
  });

  test("[L11] in pieces, page by page, up to the head at its beginning, though the room goes on", async () => {
    const { harness, room, ann, log } = await lived(5);
    log.entries.push(...Array.from({ length: 2_500 }, (_, i) => ({ rev: log.head + 1 + i, data: '{"event":{"type":"show"}}' })));
    const before = log.head;
    log.head += 2_500;
    const sizes: number[] = [];
    let text = "";
    for await (const chunk of exportLog(harness.journal, "counter/r", counter)) {
      if (text === "") log.entries.push({ rev: ++log.head, data: '{"event":{"type":"late"}}' });
      sizes.push(chunk.length);
      text += chunk;
    }
    expect(sizes.length).toBeGreaterThan(4);
    expect(Math.max(...sizes)).toBeLessThan(text.length / 2);
    const { log: told, reader } = readLog(text);
    expect(told.head).toBe(before + 2_500);
    expect(await reader.read("counter/r", told.head + 1)).toEqual([]);
    expect(text).not.toContain('"late"');
    expect([room.state, ann.closed]).toEqual(["open", undefined]);
  });

  test("only what this version wrote; without any of it, nothing to begin at", async () => {
    const store: MemoryStore = new Map();
    using releases = new Releases({ stored: inMemory(store) });
    const first = await releases.start(desk);
    const ann = await first.join(first.room("desk"), "ann");
    for (let seq = 1; seq <= 4; seq++) await first.command(first.room("desk"), ann, seq, { type: "note", text: `n${seq}` });
    const second = await releases.start(desk2);
    const room = second.room("desk");
    await second.pass(100);
    const again = await second.join(room, "ann", { machine: 2, nextSeq: 5 });
    await second.command(room, again, 5, { type: "note", text: "n5" });
    expect(store.get("desk/r")?.snapshots.map(({ rev }) => rev)).toEqual([0, 5]);

    const { reader, log } = readLog(await textOf(second.journal, "desk/r", desk2));
    expect([log.version, log.head, (await reader.read("desk/r", 1))[0]?.rev]).toEqual([2, 6, 6]);
    const { at, snapshots } = await verified({ ...optionsOf(desk2, "desk/r"), reader }, 6);
    expect(snapshots).toEqual([5]);
    expect(fingerprint(at.domain)).toBe(fingerprint(room.committed?.domain as typeof at.domain));
    expect(await rejection(rebuild({ ...optionsOf(desk2, "desk/r"), reader }, 4))).toMatchObject({ code: "notKept" });

    const text = await textOf(second.journal, "desk/r", desk);
    expect(JSON.parse(text)).toMatchObject({ from: null, version: 1, snapshots: [] });
    expect(await readLog(text).reader.read("desk/r", 1)).toHaveLength(6);
    expect(await rejection(rebuild({ ...optionsOf(desk, "desk/r"), reader: readLog(text).reader }, 3))).toMatchObject({ code: "notKept" });
  });

  test("what cannot be written as a whole ends with an error, not as a log", async () => {
    const { harness, log } = await lived(25);
    const failing = () => rejection(textOf(harness.journal, "counter/r", counter));
    expect(await rejection(textOf(harness.journal, "counter/never", counter))).toMatchObject({
      name: "LogError",
      message: "there is no log of counter/never",
    });
    const { entries } = log;
    log.entries = entries.filter(({ rev }) => rev !== 7);
    expect(await failing()).toMatchObject({ name: "LogError", message: "the log of counter/r has no rev 7 any more" });
    log.entries = entries.slice(0, 20);
    expect(await failing()).toMatchObject({ name: "LogError", message: "the log of counter/r has no rev 21 any more" });
    log.entries = entries.map(({ rev, data }) => ({ rev, data: rev === 7 ? "{" : data }));
    expect(await failing()).toMatchObject({ name: "LogError", message: "rev 7 of counter/r is no JSON" });
  });
});

describe("what is read", () => {
  test("says what is wrong with a text that is no log, or no longer one", async () => {
    const { harness } = await lived(25);
    const log = JSON.parse(await textOf(harness.journal, "counter/r", counter)) as LogExport;
    const { from: _, ...headless } = log;
    const cases: readonly (readonly [given: unknown, told: string])[] = [
      [null, "it is no exported log: the whole"],
      [{ ...log, format: "other" }, "it is no exported log: format"],
      [{ ...log, formatVersion: 2 }, "it is no exported log: formatVersion"],
      [{ ...log, more: 1 }, "it is no exported log: more"],
      [headless, "it is no exported log: from"],
      [{ ...log, entries: [{ rev: "1", data: {} }] }, "it is no exported log: entries.0.rev"],
      [{ ...log, entries: [{ rev: 1 }] }, "it is no exported log: entries.0.data"],
      [{ ...log, entries: log.entries.filter(({ rev }) => rev !== 4) }, "rev 4 is missing"],
      [{ ...log, entries: log.entries.slice(0, -1) }, "it ends at rev 25, and says 26"],
      [{ ...log, entries: log.entries.map(({ rev, data }) => ({ rev, data: rev === 4 ? {} : data })) }, "an entry is not the one"],
      [{ ...log, room: "counter/other" }, "an entry is not the one"],
    ];
    for (const [given, told] of cases)
      expect(() => readLog(JSON.stringify(given))).toThrow(
        expect.objectContaining({ name: "LogError", message: expect.stringContaining(told) }),
      );
    expect(() => readLog("{")).toThrow(expect.objectContaining({ name: "LogError", message: "it is no JSON, or not all of it is there" }));
    expect(readLog(JSON.stringify(log)).log).toMatchObject({ room: "counter/r", type: "counter", head: 26 });
  });

  test("[L7] a snapshot with another state than the replay has there is found, and so is one with other people", async () => {
    const { harness } = await lived(25);
    const text = await textOf(harness.journal, "counter/r", counter);
    const options = optionsOf(counter, "counter/r");
    const { snapshots } = await verified({ ...options, reader: readLog(text).reader }, 26);
    expect(snapshots.length).toBeGreaterThan(2);
    for (const change of [
      (room: { domain: { machine: { context: { total: number } } } }) => room.domain.machine.context.total++,
      (room: { roster: unknown[] }) => room.roster.pop(),
      (room: { domain: { at: number } }) => room.domain.at++,
    ] as ((room: unknown) => void)[]) {
      const log = JSON.parse(text) as { snapshots: { rev: number; data: unknown }[] };
      const [first] = log.snapshots;
      change(first?.data);
      const { reader } = readLog(JSON.stringify(log));
      expect(await rejection(verified({ ...options, reader }, 26))).toMatchObject({
        name: "RebuildError",
        code: "replay",
        rev: first?.rev,
      });
      expect((await verified({ ...options, reader }, (first?.rev ?? 0) - 1)).snapshots).toHaveLength(1);
    }
  });
});
