/** Frames that were good, and then something happened to them: nobody thought of these. `SEED=… bun test test/wire/hostile/fuzz` does it again. */
import { expect, test } from "bun:test";
import { random } from "../../../src/testing/random.ts";
import { RawClient } from "../../support/raw-client.ts";
import { frameBytes, textBytes } from "./frame-bytes.ts";
import { isLong, Stage } from "./stage.ts";

const seed = Number(process.env["SEED"] ?? (isLong ? Date.now() % 1_000_000 : 1));
const next = random(seed);
const stage = new Stage();

const rounds = isLong ? 60 : 8;
const clientsPerRound = 10;

const upTo = (max: number) => Math.floor(next() * max);
const oneOf = <T>(items: readonly T[]): T => items[upTo(items.length)] as T;

const odd = [
  null,
  true,
  -1,
  0.5,
  2 ** 53,
  "",
  "x".repeat(3_000),
  [],
  {},
  [[[]]],
  { type: "bye" },
  "\u202e",
  "\0",
  -0,
  "__proto__",
  "host-ada",
];
const events = [
  { type: "chat.send", text: "fuzz" },
  { type: "hand.raise" },
  { type: "hand.lower" },
  { type: "floor.take" },
  { type: "floor.give", user: "ben" },
  { type: "react", emoji: "🎉" },
  { type: "poll.vote", poll: "p", option: 0 },
  { type: "member.remove", user: "ben" },
  { type: "meeting.end" },
];

const came = { welcomes: 0, errors: 0, refusals: 0, closes: 0 };

for (let round = 1; round <= rounds; round++)
  stage.attack(`[L13] [CONN-6] [L9] round ${round} of SEED=${seed}: whatever comes of it, nobody else notices`, async () => {
    const clients = await Promise.all(Array.from({ length: clientsPerRound }, () => RawClient.ask(stage.hall)));
    for (const client of clients) say(client, helloOf(stage.newUser()), 0.8);
    await stage.unharmed();
    for (const client of clients) for (let seq = 1; seq <= 10; seq++) say(client, someFrame(seq), 0.6);
    await stage.unharmed();
    for (const client of clients) {
      came.welcomes += client.of("welcome").length;
      came.errors += client.of("error").length;
      came.refusals += client.of("refused").length;
      came.closes += client.ended ? 1 : 0;
      client.drop();
    }
  });

test("[fuzz] the run was not vacuous: of everything there was some", () => {
  expect(Object.entries(came).filter(([, count]) => count === 0)).toEqual([]);
});

stage.curtain();

/** As it should be with this probability, so that the others get somewhere; or with another value in it, or other bytes. */
function say(client: RawClient, frame: object, goodProbability: number): void {
  if (next() < goodProbability) client.sendBytes(textBytes(frame));
  else if (next() < 0.8) client.sendBytes(textBytes(bent(frame)));
  else for (const bytes of chunks(broken(textBytes(frame)))) client.sendBytes(bytes);
}

function helloOf(user: string): object {
  return { type: "hello", payload: { protocol: 1, client: user, machine: 1, nextSeq: 1, token: stage.tokenOf(user) } };
}

function someFrame(seq: number): object {
  const kind = upTo(8);
  if (kind === 0) return { type: "ping", payload: { rev: 0 } };
  if (kind === 1) return { type: "presence", payload: { state: { typing: true } } };
  if (kind === 2) return { type: "resync", payload: { reason: "asked" } };
  return { type: "command", payload: { seq, event: oneOf(events) } };
}

/** With one value, somewhere, that is another. */
function bent(value: unknown): unknown {
  if (typeof value !== "object" || value === null || next() < 0.2) return oneOf(odd);
  const keys = Object.keys(value);
  if (keys.length === 0) return { [String(oneOf(odd))]: oneOf(odd) };
  const key = oneOf(keys);
  return { ...value, [key]: bent((value as Record<string, unknown>)[key]) };
}

/** With bytes that are flipped, missing, doubled, or strange. */
function broken(bytes: readonly number[]): number[] {
  const at = upTo(bytes.length);
  const flipped = bytes.map((byte, i) => (i === at ? byte ^ (1 << upTo(8)) : byte));
  const strange = frameBytes({ fin: next() < 0.5, rsv: upTo(8), opcode: upTo(16), payload: "x".repeat(upTo(200)) });
  return oneOf([flipped, bytes.slice(0, at), [...bytes.slice(0, at), ...bytes], [...bytes, ...strange], [...strange, ...bytes]]);
}

function chunks(bytes: readonly number[]): number[][] {
  const parts: number[][] = [];
  for (let at = 0; at < bytes.length; ) {
    const size = 1 + upTo(bytes.length);
    parts.push(bytes.slice(at, at + size));
    at += size;
  }
  return parts;
}
