/** Every role × every command × every way in: the verdict is the table's, on each path the same. */
import { describe, expect, test } from "bun:test";
import { fromPromise } from "xstate";
import type { RecorderInput, RecorderOutput } from "../../machines/meeting.ts";
import { meetingCommands } from "../../src/meeting/commands.ts";
import { meeting } from "../../src/meeting/room.ts";
import { serve } from "../../src/room/serve.ts";
import { TestClient } from "../support/client.ts";
import { RawClient } from "../support/raw-client.ts";
import { type TestServer, testServer } from "../support/server.ts";
import { type Command, type Role, type Row, rows, type StageHand } from "./matrix-table.ts";
import { byName, enter, meetingOf, serverRev, vanish } from "./people.ts";

const roles: readonly Role[] = ["host", "cohost", "member", "observer"];
/** Who asks: as what they sign in, and what the meeting makes of them before they take their path. */
const askers: readonly { readonly title: string; readonly name: string; readonly as: Role; readonly change?: Command }[] = [
  { title: "a host", name: "HostAsker", as: "host" },
  { title: "a cohost", name: "CohostAsker", as: "cohost" },
  { title: "a member", name: "Asker", as: "member" },
  { title: "an observer", name: "ObserverAsker", as: "observer" },
  {
    title: "a member who was made a cohost",
    name: "Asker",
    as: "cohost",
    change: { type: "member.promote", user: "asker", role: "cohost" },
  },
  { title: "a host who was made an observer", name: "HostAsker", as: "observer", change: { type: "member.demote", user: "hostasker", role: "observer" } }, // biome-ignore format: one thought
];

interface Path {
  readonly title: string;
  readonly graceMs: number;
  take(running: TestServer, client: TestClient, hugo: TestClient): Promise<TestClient>;
}
const paths: readonly Path[] = [
  { title: "after a join", graceMs: 60_000, take: async (_, client) => client },
  { title: "after a resume", graceMs: 60_000, take: comeBack },
  {
    title: "after a resync",
    graceMs: 60_000,
    take: async (_, client) => {
      client.raw({ type: "resync", payload: { reason: "asked" } });
      await client.until(() => client.of("snapshot").some(({ payload }) => payload.reason === "asked"), "the snapshot");
      return client;
    },
  },
  {
    title: "come again after the grace",
    graceMs: 50,
    take: async (running, client, hugo) => {
      const user = client.welcome?.user ?? "";
      client.vanish();
      await hugo.until(() => meetingOf(hugo).participants[user] === undefined, "the leave");
      return comeBack(running, client);
    },
  },
];

for (const path of paths)
  describe(`[L9] [L10] ${path.title}`, () => {
    for (const { title, name, as, change } of askers)
      test(`${title} may do what ${as}s may, no more and no less`, async () => {
        await using running = await stageOf(path);
        const hands = await stageHands(running);
        const before = await enter(running, name);
        if (change !== undefined) expect(await hands.hugo.do(change)).toMatchObject({ ok: true });
        const asker = await path.take(running, before, hands.hugo);
        const verdicts: string[] = [];
        for (const row of rows) verdicts.push(await verdictOf(row, asker, hands));
        expect(labelled(verdicts)).toEqual(labelled(rows.map((row) => row.verdicts[roles.indexOf(as)] ?? "")));
        expect(running.alarms).toEqual([]);
      });

    for (const [title, guard] of [
      ["somebody who is not let in", "notLocked"],
      ["somebody who was removed", "notRemoved"],
    ] as const)
      test(`${title} may do nothing: closed with 4403 for every command`, async () => {
        await using running = await stageOf(path);
        const { hugo } = await stageHands(running);
        await hugo.do({ type: "meeting.start" });
        const resume = guard === "notRemoved" ? await removed(running, hugo) : "x".repeat(32);
        await hugo.do({ type: "meeting.lock", locked: true });
        const { rev } = hugo;
        const since = path.title === "after a join" ? {} : { since: { epoch: hugo.epoch, rev } };
        const frames = path.title === "after a resync" ? [{ type: "resync", payload: { reason: "asked" } }] : [];
        for (const row of rows) {
          const event = typeof row.ask === "function" ? row.ask({ made: "hosthugo-1" }) : row.ask;
          const nora = await RawClient.hello(running.url(), { client: "nora", token: "Nora", resume, ...since });
          for (const frame of [...frames, { type: "command", payload: { seq: 1, event } }]) nora.send(frame);
          await nora.until(() => nora.ended, "the close");
          expect([event.type, nora.closeCode, nora.of("closing")]).toMatchObject([event.type, 4403, [{ payload: { guard } }]]);
          expect(nora.frames.filter(({ type }) => !["closing", "error"].includes(type))).toEqual([]);
        }
        expect(serverRev(running)).toBe(rev);
      });
  });

