import { expect, test } from "bun:test";
import { initialTransition } from "xstate";
import { help, type MeetingState, slashNames, understand } from "../../examples/terminal/commands.ts";
import { sanitize } from "../../examples/terminal/sanitize.ts";
import { meeting } from "../../src/meeting/room.ts";

const [empty] = initialTransition(meeting.machine, { id: "weekly", at: 0 });
const poll = { id: "ben-1", question: "Lunch?", options: ["Pizza", "Soup"], votes: {}, open: true };
const state = {
  ...empty,
  context: {
    ...empty.context,
    meeting: { ...empty.context.meeting, hands: ["ada"], polls: [poll, { ...poll, id: "ben-2", open: false }] },
  },
} as MeetingState;
const meant = (line: string, user = "ada") => understand(line, { state, user });

test.each<[line: string, command: object]>([
  ["  hello ", { type: "chat.send", text: "hello" }],
  ["//etc/hosts", { type: "chat.send", text: "/etc/hosts" }],
  ["/hand", { type: "hand.lower" }],
  ["/floor", { type: "floor.take" }],
  ["/yield", { type: "floor.yield" }],
  ["/vote 2", { type: "poll.vote", poll: "ben-1", option: 1 }],
  ["/poll Lunch? | Pizza|Soup", { type: "poll.open", question: "Lunch?", options: ["Pizza", "Soup"] }],
  ["/agenda Item 3 of 4 15", { type: "agenda.add", title: "Item 3 of 4", minutes: 15 }],
  ["/start", { type: "meeting.start" }],
  ["/end", { type: "meeting.end" }],
  ["/record", { type: "recording.start" }],
  ["/react 👍", { type: "react", emoji: "👍" }],
])("[terminal] %s is a command", (line, command) => {
  expect<object>(meant(line)).toEqual({ do: "send", command });
});

test("[terminal] /hand raises the hand of somebody whose hand is down", () => {
  expect(meant("/hand", "ben")).toEqual({ do: "send", command: { type: "hand.raise" } });
});

test.each<[line: string, command: object]>([
  ["/why start", { type: "meeting.start" }],
  ["/why /vote", { type: "poll.vote", poll: "ben-1", option: 0 }],
  ["/why vote 2", { type: "poll.vote", poll: "ben-1", option: 1 }],
  ["/why poll", { type: "poll.open", question: "Question", options: ["A", "B"] }],
  ["/why screen.share", { type: "screen.share" }],
  ['/why meeting.lock {"locked": true, "type": "meeting.end"}', { type: "meeting.lock", locked: true }],
])("[terminal] %s asks about a command", (line, command) => {
  expect<object>(meant(line)).toEqual({ do: "explain", command });
});

test.each([
  ["/vote"],
  ["/vote 3"],
  ["/vote 0"],
  ["/poll Lunch? | Pizza"],
  ["/agenda Title"],
  ["/react"],
  ["/why"],
  ["/why nothing"],
  ["/why chat.send {"],
  ["/nothing"],
  ["/constructor"],
  ["/why constructor"],
])("[terminal] %s is explained instead of sent", (line) => {
  expect(meant(line)).toEqual({ do: "say", text: expect.stringMatching(/\S/) });
});

test("[terminal] /help lists every command, and every one is understood", () => {
  const listed = help()
    .flatMap(([usage]) => usage.match(/^\/\w+/) ?? [])
    .concat("/help");
  expect(listed.sort()).toEqual([...slashNames].sort());
  for (const [usage] of help()) expect(meant(usage).do, usage).not.toBe("say");
});

test.each([
  ["plain text, naïve 👩‍👩‍👧 שלום", "plain text, naïve 👩‍👩‍👧 שלום"],
  ["\x1b]0;a title\x07text", "text"],
  ["\x1b[31mred\x1b[0m", "red"],
  ["\x1b]8;;https://example.com\x1b\\link\x1b]8;;\x1b\\", "link"],
  ["\x1b[\x1b[31m2J", "2J"],
  ["a\x1bP1;2qsixel\x1b\\b", "ab"],
  ["a\x1b]0;never ended", "a0;never ended"],
  ["\x9b2J\x1bc\x1b(0\x1b7", ""],
  ["a\x1b", "a�"],
  ["one\ntwo\r\nthree\u2028four\x85five", "one ↵ two ↵ three ↵ four ↵ five"],
  ["a\tb", "a b"],
  ["\x07\x08\x7f\x00\x9c", "�����"],
  ["\u202egnp.exe", "�gnp.exe"],
  ["\ud800", "�"],
])("[terminal] %j is printed as %j", (text, shown) => {
  expect(sanitize(text)).toBe(shown);
});
