/** Nodes take a room from each other again and again, and everything that can happen between them and the log does. */
import { describe, expect, test } from "bun:test";
import type { SharedJournal } from "../../src/cluster/port.ts";
import type { Entry, JournalDeps } from "../../src/journal/port.ts";
import { random } from "../../src/testing/random.ts";
import { entriesFrom } from "../contract/journal.contract.ts";
import type { Fault } from "../support/shared-log.ts";
import { running, slowly } from "./running.ts";

const faults: readonly Fault[] = ["unreachable", "answerLost", "conflict", { lateMs: 30 }, { lateMs: 300 }];

/** Three nodes fight for a room, with everything that can go wrong; one of them follows, too. What is wrong in the end, and what happened on the way. */
async function fight(seed: number, guesses = false): Promise<{ wrong: string[]; met: Set<string>; acked: number }> {
  const { log, clock } = running();
  const chance = random(seed);
  const met = new Set<string>();
  const deps: JournalDeps = { newEpoch: () => "e", onAlarm: ({ code }) => met.add(`alarm ${code}`) };
  const journals = await Promise.all(["a", "b", "c"].map((node) => log.journal(node, deps)));
  const [first] = journals as [SharedJournal];
  const { cursor: start } = await first.open("m/a");
  await first.saveSnapshot("m/a", { rev: 0, data: "1" }, null);
  const heard: Entry[] = [];
  const onEntries = (entries: readonly Entry[]) => void heard.push(...entries);
  const following = await first.follow("m/a", {
    from: start,
    onEntries,
    onReset: (why) => met.add(`reset ${why}`),
    onTrouble: () => undefined,
  });
  slowly(log, seed);
  log.fault = ({ kind }) => {
    const fault = chance() < 0.15 ? faults[Math.floor(chance() * faults.length)] : undefined;
    if (fault !== undefined && (kind === "append" || kind === "claim")) met.add(`${kind} ${typeof fault === "object" ? "late" : fault}`);
    return fault;
  };
  const acked: string[] = [];
  let isOver = false;
  const write = async (journal: SharedJournal) => {
    for (let n = 0; !isOver; n++) {
      try {
        const opened = await journal.claim("m/a", (await journal.holder("m/a"))?.at);
        for (let at = opened?.cursor, i = 0; at !== undefined && i < 5; i++) {
          const text = `${journal.node}/${n}/${i}`;
          const appended = await journal.append("m/a", at, { entries: entriesFrom(at.rev + 1, 1, text), nextDueAt: null });
          if (appended.ok) acked.push(text);
          at = appended.ok ? appended.cursor : undefined;
        }
      } catch (error) {
        expect(error).toMatchObject({ name: "JournalError", code: "io" });
        if (guesses) acked.push(`${journal.node}/${n}/0`);
      }
    }
  };
  const writing = Promise.all(journals.map(write));
  for (let i = 0; i < 8; i++) {
    await clock.pass(250);
    log.cut("abc"[i % 3] as string);
    await clock.pass(50);
    log.heal("abc"[i % 3] as string);
  }
  isOver = true;
  await writing;
  log.fault = () => undefined;
  await clock.pass(500);
  await following.catchUp();
  const entries = await first.read("m/a", 1);
  const texts = entries.map(({ data }) => (JSON.parse(data) as { text: string }).text);
  const wrong = acked.filter((text) => texts.filter((one) => one === text).length !== 1);
  if (new Set(texts).size !== texts.length) wrong.push("twice");
  if (entries.some(({ rev }, i) => rev !== i + 1)) wrong.push("a gap");
  if (JSON.stringify(heard) !== JSON.stringify(entries)) wrong.push("the follower");
  clock.stop();
  return { wrong, met, acked: acked.length };
}

describe("[L1] [L4] nodes that fight for a room, amid faults", () => {
  test("nothing is lost, nothing twice, and who follows hears it all in order", async () => {
    const all = new Set<string>();
    for (let seed = 1; seed <= 12; seed++) {
      const { wrong, met, acked } = await fight(seed);
      expect({ seed, wrong }).toEqual({ seed, wrong: [] });
      expect(acked).toBeGreaterThan(20);
      for (const one of met) all.add(one);
    }
    const each = ["unreachable", "answerLost", "conflict", "late"];
    expect([...all].sort()).toEqual(["append", "claim"].flatMap((kind) => each.map((fault) => `${kind} ${fault}`)).sort());
  });

  test("a canary: whoever takes a silence for a yes is found out", async () => {
    expect((await fight(1, true)).wrong).not.toEqual([]);
  });
});
