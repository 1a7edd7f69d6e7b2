/** JSON that is too deep, too wide, too big, or means something else to the next reader. The answer is short, and names no more of it than is needed. */
import { expect } from "bun:test";
import { RawClient } from "../../support/raw-client.ts";
import { meetingOf } from "../people.ts";
import { textBytes } from "./frame-bytes.ts";
import { Stage } from "./stage.ts";

const stage = new Stage();

/** Whatever was sent, its sender is told no more than this about it. */
const answerBytesMax = 2_048;
const big = "x".repeat(60_000);
const ping = (rev: string) => `{"type":"ping","payload":{"rev":${rev}}}`;
const command = (event: string, seq = "1") => `{"type":"command","payload":{"seq":${seq},"event":${event}}}`;
const say = (more: string) => command(`{"type":"chat.send","text":"evil"${more}}`);
const wide = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, 0]));

const bad: readonly (readonly [title: string, code: string, text: string])[] = [
  ["33 levels", "INVALID_ARGUMENT", command(`{"type":"chat.send","text":${"[".repeat(30)}${"]".repeat(30)}}`)],
  ["60,000 levels, none of them closed", "INVALID_ARGUMENT", "[".repeat(60_000)],
  ["10,000 levels of objects", "INVALID_ARGUMENT", '{"a":'.repeat(10_000)],
  ["brackets that close more than was open", "INVALID_ARGUMENT", `${"]".repeat(100)}${"[".repeat(100)}`],
  ["5,001 keys", "INVALID_ARGUMENT", say(`,"a":${JSON.stringify(wide(5_001))}`)],
  ["30,000 elements", "INVALID_ARGUMENT", say(`,"a":[${"0,".repeat(29_999)}0]`)],
  ["4,000 keys that nobody knows", "INVALID_ARGUMENT", JSON.stringify({ type: "ping", payload: { rev: 0, ...wide(4_000) } })],
  ["a key of 60,000 characters", "INVALID_ARGUMENT", JSON.stringify({ type: "ping", payload: { rev: 0, [big]: 0 } })],
  ["a key of 60,000 characters beside the type", "INVALID_ARGUMENT", JSON.stringify({ type: "ping", payload: { rev: 0 }, [big]: 0 })],
  ["a key of 60,000 characters in meta", "INVALID_ARGUMENT", JSON.stringify({ type: "ping", payload: { rev: 0 }, meta: { [big]: 0 } })],
  ["a type of 60,000 characters", "UNIMPLEMENTED", JSON.stringify({ type: big, payload: {} })],
  ["a reason of 60,000 characters", "INVALID_ARGUMENT", JSON.stringify({ type: "resync", payload: { reason: big } })],
  ["a token of 60,000 characters", "INVALID_ARGUMENT", JSON.stringify({ type: "token", payload: { token: big } })],
  ["a presence of 60,000 characters", "INVALID_ARGUMENT", JSON.stringify({ type: "presence", payload: { state: { typing: big } } })],
  ["a presence with a key of 900 characters", "INVALID_ARGUMENT", JSON.stringify({ type: "presence", payload: { state: { [big.slice(0, 900)]: 0 } } })], // biome-ignore format: one thought
  ["a command's type of 5,000 characters", "INVALID_ARGUMENT", command(JSON.stringify({ type: big.slice(0, 5_000) }))],
  ...["__proto__", "constructor", "prototype"].map((key) => [`the key ${key}`, "INVALID_ARGUMENT", say(`,"${key}":{"role":"host"}`)] as const), // biome-ignore format: one thought
  ["the key __proto__, written as escapes", "INVALID_ARGUMENT", say(',"\\u005f\\u005fproto__":{"role":"host"}')],
  ["the key __proto__ deep inside", "INVALID_ARGUMENT", say(',"a":[[{"b":{"__proto__":{}}}]]')],
  ["the key __proto__ beside the type", "INVALID_ARGUMENT", '{"__proto__":{"type":"bye"},"type":"ping","payload":{"rev":0}}'],
  ["half a surrogate pair, as an escape", "INVALID_ARGUMENT", say(',"a":"\\ud800"')],
  ["a surrogate pair the wrong way round", "INVALID_ARGUMENT", say(',"a":"\\udc00\\ud800"')],
  ["half a surrogate pair in a key", "INVALID_ARGUMENT", say(',"\\ud800":0')],
  ["the number 1e400", "INVALID_ARGUMENT", ping("1e400")],
  ["the number -1e400", "INVALID_ARGUMENT", say(',"a":-1e400')],
  ["the number -0", "INVALID_ARGUMENT", ping("-0")],
  ["the number -0.0 deep inside", "INVALID_ARGUMENT", say(',"a":{"b":[-0.0]}')],
  ["a number of 60,000 digits", "INVALID_ARGUMENT", ping("9".repeat(60_000))],
  ["NaN", "INVALID_ARGUMENT", ping("NaN")],
  ["Infinity", "INVALID_ARGUMENT", ping("Infinity")],
  ["a hexadecimal number", "INVALID_ARGUMENT", ping("0x10")],
  ...["-1", "0.5", "9007199254740992", "1e300", '"0"', "null", "true", "[]", "{}"].map((rev) => [`the rev ${rev}`, "INVALID_ARGUMENT", ping(rev)] as const), // biome-ignore format: one thought
  ...["0", "-1", "1.5", "9007199254740992", '"1"', "null"].map((seq) => [`the seq ${seq}`, "INVALID_ARGUMENT", command('{"type":"chat.send","text":"evil"}', seq)] as const), // biome-ignore format: one thought
  ["the last seq that there is", "OUT_OF_RANGE", command('{"type":"chat.send","text":"evil"}', "9007199254740991")],
  ...["[]", "null", '"x"', "{}", '{"type":1}', '{"type":""}', '{"type":["chat.send"]}'].map((event) => [`the event ${event}`, "INVALID_ARGUMENT", command(event)] as const), // biome-ignore format: one thought
  ...["null", "1", '"ping"', "[]", "{}", "true", '[{"type":"ping","payload":{"rev":0}}]', '{"type":null}', '{"type":["ping"]}'].map((text) => [`${text} as a frame`, "INVALID_ARGUMENT", text] as const), // biome-ignore format: one thought
  ...["welcome", "delta", "closing", "$ws:open", "$ws:close", "RPC_ERROR", "__proto__", "toString"].map((type) => [`a frame '${type}'`, "UNIMPLEMENTED", JSON.stringify({ type, payload: {} })] as const), // biome-ignore format: one thought
  ["no payload", "INVALID_ARGUMENT", '{"type":"ping"}'],
  ["JavaScript", "INVALID_ARGUMENT", "{type:'ping',payload:{rev:0}}"],
  ["a comma too many", "INVALID_ARGUMENT", '{"type":"ping","payload":{"rev":0},}'],
  ["two frames in one", "INVALID_ARGUMENT", ping("0") + ping("0")],
];
for (const [title, code, text] of bad)
  stage.attack(`[CONN-5] [CONN-6] ${title}: ${code}`, async () => {
    const mallory = await stage.intruder();
    mallory.sendBytes(textBytes(text));
    await mallory.until(() => mallory.of("error").length === 1, "the error");
    const { payload } = mallory.of("error")[0] ?? {};
    expect(payload).toMatchObject({ code, retryable: false });
    expect(JSON.stringify(payload).length).toBeLessThan(answerBytesMax);
    expect(mallory.of("refused")).toEqual([]);
    expect(meetingOf(stage.people.near[0]).chat.map((message) => message.text)).not.toContain("evil");
    mallory.drop();
  });

