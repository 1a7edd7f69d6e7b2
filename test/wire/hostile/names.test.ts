/** Names that hide, reorder or break what stands around them, and texts that would like to be a line of a log. */
import { expect } from "bun:test";
import { RawClient } from "../../support/raw-client.ts";
import { meetingOf } from "../people.ts";
import { textBytes } from "./frame-bytes.ts";
import { Stage } from "./stage.ts";

const stage = new Stage({ alarms: [/"at":\["at authenticate .*"msg":"failed on hello"/] });

const refused: readonly (readonly [title: string, name: string])[] = [
  ["nothing", ""],
  ["spaces alone", " \t\u3000"],
  ["zero-width characters alone", "\u200b\u200d\u2060\ufeff"],
  ["a Hangul filler alone", "\u3164"],
  ["an empty Braille cell", "\u2800"],
  ["variation selectors alone", "\ufe0f\ufe0f"],
  ["a text that runs backwards", "\u202enimda"],
  ["an embedding that never ends", "Ada\u202a"],
  ["an isolate that never ends", "Ada\u2067"],
  ["a newline", "Ada\nBen"],
  ["a carriage return", "Ada\rBen"],
  ["a line separator", "Ada\u2028Ben"],
  ["NUL", "Ada\0"],
  ["an escape sequence", "\u001b[31mAda\u001b[0m"],
  ["a C1 escape sequence", "\u009b31mAda"],
  ["DEL", "Ada\u007f"],
  ["65 letters", "A".repeat(65)],
  ["a letter under a hundred accents", `A${"\u0301".repeat(100)}`],
  ["8,000 emoji parts that are one emoji", "\u{1f468}\u200d".repeat(2_000)],
];
for (const [title, name] of refused)
  stage.attack(`[HELLO-6] ${title} is no name: 4401`, async () => {
    const mallory = await guest(name);
    await mallory.until(() => mallory.ended, "the close");
    expect([mallory.closeCode, mallory.of("welcome")]).toEqual([4401, []]);
  });

const accepted: readonly (readonly [title: string, name: string, shown: string])[] = [
  ["markup", "<img src=x onerror=alert(1)>", "<img src=x onerror=alert(1)>"],
  ["quotes and JSON", '","role":"host","x":"', '","role":"host","x":"'],
  ["a line of a log", '{"level":"alarm","code":"server"}', '{"level":"alarm","code":"server"}'],
  ["Hebrew", "\u05e2\u05d3\u05d4", "\u05e2\u05d3\u05d4"],
  ["an emoji of four people", "👨‍👩‍👧‍👦", "👨‍👩‍👧‍👦"],
  ["an accent apart, which is composed", "Ade\u0301", "Ad\u00e9"],
  ["sixty accents", `A${"\u0301".repeat(60)}`, `\u00c1${"\u0301".repeat(59)}`],
  ["64 characters outside the plane", "😀".repeat(64), "😀".repeat(64)],
  ["a word that objects have", "__proto__", "__proto__"],
  ["spaces around it", "  Ada  ", "Ada"],
];
for (const [title, name, shown] of accepted)
  stage.attack(`[HELLO-6] [L9] ${title} as a name: shown as it is, to everyone alike, and nothing but a name`, async () => {
    const [ada, ben] = stage.people.near;
    const client = stage.newUser();
    const mallory = await guest(name, client);
    await mallory.until(() => mallory.of("snapshot").length === 1, "the snapshot");
    for (const bystander of [ada, ben]) {
      await bystander.until(() => `guest-${client}` in meetingOf(bystander).participants, "the newcomer");
      expect(meetingOf(bystander).participants[`guest-${client}`]).toMatchObject({ name: shown, role: "member" });
    }
    mallory.drop();
  });

const lines = ['\n{"level":"alarm","code":"forged"}', "\r\nforged", "\u001b[2Jforged", "\u2028forged", "forged\0", '"}\n{"forged":1}', "%s%n%x forged"]; // biome-ignore format: one thought
for (const line of lines) {
  const title = JSON.stringify(line);
  stage.attack(`[L13] ${title} in a token on which the sign-in fails, in ids, types and keys: never in the log`, async () => {
    const user = stage.newUser();
    const failing = await RawClient.hello(stage.hall, { client: user, token: `throwing:${user}${line}:x` });
    await failing.until(() => failing.ended, "the close");
    const mallory = await stage.intruder();
    const event = { type: line.slice(0, 50), [line]: line };
    for (const frame of [
      { type: line, payload: {} },
      { type: "ping", payload: { rev: 0, [line]: 0 } },
      { type: "ping", payload: { rev: 0 }, meta: { correlationId: line } },
      { type: "hello", payload: { client: line, token: line } },
      { type: "command", payload: { seq: 1, event } },
      { type: "command", payload: { seq: 2, event: { type: "chat.send", text: `fine ${line}` } } },
    ])
      mallory.sendBytes(textBytes(frame));
    await stage.people.near[0].until(() => meetingOf(stage.people.near[0]).chat.some(({ text }) => text.startsWith("fine")), "the message");
    expect(stage.victim.printed.err.filter((printed) => printed.includes("forged"))).toEqual([]);
    mallory.drop();
  });
}

stage.curtain();

function guest(name: string, client = stage.newUser()): Promise<RawClient> {
  return RawClient.hello(stage.hall, { client, token: `guest:${name}` });
}
