/** Close frames that no client should send, and what may still come after one. */
import { expect } from "bun:test";
import { meetingOf } from "../people.ts";
import { frameBytes, textBytes } from "./frame-bytes.ts";
import { Stage } from "./stage.ts";

const stage = new Stage();

const close = (code: number, reason: readonly number[] = []) =>
  frameBytes({ opcode: 8, payload: Uint8Array.from([code >> 8, code & 0xff, ...reason]) });
const late = textBytes({ type: "command", payload: { seq: 1, event: { type: "chat.send", text: "late" } } });

const cases: readonly (readonly [title: string, answer: number, bytes: readonly number[]])[] = [
  ...[0, 999, 1004, 1005, 1006, 1015, 1016, 2000, 2999, 5000, 65_535].map(
    (code) => [`the code ${code}, which none may send`, 1002, close(code)] as const,
  ),
  ["one byte, which is no code", 1002, frameBytes({ opcode: 8, payload: Uint8Array.from([3]) })],
  ["a reason that is not UTF-8", 1007, close(1000, [0xff])],
  ...[1000, 1001, 3000, 4999].map((code) => [`the code ${code}`, code, close(code)] as const),
  ["a code of the server's own, 4410", 4410, close(4410)],
  ["no code", 1005, frameBytes({ opcode: 8 })],
  ["the longest reason", 1000, close(1000, Array<number>(123).fill(0x78))],
  ["two closes", 1000, [...close(1000), ...close(1001)]],
  ["a command after it", 1000, [...close(1000), ...late]],
  ["a broken frame after it", 1000, [...close(1000), ...frameBytes({ opcode: 15 })]],
  ["the code 1002 and a command after it", 1002, [...close(1002), ...late]],
];
for (const [title, answer, sent] of cases)
  stage.attack(`[CONN-6] [LIVE-2] a close: ${title}; answered by ${answer}, and the place is not kept as online`, async () => {
    const [ada] = stage.people.near;
    const user = stage.newUser();
    const mallory = await stage.intruder({ user });
    await ada.until(() => user in meetingOf(ada).participants, "the join");
    mallory.sendBytes(sent);
    await mallory.until(() => mallory.ended, "the close");
    expect(mallory.closeCode).toBe(answer);
    await ada.until(() => meetingOf(ada).participants[user]?.status !== "online", "away, or gone already");
    expect(meetingOf(ada).chat.map(({ text }) => text)).not.toContain("late");
  });

stage.attack("[LIVE-2] all of them are gone once the grace is over", async () => {
  const [ada] = stage.people.near;
  await ada.until(() => Object.keys(meetingOf(ada).participants).length === 2, "nobody but the bystanders");
});

stage.curtain();
