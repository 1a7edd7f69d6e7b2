import { afterEach, describe, expect, test } from "bun:test";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { memory } from "../../src/journal/memory.ts";
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

  test("a room waits before it decides while one commit is under way and the next one is full", async () => {
    const path = databasePath();
    const { journal } = await start(path);
    const cursors = await Promise.all(Array.from({ length: 3 * 128 }, (_, i) => begin(journal, `crowd/${i}`)));
    const commits = () => Number(/ (\d{16}) /.exec(readFileSync(`${path}.mark`, "utf8"))?.[1]);
    const appendFrom = (from: number) =>
      Promise.all(cursors.slice(from, from + 128).map((cursor, i) => append(journal, cursor, 3, `crowd/${from + i}`)));
    const before = commits();
    expect(journal.ready?.()).toBeUndefined();
    const first = appendFrom(0);
    await journal.ready?.();
    expect(commits()).toBe(before); // under way
    expect(journal.ready?.()).toBeUndefined();
    const second = appendFrom(128);
    const order: string[] = [];
    const waiting = ["a", "b"].map((name) => journal.ready?.()?.then(() => order.push(name)));
    await Promise.all(waiting);
    expect([commits() - before >= 1, ...order]).toEqual([true, "a", "b"]);
    const third = appendFrom(256);
    // More than have their turn with the next commit, and none of them has anything to write.
    const idle = Promise.all(Array.from({ length: 200 }, () => journal.ready?.()));
    await Promise.all([first, second, third]);
    await idle;
    expect(commits() - before).toBe(3);
    expect(journal.ready?.()).toBeUndefined();
  });

  test.each(["its worker dies", "it closes"])("who waits for the journal has its turn also when %s", async (how) => {
    const workers = workersStarted();
    try {
      const { journal } = await start(databasePath());
      const cursors = await Promise.all(Array.from({ length: 256 }, (_, i) => begin(journal, `crowd/${i}`)));
      const appendFrom = (from: number) =>
        cursors.slice(from, from + 128).map((cursor, i) => append(journal, cursor, 1, `crowd/${from + i}`).then(() => "durable", String));
      const first = appendFrom(0);
      await journal.ready?.();
      const second = appendFrom(128);
      const waiting = journal.ready?.();
      expect(waiting).toBeInstanceOf(Promise);
      if (how === "it closes") void journal.close();
      else workers[0]?.terminate();
      await waiting;
      const outcomes = new Set(await Promise.all([...first, ...second]));
      expect(outcomes).toContain("durable"); // all of it, or what the next worker wrote
      expect(outcomes.size).toBe(how === "it closes" ? 1 : 2);
      expect(journal.ready?.()).toBeUndefined();
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
