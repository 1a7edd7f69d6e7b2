/** Frames that RFC 6455 forbids, and odd ones that it allows. What is forbidden has no effect; what is allowed is an ordinary frame. */
import { expect } from "bun:test";
import { meetingOf } from "../people.ts";
import { fragments, frameBytes, textBytes } from "./frame-bytes.ts";
import { Stage } from "./stage.ts";

const stage = new Stage();

const saying = (text: string) => JSON.stringify({ type: "command", payload: { seq: 1, event: { type: "chat.send", text } } });
const evil = saying("evil");
const ping = JSON.stringify({ type: "ping", payload: { rev: 0 } });
const bytes = (text: string) => new TextEncoder().encode(text);
const [high, most, around] = [1n << 63n, (1n << 64n) - 1n, (1n << 32n) + BigInt(evil.length)];

const forbidden: readonly (readonly [title: string, code: number, bytes: readonly number[]])[] = [
  ["a frame that is not masked", 1002, frameBytes({ masked: false, payload: evil })],
  ...[1, 2, 4, 7].map((rsv) => [`reserved bits ${rsv}`, 1002, frameBytes({ rsv, payload: evil })] as const),
  ...[3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map(
    (opcode) => [`reserved opcode ${opcode}`, 1002, frameBytes({ opcode, payload: evil })] as const,
  ),
  ...[8, 9, 10].map(
    (opcode) => [`a control frame ${opcode} in fragments`, 1002, frameBytes({ opcode, fin: false, payload: "\u0003\u00e8" })] as const,
  ),
  ...[8, 9, 10].map(
    (opcode) => [`a control frame ${opcode} of 126 bytes`, 1002, frameBytes({ opcode, payload: "x".repeat(126) })] as const,
  ),
  ["a control frame with a long length", 1002, frameBytes({ opcode: 9, form: 16, payload: "x" })],
  ["a continuation of nothing", 1002, frameBytes({ opcode: 0, payload: evil })],
  ["a continuation of nothing that goes on", 1002, [...frameBytes({ opcode: 0, fin: false, payload: evil }), ...frameBytes({ opcode: 0 })]],
  ["a new message within fragments", 1002, [...frameBytes({ fin: false, payload: "{" }), ...frameBytes({ payload: evil })]],
  [
    "a binary message within text fragments",
    1002,
    [...frameBytes({ fin: false, payload: "{" }), ...frameBytes({ opcode: 2, payload: evil })],
  ],
  ["a length with the highest bit", 1009, frameBytes({ form: 64, claims: high, payload: evil })],
  ["the greatest length", 1009, frameBytes({ form: 64, claims: most, payload: evil })],
  ["a length that is right only in 32 bits", 1009, frameBytes({ form: 64, claims: around, payload: evil })],
  ["a length over the limit, before its bytes", 1009, frameBytes({ claims: 65_537n })],
  ["fragments that are too much together", 1009, fragments(new Uint8Array(65_537).fill(0x20), 4_096)],
  ["fragments without end", 1009, endless()],
];
for (const [title, code, sent] of forbidden)
  stage.attack(`[CONN-6] [CONN-5] ${title}: closed with ${code}`, async () => {
    const mallory = await stage.intruder();
    mallory.sendBytes(sent);
    await mallory.until(() => mallory.ended, "the close");
    expect(mallory.closeCode).toBe(code);
    expectNoEffect();
  });

const odd: readonly (readonly [title: string, bytes: readonly number[]])[] = [
  ["a short length in 16 bits", frameBytes({ form: 16, payload: ping })],
  ["a short length in 64 bits", frameBytes({ form: 64, payload: ping })],
  ["a ping of 125 bytes before it", [...frameBytes({ opcode: 9, payload: "x".repeat(125) }), ...textBytes(ping)]],
  ["a pong that nobody asked for", [...frameBytes({ opcode: 10, payload: "x" }), ...textBytes(ping)]],
  ["fragments of one byte", fragments(bytes(ping), 1)],
  [
    "empty fragments around it",
    [...frameBytes({ fin: false }), ...frameBytes({ opcode: 0, fin: false, payload: ping }), ...frameBytes({ opcode: 0 })],
  ],
  ["five thousand empty fragments before it", [...frameBytes({ fin: false }), ...times(5_000, frameBytes({ opcode: 0, fin: false })), ...frameBytes({ opcode: 0, payload: ping })]], // biome-ignore format: one thought
  ["a ping in the middle of it", [...frameBytes({ fin: false, payload: ping.slice(0, 9) }), ...frameBytes({ opcode: 9, payload: "hi" }), ...frameBytes({ opcode: 0, payload: ping.slice(9) })]], // biome-ignore format: one thought
];
for (const [title, sent] of odd)
  stage.attack(`[CONN-4] ${title}: an ordinary frame`, async () => {
    const mallory = await stage.intruder();
    mallory.sendBytes(sent);
    await mallory.until(() => mallory.of("pong").length === 1, "the pong");
    mallory.drop();
  });

stage.attack("[CONN-4] one byte at a time: an ordinary frame", async () => {
  const mallory = await stage.intruder();
  for (const byte of textBytes(ping)) {
    mallory.sendBytes([byte]);
    await new Promise((resolve) => setImmediate(resolve)); // so that the kernel gets each alone
  }
  await mallory.until(() => mallory.of("pong").length === 1, "the pong");
  mallory.drop();
});

for (const [title, sent, code] of [
  ["an empty text", frameBytes({}), "INVALID_ARGUMENT"],
  ["an empty binary message", frameBytes({ opcode: 2 }), "INVALID_ARGUMENT"],
  ["a binary message", frameBytes({ opcode: 2, payload: evil }), "INVALID_ARGUMENT"],
  ["a length that cuts the message off", frameBytes({ payload: evil, claims: BigInt(evil.length - 1) }), "INVALID_ARGUMENT"],
] as const)
  stage.attack(`[CONN-6] ${title}: ${code}`, async () => {
    const mallory = await stage.intruder();
    mallory.sendBytes(sent);
    await mallory.until(() => mallory.of("error").length === 1, "the error");
    expect(mallory.of("error")[0]?.payload.code).toBe(code);
    mallory.drop();
    expectNoEffect();
  });

stage.attack("[CONN-6] a length that promises more than comes: nothing happens, and what follows belongs to it", async () => {
  const mallory = await stage.intruder();
  mallory.sendBytes([...frameBytes({ claims: 4_000n, payload: evil }), ...textBytes(evil)]);
  await stage.unharmed();
  expect([mallory.ended, mallory.of("error")]).toEqual([false, []]);
  mallory.drop();
  expectNoEffect();
});

stage.attack("[CMD-3] canary: in a frame as it should be, such a command takes effect", async () => {
  const mallory = await stage.intruder();
  mallory.sendBytes(textBytes(saying("fair")));
  await stage.people.near[0].until(() => said().includes("fair"), "the message");
  mallory.drop();
});

stage.curtain();

function said(): string[] {
  return meetingOf(stage.people.near[0]).chat.map(({ text }) => text);
}

function expectNoEffect(): void {
  expect(said()).not.toContain("evil");
}

/** More fragments than the server takes, none of which is the last. */
function endless(): number[] {
  return [...frameBytes({ fin: false, payload: "x" }), ...times(70, frameBytes({ opcode: 0, fin: false, payload: "x".repeat(1_000) }))];
}

function times(count: number, what: readonly number[]): number[] {
  return Array.from({ length: count }, () => what).flat();
}