const refused: readonly (readonly [title: string, event: object])[] = [
  ["a text of 15,000 characters", { type: "chat.send", text: big.slice(0, 15_000) }],
  ["a key of 15,000 characters", { type: "chat.send", text: "evil", [big.slice(0, 15_000)]: 0 }],
  ["900 keys that nobody knows", { type: "chat.send", text: "evil", ...wide(900) }],
  ["a status of 15,000 characters", { type: "status.set", status: big.slice(0, 15_000) }],
  ["15,000 characters for an emoji", { type: "react", emoji: "😀".repeat(7_500) }],
  ["a poll of a thousand options", { type: "poll.open", question: "?", options: Array.from({ length: 1_000 }, (_, i) => `${i}`) }],
  ["more bytes than a command may have", { type: "chat.send", text: big.slice(0, 20_000) }],
  ["a fraction of an option", { type: "poll.vote", poll: "p", option: 0.5 }],
];
for (const [title, event] of refused)
  stage.attack(`[REF-1] [L10] ${title}: refused for its payload, shortly, and again when asked again`, async () => {
    const mallory = await stage.intruder();
    for (let i = 0; i < 2; i++) mallory.send({ type: "command", payload: { seq: 1, event } });
    await mallory.until(() => mallory.of("refused").length === 2, "the refusal, twice");
    const [first, second] = mallory.of("refused");
    expect(first?.payload).toMatchObject({ seq: 1, code: "payload" });
    expect(second).toEqual(first as never);
    expect(JSON.stringify(first?.payload).length).toBeLessThan(answerBytesMax);
    mallory.drop();
  });

for (const [title, hello] of [
  ["a client id with a newline", { client: "a\nb" }],
  ["a client id with a slash", { client: "../b" }],
  ["a client id of 33 characters", { client: "c".repeat(33) }],
  ["a client id that is a dash", { client: "-" }],
  ["no client id", { client: "" }],
  ["the machine 0", { machine: 0 }],
  ["the machine 1.5", { machine: 1.5 }],
  ["the next seq 0", { nextSeq: 0 }],
  ["a next seq beyond all", { nextSeq: 2 ** 53 }],
  ["a rev of -1", { since: { epoch: "e", rev: -1 } }],
  ["an epoch of 65 characters", { since: { epoch: "e".repeat(65), rev: 0 } }],
  ["a secret of 129 characters", { resume: "r".repeat(129) }],
  ["a secret that is none", { resume: null }],
  ["a token that is a number", { token: 1 }],
  ["a protocol that is text", { protocol: "1" }],
] as const)
  stage.attack(`[HELLO-1] [CONN-5] a hello with ${title}: INVALID_ARGUMENT, and it may try again`, async () => {
    const user = stage.newUser();
    const good = { protocol: 1, machine: 1, nextSeq: 1, client: user, token: stage.tokenOf(user) };
    const mallory = await RawClient.ask(stage.hall);
    mallory.send({ type: "hello", payload: { ...good, ...hello } });
    mallory.send({ type: "hello", payload: good });
    await mallory.until(() => mallory.of("snapshot").length === 1, "the snapshot");
    expect(mallory.frames.map(({ type, payload }) => payload.code ?? type).slice(0, 2)).toEqual(["INVALID_ARGUMENT", "welcome"]);
    mallory.drop();
  });

stage.attack("[CONN-6] of two equal keys the last one counts, for everyone who reads the frame", async () => {
  const mallory = await stage.intruder();
  mallory.sendBytes(textBytes('{"type":"bye","payload":{"evil":1},"type":"ping","payload":{"rev":5000000,"rev":0}}'));
  await mallory.until(() => mallory.of("pong").length === 1, "the pong");
  expect([mallory.of("error"), mallory.ended]).toEqual([[], false]);
  mallory.drop();
});

stage.curtain();
