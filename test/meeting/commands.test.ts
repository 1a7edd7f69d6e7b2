import { describe, expect, test } from "bun:test";
import * as v from "valibot";
import { chatTextCharsMax, meeting } from "../../machines/meeting.ts";
import { meetingCommands } from "../../src/meeting/commands.ts";

const accepts = (type: keyof typeof meetingCommands, payload: unknown) =>
  v.safeParse(v.strictObject(meetingCommands[type]), payload).success;

describe("command schemas", () => {
  test("[commands] each command and system event is handled by exactly one region, so no region overrules another", () => {
    const handlers = new Map<string, Set<string>>();
    for (const [region, node] of Object.entries(meeting.root.states)) {
      const visit = (at: typeof node): void => {
        for (const type of at.ownEvents) handlers.set(type, (handlers.get(type) ?? new Set()).add(region));
        for (const child of Object.values(at.states)) visit(child);
      };
      visit(node);
    }
    const types = [...handlers.keys()].filter((type) => !type.startsWith("xstate."));
    const system = ["participant.joined", "participant.left", "participant.away", "participant.back"];
    expect(types.sort()).toEqual([...Object.keys(meetingCommands), ...system].sort());
    for (const type of types) expect([type, handlers.get(type)?.size]).toEqual([type, 1]);
  });

  test("[L11] texts, lists and numbers are bounded", () => {
    expect(accepts("chat.send", { text: "x".repeat(chatTextCharsMax) })).toBe(true);
    expect(accepts("chat.send", { text: "x".repeat(chatTextCharsMax + 1) })).toBe(false);
    expect(accepts("chat.send", { text: " \n" })).toBe(false);
    for (const minutes of [0, 241, 1.5, Number.NaN, "5"]) expect(accepts("agenda.add", { title: "t", minutes })).toBe(false);
    for (const minutes of [1, 240]) expect(accepts("agenda.add", { title: "t", minutes })).toBe(true);
    expect(accepts("agenda.add", { title: "x".repeat(121), minutes: 1 })).toBe(false);
    const options = Array.from({ length: 9 }, (_, n) => `${n}`);
    for (const [count, fits] of [
      [1, false],
      [2, true],
      [8, true],
      [9, false],
    ] as const) {
      expect(accepts("poll.open", { question: "q", options: options.slice(0, count) })).toBe(fits);
    }
    expect(accepts("poll.open", { question: "q", options: ["a", " a "] })).toBe(false);
    for (const option of [-1, 8, 0.5]) expect(accepts("poll.vote", { poll: "p", option })).toBe(false);
  });

  test("[L9] nobody declares who they are, and an undefined user is no user", () => {
    expect(accepts("hand.raise", { by: { user: "eve" } })).toBe(false);
    expect(accepts("hand.raise", { at: 1 })).toBe(false);
    expect(accepts("hand.lower", {})).toBe(true);
    expect(accepts("hand.lower", { user: undefined })).toBe(false);
    expect(accepts("member.promote", { user: "mia", role: "system" })).toBe(false);
  });

  test("[commands] a reaction is an emoji, not a text", () => {
    for (const emoji of ["👍", "❤️", "👩‍🚀"]) expect([emoji, accepts("react", { emoji })]).toEqual([emoji, true]);
    for (const emoji of ["", "lol", "<b>"]) expect([emoji, accepts("react", { emoji })]).toEqual([emoji, false]);
  });
});
