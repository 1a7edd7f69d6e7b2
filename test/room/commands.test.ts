import { expect, test } from "bun:test";
import * as v from "valibot";
import { parseCommand } from "../../src/room/commands.ts";

const commands = {
  vote: { card: v.picklist([1, 2, 3]), note: v.exactOptional(v.pipe(v.string(), v.trim())) },
  open: { seconds: v.optional(v.number(), 60), options: v.array(v.strictObject({ text: v.pipe(v.string(), v.maxLength(3)) })) },
  close: {},
};
const refusal = (input: { readonly type: string }) => {
  const parsed = parseCommand(commands, input);
  if (parsed.ok) throw new Error("it was accepted");
  return `${parsed.code}: ${parsed.reason}`;
};
const event = (input: { readonly type: string }) => {
  const parsed = parseCommand(commands, input);
  if (!parsed.ok) throw new Error(parsed.reason);
  return JSON.stringify(parsed.event);
};

test("[commands] what is parsed has its defaults and the schema's order of keys, whatever the client's", () => {
  expect(event({ note: " hm ", card: 2, type: "vote" } as { type: string })).toBe('{"type":"vote","card":2,"note":"hm"}');
  expect(event({ type: "open", options: [] } as { type: string })).toBe('{"type":"open","seconds":60,"options":[]}');
  expect(event({ type: "close" })).toBe('{"type":"close"}');
});

test("[commands] a name that is not the definition's own is no command", () => {
  expect(refusal({ type: "vot" })).toBe("command: There is no command 'vot'.");
  for (const type of ["constructor", "__proto__", "toString", ""]) expect(refusal({ type })).toStartWith("command:");
});

test("[commands] a wrong payload is refused with the path to what is wrong", () => {
  expect(refusal({ type: "vote" })).toBe(`payload: 'vote' is wrong at 'card': This key is missing.`);
  expect(refusal({ type: "open", options: [{ text: "a" }, { text: "long" }] } as { type: string })).toStartWith(
    "payload: 'open' is wrong at 'options.1.text':",
  );
});

test("[L9] a stamp from a client is refused, like any key that no schema knows", () => {
  for (const key of ["at", "id", "by", "constructor", "__proto__"]) {
    expect(refusal(JSON.parse(`{"type":"close","${key}":1}`))).toStartWith(`payload: 'close' is wrong at '${key}':`);
  }
});

test("[L11] a reason quotes no more than a little of what the client sent", () => {
  const long = "x".repeat(10_000);
  expect(refusal({ type: long }).length).toBeLessThan(300);
  expect(refusal({ type: "vote", card: long } as { type: string }).length).toBeLessThan(300);
  expect(refusal({ type: "close", [long]: 1 }).length).toBeLessThan(300);
});
