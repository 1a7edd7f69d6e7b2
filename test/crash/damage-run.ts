/**
 * Two rooms, the one still busy when the server is killed; then something happens to the journal's files, and the server is started again.
 * What are the people told, and do they all have the same afterwards? From: damage.test.ts, with one kind of damage at a time.
 */
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { meeting } from "../../src/meeting/room.ts";
import { ChildServer } from "../support/child-server.ts";
import { eventually } from "../support/eventually.ts";
import { Sender } from "../support/sender.ts";
import { databaseOf, walBytes } from "./damage.ts";
import { journaled } from "./journaled.ts";
import { Survivor } from "./survivor.ts";

export const [hit, calm] = ["meeting/hit", "meeting/calm"];
const chats = 40;

/** A folder of a server that ended well: both rooms have a history, all of it in the database. To be cleared away. */
export async function backup(): Promise<string> {
  await using server = await ChildServer.make("test/crash/quorate.config.ts", {}, { keepErrors: true });
  await server.start();
  for (const room of [hit, calm]) {
    const founder = new Sender(meeting, () => server.url(room), `founder-${room.split("/")[1]}`, "Host");
    await founder.connect();
    founder.send({ type: "meeting.start" });
    for (let i = 0; i < chats; i++) founder.send({ type: "chat.send", text: `${room} founded ${i} ${"x".repeat(300)}` });
    await founder.allSettled();
    founder.connection?.raw({ type: "bye", payload: {} });
    await founder.connection?.end();
  }
  await server.stop();
  const folder = mkdtempSync(join(tmpdir(), "quorate-backup-"));
  cpSync(server.data, folder, { recursive: true });
  return folder;
}

export interface Scene {
  readonly data: string;
  readonly backup: string;
  /** The write-ahead log's length when what is early was durable, and nothing that is late. */
  readonly walBytesEarly: number;
}

export interface Findings {
  /** Codes of the alarms, each once. */
  readonly alarms: readonly string[];
  readonly newEpoch: Readonly<Record<"hit" | "calm", boolean>>;
  /** How the server named the way back of each. */
  readonly recovered: Readonly<Record<"early" | "late" | "lateAgain" | "calm", string | undefined>>;
  /** Whose commands had a fate that is not known any more: who was asked about them. */
  readonly asked: readonly string[];
  /** What is in the journal of what was said. */
  readonly kept: Readonly<Record<"founded" | "early" | "late" | "calm", number>>;
  /** The damaged database is there, byte for byte, under another name. */
  readonly keptAside: boolean;
  /** What is wrong whatever happened, for people. */
  readonly problems: readonly string[];
}

/** What each says just before the kill, when the server does not hear any more: sent, and without a fate. */
export const lastWords = (name: string) => [0, 1, 2].map((i) => `last words of ${name} ${i}`);

export async function damaged(from: string, damage: (scene: Scene) => void): Promise<Findings> {
  await using server = await ChildServer.make(
    "test/crash/quorate.config.ts",
    { CRASH_LIMITS: '{"snapshotEveryOps":10000}' },
    { keepErrors: true },
  );
  cpSync(from, server.data, { recursive: true });
  await server.start();
  const early = new Survivor(server.url(hit), "Early");
  const quiet = new Survivor(server.url(calm), "Calm");
  await say(early, "early");
  await say(quiet, "calm");
  const walBytesEarly = walBytes(server.data);
  const late = new Survivor(server.url(hit), "Late", "drop");
  const lateAgain = new Survivor(server.url(hit), "LateAgain", "again");
  const people = [early, late, lateAgain, quiet];
  for (const one of [late, lateAgain, early]) await say(one, "late");
  const epochs = people.map(({ epoch }) => epoch);

  process.kill(server.pid ?? 0, "SIGSTOP");
  for (const one of people) for (const text of lastWords(one.name)) one.say(text);
  await Bun.sleep(20); // so that they are on their way
  await server.kill();
  for (const one of people) await one.lost();
  damage({ data: server.data, backup: from, walBytesEarly });
  const harmed = existsSync(databaseOf(server.data)) ? readFileSync(databaseOf(server.data)) : undefined;
  await server.start();
  for (const one of people) one.room.connect(); // instead of waiting for its turn
  for (const one of people) await one.synced();
  // The old history is no hindrance to a new one.
  for (const one of people) await say(one, "after", 3);
  const problems = [...(await inStep(early, late, lateAgain)), ...(await inStep(quiet))];
  await server.kill();
  for (const one of people) await one.room.close();

  const [inHit, inCalm] = [await journaled(server.data, hit), await journaled(server.data, calm)];
  const texts = [...inHit.texts, ...inCalm.texts];
  const count = (pattern: RegExp) => texts.filter((text) => pattern.test(text)).length;
  for (const [room, { state }] of [[early, inHit] as const, [quiet, inCalm] as const])
    if (room.state !== state) problems.push(`[L7] ${room.name} has another state than the journal`);
  problems.push(...people.flatMap((one) => wrongWords(one, texts)));
  problems.push(...[...inHit.alarms, ...inCalm.alarms].map((alarm) => `[L4] still damaged afterwards: ${JSON.stringify(alarm)}`));
  const codes = server.errors.map((line) => (JSON.parse(line) as { code: string }).code);
  return {
    alarms: [...new Set(codes)].sort(),
    newEpoch: { hit: early.epoch !== epochs[0], calm: quiet.epoch !== epochs[3] },
    recovered: { early: early.recovered, late: late.recovered, lateAgain: lateAgain.recovered, calm: quiet.recovered },
    asked: people.filter(({ asked }) => asked.length > 0).map(({ name }) => name),
    kept: {
      founded: count(/^meeting\/hit founded/),
      early: count(/^Early early/),
      late: count(/^Late\w* late/),
      calm: count(/^Calm calm/),
    },
    keptAside: harmed !== undefined && isAside(server.data, harmed),
    problems,
  };
}

const isAside = (data: string, harmed: Buffer): boolean =>
  readdirSync(data).some((name) => /^rooms\.db\.damaged-\d+$/.test(name) && readFileSync(join(data, name)).equals(harmed));

async function say(one: Survivor, when: string, times = 10): Promise<void> {
  await one.synced();
  for (let i = 0; i < times; i++) one.say(`${one.name} ${when} ${i} ${"x".repeat(300)}`);
  await one.synced();
}

export async function inStep(...people: readonly { readonly room: { readonly rev: number }; readonly state: string }[]): Promise<string[]> {
  await eventually(() => new Set(people.map(({ room }) => room.rev)).size === 1, "one rev");
  const states = new Set(people.map(({ state }) => state)).size;
  return states === 1 ? [] : [`[L14] ${states} different states in one room`];
}

/** Of what was open at the kill: taken exactly once if it was told so, else not at all; and whoever was not asked has it taken. */
export function wrongWords(
  {
    name,
    told,
    asked,
  }: { readonly name: string; readonly told: ReadonlyMap<string, { readonly ok: boolean }>; readonly asked: readonly string[] },
  texts: readonly string[],
): string[] {
  return lastWords(name).flatMap((text) => {
    const times = texts.filter((other) => other === text).length;
    const outcome = told.get(text);
    if (outcome === undefined) return [`[L2] ${name} was never told about '${text}'`];
    if (times !== (outcome.ok ? 1 : 0)) return [`[L2] '${text}' was told ${JSON.stringify(outcome)} and is there ${times} times`];
    return outcome.ok || asked.includes(text) ? [] : [`[L2] '${text}' was not taken, and nobody was asked`];
  });
}
