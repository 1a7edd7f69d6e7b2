/** Text that is no UTF-8, and text that is and looks dangerous. */
import { expect } from "bun:test";
import { meetingOf } from "../people.ts";
import { fragments, frameBytes, textBytes } from "./frame-bytes.ts";
import { Stage } from "./stage.ts";

const stage = new Stage();

const encoder = new TextEncoder();
/** A command with these bytes as its text. */
const saying = (...text: readonly number[]) =>
  Uint8Array.from([
    ...encoder.encode('{"type":"command","payload":{"seq":1,"event":{"type":"chat.send","text":"'),
    ...text,
    ...encoder.encode('"}}}'),
  ]);

const illFormed: readonly (readonly [title: string, bytes: readonly number[]])[] = [
  ["a byte that never occurs", frameBytes({ payload: saying(0xff) })],
  ["a continuation byte alone", frameBytes({ payload: saying(0x80) })],
  ["NUL in two bytes (overlong)", frameBytes({ payload: saying(0xc0, 0x80) })],
  ["a slash in three bytes (overlong)", frameBytes({ payload: saying(0xe0, 0x80, 0xaf) })],
  ["a letter in four bytes (overlong)", frameBytes({ payload: saying(0xf0, 0x80, 0x81, 0x81) })],
  ["a high surrogate", frameBytes({ payload: saying(0xed, 0xa0, 0x80) })],
  ["a pair of surrogates", frameBytes({ payload: saying(0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80) })],
  ["a code point beyond the last", frameBytes({ payload: saying(0xf4, 0x90, 0x80, 0x80) })],
  ["a character that is cut off by the quote", frameBytes({ payload: saying(0xe2, 0x82) })],
  ["a character that is cut off by the end", frameBytes({ payload: saying(0x78).subarray(0, -1).fill(0xe2, -1) })],
  ["a character whose second half never comes, in fragments", fragments(saying(0xe2, 0x82), 1)],
  ["a wrong byte in the first of two fragments", [...frameBytes({ fin: false, payload: saying(0xff) }), ...frameBytes({ opcode: 0 })]],
];
for (const [title, sent] of illFormed)
  stage.attack(`[CONN-6] ${title}: closed with 1007`, async () => {
    const mallory = await stage.intruder();
    mallory.sendBytes(sent);
    await mallory.until(() => mallory.ended, "the close");
    expect(mallory.closeCode).toBe(1007);
    expect(meetingOf(stage.people.near[0]).chat.filter(({ user }) => user.startsWith("mallory"))).toEqual([]);
  });

stage.attack("[CONN-4] characters that are split over fragments, byte by byte, arrive whole", async () => {
  const mallory = await stage.intruder({ user: "split" });
  const text = "é€😀\u{10ffff}";
  mallory.sendBytes(fragments(saying(...encoder.encode(text)), 1));
  await stage.people.near[0].until(() => meetingOf(stage.people.near[0]).chat.at(-1)?.text === text, "the text");
  mallory.drop();
});

for (const [title, text] of [
  ["a NUL after the JSON", '{"type":"ping","payload":{"rev":0}}\u0000'],
  ["a byte order mark before it", '\ufeff{"type":"ping","payload":{"rev":0}}'],
  ["a line separator before it", '\u2028{"type":"ping","payload":{"rev":0}}'],
  ["a raw newline in a string", '{"type":"pi\nng","payload":{"rev":0}}'],
] as const)
  stage.attack(`[CONN-6] ${title} is no JSON`, async () => {
    const mallory = await stage.intruder();
    mallory.sendBytes(textBytes(text));
    await mallory.until(() => mallory.of("error").length === 1, "the error");
    expect(mallory.of("error")[0]?.payload).toMatchObject({ code: "INVALID_ARGUMENT", retryable: false });
    mallory.drop();
  });

stage.curtain();