test("[matrix] the table has every command of the meeting", () => {
  const asked = rows.map(({ ask }) => (typeof ask === "function" ? ask({ made: "x" }) : ask).type);
  expect([...new Set(asked)].sort()).toEqual(Object.keys(meetingCommands).sort());
});

test("[matrix] canary: a member is not what the table says of a host", async () => {
  await using running = await stageOf({ graceMs: 60_000 });
  const hands = await stageHands(running);
  const asker = await enter(running, "Asker");
  const [start] = rows;
  expect(await verdictOf(start as Row, asker, hands)).not.toBe(start?.verdicts[0] as string);
});

function stageOf({ graceMs }: { readonly graceMs: number }): Promise<TestServer> {
  const recorder = fromPromise<RecorderOutput, RecorderInput>(() => Promise.resolve({ file: "f" }));
  const limits = { graceMs, sweepEveryMs: 20, broadcastWindowMinMs: 0, broadcastWindowMaxMs: 0, commandsBurst: 10_000, joinsBurst: 10_000 };
  return testServer({ auth: byName, rooms: [serve(meeting, { services: { recorder } })], limits });
}

async function stageHands(running: TestServer): Promise<Record<StageHand, TestClient>> {
  const hugo = await enter(running, "HostHugo");
  const max = await enter(running, "Max");
  for (const name of ["HostHedy", "Pat"]) await enter(running, name);
  return { hugo, max };
}

/** What is said before is done: given by the hands, asked by the asker. */
async function verdictOf({ given, ask }: Row, asker: TestClient, hands: Record<StageHand, TestClient>): Promise<string> {
  const self = asker.welcome?.user ?? "";
  let made = "";
  for (const [by, command] of given) {
    const hand = hands[by];
    const event = typeof command === "function" ? command({ made, self }) : command;
    const seq = hand.send(event);
    await hand.fate(seq);
    if (event.type === "agenda.add" || event.type === "poll.open") made = `${hand.options.client}-${seq}`;
    if (event.type === "recording.start") await hand.until(() => isRecording(hand), "the recording");
  }
  const fate = await asker.do(typeof ask === "function" ? ask({ made }) : ask);
  return fate.ok ? "ok" : (fate.guard ?? fate.code);
}

const isRecording = (client: TestClient): boolean => client.snapshot?.matches({ recording: "on" }) ?? false;

async function comeBack(running: TestServer, client: TestClient): Promise<TestClient> {
  if (client.closed === undefined) await vanish(running, client);
  const back = client.resumed(running.url());
  await back.until(() => back.welcome !== undefined, "the welcome");
  expect(back.welcome?.recovered).toBe("resumed");
  return back;
}

/** Nora's resume secret, of when she was still in. */
async function removed(running: TestServer, hugo: TestClient): Promise<string> {
  const nora = await TestClient.join(meeting, running.url(), { client: "nora", token: "Nora" });
  await hugo.do({ type: "member.remove", user: "nora" });
  expect((await nora.end()).code).toBe(4410);
  return nora.welcome?.resume ?? "";
}

const labelled = (verdicts: readonly string[]): string[] =>
  verdicts.map((verdict, i) => {
    const ask = rows[i]?.ask;
    return `${i} ${JSON.stringify(typeof ask === "function" ? ask({ made: "…" }) : ask)}: ${verdict}`;
  });
