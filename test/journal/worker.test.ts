import { afterEach, describe, expect, test } from "bun:test";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { memory } from "../../src/journal/memory.ts";
import type { Cursor } from "../../src/journal/port.ts";
import { rejection } from "../support/rejection.ts";
import { append, begin, cleanUp, databasePath, room, start, workersStarted } from "./files.ts";

afterEach(cleanUp);

describe("group commit and death", () => {
  test("100 rooms that append at once share a few commits, and the event loop stays free", async () => {
    const path = databasePath();
    const { journal } = await start(path);
    const cursors = await Promise.all(Array.from({ length: 100 }, (_, i) => begin(journal, `crowd/${i}`)));
    const commits = () => Number(/ (\d{16}) /.exec(readFileSync(`${path}.mark`, "utf8"))?.[1]);
    const before = commits();
    await Promise.all(cursors.map((cursor, i) => append(journal, cursor, 100, `crowd/${i}`)));
    expect(commits() - before).toBeLessThan(5);
  });

  test("a room waits before it decides while one commit is under way and the next one is full; all have their turn, in order", async () => {
    const path = databasePath();
    const { journal } = await start(path);
    const rooms = 5 * 128;
    const cursors = await Promise.all(Array.from({ length: rooms }, (_, i) => begin(journal, `crowd/${i}`)));
    const commits = () => Number(/ (\d{16}) /.exec(readFileSync(`${path}.mark`, "utf8"))?.[1]);
    const before = commits();
    const order: number[] = [];
    let undurable = 0;
    const atEachGroup: number[] = [];
    let last: Cursor | undefined;
    const appendInTurn = async (cursor: Cursor, i: number, turn: Promise<void> | undefined) => {
      await turn;
      order.push(i);
      if (++undurable && (i + 1) % 128 === 0) atEachGroup.push(undurable);
      last = await append(journal, cursor, 3, `crowd/${i}`);
      undurable--;
    };
    const turns = cursors.map(() => journal.ready?.());
    expect(turns.filter((turn) => turn === undefined)).toHaveLength(128);
    await Promise.all(cursors.map((cursor, i) => appendInTurn(cursor, i, turns[i])));
    expect(order).toEqual(cursors.map((_, i) => i));
    // As many gather while one commit is under way, and no more.
    expect(atEachGroup.filter((many) => many === 256).length).toBeWithin(3, 5);
    expect(Math.max(...atEachGroup)).toBe(256);
    expect(commits() - before).toBe(5);
    // Nobody is kept waiting by those who have nothing to write.
    const idle = () => Promise.all(Array.from({ length: 1_000 }, () => journal.ready?.()));
    await idle();
    expect(commits() - before).toBe(5);
    const underWay = append(journal, last as Cursor, 1, `crowd/${order.at(-1)}`);
    await idle();
    let cursor = await underWay;
    await idle();
    // One room alone never waits.
    for (let i = 0; i < 200; i++) {
      expect(journal.ready?.()).toBeUndefined();
      cursor = await append(journal, cursor, 1, `crowd/${order.at(-1)}`);
    }
  });

  test.each(["its worker dies", "it closes"])("who waits for the journal has its turn also when %s", async (how) => {
    const workers = workersStarted();
    try {
      const { journal } = await start(databasePath());
      const cursors = await Promise.all(Array.from({ length: 256 }, (_, i) => begin(journal, `crowd/${i}`)));
      const turns = cursors.map(() => journal.ready?.());
      const outcomes = cursors.map(async (cursor, i) => {
        await turns[i];
        return append(journal, cursor, 1, `crowd/${i}`).then(() => "durable", String);
      });
      const waiting = turns.at(-1);
      expect(waiting).toBeInstanceOf(Promise);
      if (how === "it closes") void journal.close();
      else workers[0]?.terminate();
      await waiting;
      const ends = Map.groupBy(await Promise.all(outcomes), (end) => end);
      if (how === "it closes")
        expect([...ends].map(([end, { length }]) => [end, length])).toEqual([["JournalError: this journal is closed", 256]]);
      else expect(ends.get("durable")?.length).toBe(128); // by the next worker
      await Promise.all(Array.from({ length: 300 }, () => journal.ready?.()));
    } finally {
      workers.restore();
    }
  });

  test("the event loop goes on while the disk is waited for", async () => {
    const { journal } = await start(databasePath());
    const cursor = await begin(journal);
    let loopWentOn = false;
    setImmediate(() => {
      loopWentOn = true;
    });
    await append(journal, cursor, 1_000);
    expect(loopWentOn).toBe(true);
    // The canary: had this thread done the work, nothing else could have run before the append was settled.
    loopWentOn = false;
    setImmediate(() => {
      loopWentOn = true;
    });
    const inThisThread = await memory()({ newEpoch: () => "x", onAlarm: () => undefined });
    await append(inThisThread, await begin(inThisThread), 1_000);
    expect(loopWentOn).toBe(false);
  });

  test("[L4] a worker that dies rejects what is under way, raises an alarm, and the next call starts a fresh one", async () => {
    const path = databasePath();
    const workers = workersStarted();
    try {
      const { journal, alarms } = await start(path);
      const cursor = await begin(journal);
      workers.at(-1)?.postMessage(null); // no request: it throws outside of any
      expect(await rejection(append(journal, cursor, 1))).toMatchObject({ name: "JournalError", code: "io" });
      expect(alarms).toMatchObject([{ code: "io", message: expect.stringMatching(/died: TypeError: .*$/) }]);
      const opened = await journal.open(room);
      expect(opened.cursor.epoch).toBe(cursor.epoch);
      await append(journal, opened.cursor, 1);
      expect(workers).toHaveLength(2);
      // A start that fails halfway lets go of the lock, so that a later call can succeed.
      workers.at(-1)?.terminate();
      rmSync(`${path}.mark`);
      mkdirSync(`${path}.mark`);
      for (let i = 0; i < 2; i++) expect(await rejection(journal.open(room))).toMatchObject({ code: "io" });
      expect(await rejection(journal.open(room))).toMatchObject({ code: "io", message: expect.stringContaining("EISDIR") });
      rmSync(`${path}.mark`, { recursive: true });
      expect((await journal.open(room)).cursor).toMatchObject({ epoch: cursor.epoch, rev: 1 });
      expect(workers).toHaveLength(3);
    } finally {
      workers.restore();
    }
  });

  test("[L4] a process that is killed while it appends loses nothing that it acknowledged", async () => {
    for (let round = 0; round < 3; round++) {
      const path = databasePath();
      const child = Bun.spawn([process.execPath, join(import.meta.dir, "append-child.ts"), path, "4", "100000"], {
        stdout: "pipe",
        stderr: "inherit",
      });
      let told = "";
      const reading = (async () => {
        for await (const chunk of child.stdout) {
          told += new TextDecoder().decode(chunk);
          if (told.length > 2_000 + round * 1_500) child.kill("SIGKILL");
        }
      })();
      await child.exited;
      await reading;
      const acked = new Map<string, number>();
      for (const line of told.split("\n").slice(0, -1)) {
        const [name = "", rev] = line.split(" ");
        acked.set(name, Number(rev));
      }
      expect(acked.size).toBe(4);
      const { journal, alarms } = await start(path);
      for (const [name, rev] of acked) {
        const { cursor } = await journal.open(name);
        expect(cursor.rev).toBeGreaterThanOrEqual(rev);
        const entries = await journal.read(name, 1, 1_000_000);
        expect(entries.map((entry) => entry.rev).slice(0, 1_000)).toEqual(
          Array.from({ length: Math.min(1_000, cursor.rev) }, (_, i) => i + 1),
        );
      }
      expect(alarms).toEqual([]);
    }
  }, 60_000);
});
