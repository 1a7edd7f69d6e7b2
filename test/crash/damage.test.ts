import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { rmSync } from "node:fs";
import { checkpoint, cut, databaseOf, flip, putBack, walOf, zeroPageOf } from "./damage.ts";
import { backup, damaged, type Findings, inStep, lastWords, type Scene, wrongWords } from "./damage-run.ts";

const isLong = process.env["CRASH"] === "long";
const testMsMax = 60_000;
let from: string;
beforeAll(async () => {
  from = await backup();
});
afterAll(() => rmSync(from, { recursive: true }));

interface Case {
  readonly title: string;
  readonly damage: (scene: Scene) => void;
  /** A problem is never expected. */
  readonly expected: Partial<Omit<Findings, "problems">>;
  /** Not in the short form. */
  readonly isRare?: boolean;
}

const nobody: readonly string[] = [];
const everybody = ["Early", "Late", "LateAgain", "Calm"];
const all = (recovered: string) => ({ early: recovered, late: recovered, lateAgain: recovered, calm: recovered });
const newEpoch = { hit: true, calm: true };
/** The end is lost: of the late ones the server has never heard, so they are asked; the early ones are known, and sent again by themselves. */
const endLost = {
  ...{ alarms: ["rolledBack"], newEpoch, recovered: all("otherEpoch"), asked: ["Late", "LateAgain"] },
  kept: { founded: 40, early: 10, late: 0, calm: 10 },
};
const backToBackup = { ...endLost, asked: everybody, kept: { founded: 40, early: 0, late: 0, calm: 0 } };
const allLost = { ...backToBackup, kept: { founded: 0, early: 0, late: 0, calm: 0 } };

const cases: readonly Case[] = [
  {
    title: "[L2] [L4] nothing at all, but the kill: nothing is lost, nobody is asked, no alarm",
    damage: () => undefined,
    expected: {
      ...{ alarms: [], newEpoch: { hit: false, calm: false }, recovered: all("resumed"), asked: nobody },
      kept: { founded: 40, early: 10, late: 20, calm: 10 },
    },
    isRare: true,
  },
  {
    title: "[L4] [ORDER-3] a write-ahead log that was cut in the middle of a frame: all rooms have a new epoch, and what came before",
    damage: ({ data, walBytesEarly }) => cut(walOf(data), walBytesEarly + 2_000),
    expected: endLost,
  },
  {
    title: "[L4] [ORDER-3] bytes that flipped in the write-ahead log: all that follows them is lost, and that is told",
    damage: ({ data, walBytesEarly }) => flip(walOf(data), walBytesEarly + 2_000),
    expected: endLost,
  },
  {
    title: "[L4] [ORDER-3] bytes that flipped early in the write-ahead log",
    damage: ({ data }) => flip(walOf(data), 2_000),
    expected: { ...endLost, asked: everybody, kept: backToBackup.kept },
    isRare: true,
  },
  {
    title: "[L4] [ORDER-3] a write-ahead log that is gone: back to what the database had",
    damage: ({ data }) => rmSync(walOf(data)),
    expected: backToBackup,
    isRare: true,
  },
  {
    title:
      "[L4] [ORDER-3] a page of new entries that cannot be read: its room ends before it, under a new epoch; the other notices nothing",
    damage: ({ data }) => {
      checkpoint(data);
      zeroPageOf(databaseOf(data), "Late late 5");
    },
    expected: {
      ...{ alarms: ["damaged", "unreadable"], newEpoch: { hit: true, calm: false }, keptAside: true },
      recovered: { ...all("otherEpoch"), calm: "resumed" },
    },
  },
  {
    title: "[L4] a page of entries older than the snapshot: told as an alarm, nothing is lost, everybody resumes",
    damage: ({ data }) => {
      checkpoint(data);
      zeroPageOf(databaseOf(data), "meeting/hit founded 20");
    },
    expected: { keptAside: true, alarms: ["unreadable"], newEpoch: { hit: false, calm: false }, recovered: all("resumed"), asked: nobody },
    isRare: true,
  },
  {
    title: "[L4] [ORDER-3] a header that is none: the file is kept aside, all rooms begin anew",
    damage: ({ data }) => {
      checkpoint(data);
      flip(databaseOf(data), 0);
    },
    expected: { ...allLost, alarms: ["unreadable"], keptAside: true },
  },
  {
    title: "[L4] [ORDER-3] an older database in its place: the mark beside it proves the loss",
    damage: ({ data, backup }) => putBack(backup, data, false),
    expected: backToBackup,
    isRare: true,
  },
  {
    title: "[L4] [WEL-2] the whole folder put back, mark and all: the clients are ahead, get a snapshot, and there is an alarm",
    damage: ({ data, backup }) => putBack(backup, data, true),
    expected: { ...backToBackup, alarms: ["ahead"], newEpoch: { hit: false, calm: false }, recovered: all("ahead") },
  },
  {
    title: "[L4] [ORDER-3] a database that is gone, its mark is not: all rooms begin anew, and that is told",
    damage: ({ data }) => rmSync(databaseOf(data)),
    expected: allLost,
  },
];

describe("a journal that was damaged while the server was down: it serves, clients are told and have the same", () => {
  for (const { title, damage, expected, isRare } of cases)
    if (isLong || !isRare)
      test(title, async () => expect(await damaged(from, damage)).toMatchObject({ problems: [], ...expected } as never), testMsMax);
});

describe("canaries", () => {
  test(
    "[L4] a loss that the server cannot see, since the mark is gone, too, is no loss that was told under a new epoch",
    async () => {
      const unseen = await damaged(from, ({ data, walBytesEarly }) => {
        cut(walOf(data), walBytesEarly + 2_000);
        rmSync(`${databaseOf(data)}.mark`);
      });
      expect(unseen).toMatchObject({ alarms: ["ahead"], newEpoch: { hit: false } });
      expect(unseen).not.toMatchObject(endLost);
    },
    testMsMax,
  );

  test("[L2] what was told otherwise than it is, twice, never, or without asking, is found", () => {
    const words = lastWords("Ben");
    const told = (outcome: { ok: boolean }) => new Map(words.map((text) => [text, outcome]));
    const ben = { name: "Ben", asked: words };
    expect(wrongWords({ ...ben, told: told({ ok: true }) }, words)).toEqual([]);
    expect(wrongWords({ ...ben, told: told({ ok: false }) }, [])).toEqual([]);
    expect(wrongWords({ ...ben, told: told({ ok: true }) }, words.slice(1))).toHaveLength(1);
    expect(wrongWords({ ...ben, told: told({ ok: true }) }, [...words, ...words])).toHaveLength(3);
    expect(wrongWords({ ...ben, told: told({ ok: false }) }, words)).toHaveLength(3);
    expect(wrongWords({ ...ben, told: new Map() }, words)).toHaveLength(3);
    expect(wrongWords({ ...ben, asked: [], told: told({ ok: false }) }, [])).toHaveLength(3);
  });

  test("[L14] two different states in one room are found", async () => {
    const one = { room: { rev: 7 }, state: "a" };
    expect(await inStep(one, { ...one })).toEqual([]);
    expect(await inStep(one, { ...one, state: "b" })).toEqual(["[L14] 2 different states in one room"]);
  });
});
