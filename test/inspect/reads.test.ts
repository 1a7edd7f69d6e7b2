/** What a guard reads is noted, and it sees what it always sees. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { Reads } from "../../src/inspect/reads.ts";

const freeze = <T>(value: T): T => {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const inner of Object.values(value)) freeze(inner);
  }
  return value;
};

const state = freeze({
  people: { ada: { role: "host", muted: false }, "bob smith": { role: "member", muted: true } } as Record<
    string,
    { role: string; muted: boolean }
  >,
  hands: ["bob smith", "ada"],
  chat: [{ id: "a", text: "x".repeat(500) }],
  at: 5,
  none: null,
});

const readsOf = (look: (context: typeof state) => unknown): Record<string, unknown> => {
  const reads = new Reads();
  look(reads.of(state, "context"));
  return Object.fromEntries(reads.list().map(({ path, value }) => [path, value]));
};

test("a value by its path, not what the way to it went through", () => {
  expect(readsOf(({ people }) => people["ada"]?.role)).toEqual({ "context.people.ada.role": "host" });
  expect(readsOf(({ people }) => people["bob smith"]?.muted)).toEqual({ 'context.people["bob smith"].muted': true });
  expect(readsOf(({ at, none }) => [at, none])).toEqual({ "context.at": 5, "context.none": null });
});

test("what is not there was looked for, too", () => {
  expect(readsOf(({ people }) => people["cyn"]?.role)).toEqual({ "context.people.cyn": null });
  expect(readsOf(({ people }) => Object.hasOwn(people, "cyn"))).toEqual({ "context.people.cyn": null });
  expect(readsOf(({ people }) => "ada" in people)).toMatchObject({ "context.people.ada": { role: "host" } });
});

test("lists: their length, their members, what their methods look at", () => {
  expect(readsOf(({ hands }) => hands.length)).toEqual({ "context.hands.length": 2 });
  expect(readsOf(({ hands }) => hands[0])).toEqual({ "context.hands[0]": "bob smith" });
  expect(readsOf(({ hands }) => hands.includes("ada"))).toMatchObject({ "context.hands[1]": "ada" });
  expect(readsOf(({ people }) => Object.values(people).filter(({ role }) => role === "host").length)).toMatchObject({
    "context.people.ada.role": "host",
    'context.people["bob smith"].role': "member",
  });
});

test("a big value is told by its size", () => {
  expect(readsOf(({ chat }) => chat[0])).toEqual({ "context.chat[0]": "a record of 2" });
  expect(String(readsOf(({ chat }) => chat[0]?.text)["context.chat[0].text"])).toHaveLength(201);
});

test("whatever looks sees what is there", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (given) => {
      const value = freeze(given);
      const watched = new Reads().of(value, "context");
      expect(JSON.stringify(watched)).toBe(JSON.stringify(value));
      expect(Array.isArray(watched)).toBe(Array.isArray(value));
      if (typeof value !== "object" || value === null) return;
      const [seen, there] = [watched, value] as readonly object[];
      expect(Object.keys(seen ?? {})).toEqual(Object.keys(there ?? {}));
      expect(structuredCloneOf(seen)).toEqual(there as never);
    }),
  );
});

test("what is the same there is the same for whoever looks, wherever it came from", () => {
  const reads = new Reads();
  const { people, hands, chat } = reads.of(state, "context");
  expect(chat === reads.of(state, "context").chat).toBe(true);
  expect(chat.indexOf(chat[0] as (typeof chat)[number])).toBe(0);
  expect(chat.includes(reads.of(state.chat[0], "params.message") as (typeof chat)[number])).toBe(true);
  expect(new Set([people, people, hands]).size).toBe(2);
});

test("by identity as by value, whatever is there", () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.object({ maxDepth: 1 }), fc.array(fc.integer()), fc.string()), { minLength: 1 }), (given) => {
      // Some of them twice, and some by another way, too.
      const value = freeze({ list: [...given, ...given.slice(0, 2)], other: given[0], inner: { given } });
      const watched = new Reads().of(value, "context");
      const whatIsSame = ({ list, other, inner }: typeof value) => [
        list.map((one) => list.indexOf(one)),
        list.map((one) => list.lastIndexOf(one)),
        list.map((one) => inner.given.includes(one)),
        list.map((one) => one === other),
        new Set([...list, other, ...inner.given, inner, inner]).size,
      ];
      expect(whatIsSame(watched)).toEqual(whatIsSame(value));
    }),
  );
});

test("an object that is there twice has the path by which it was come to", () => {
  const speaker = { name: "Ada" };
  const given = freeze({ people: [speaker], speaker });
  const reads = new Reads();
  const watched = reads.of(given, "context");
  expect([watched.people[0]?.name, watched.speaker.name]).toEqual(["Ada", "Ada"]);
  expect(reads.list()).toEqual([
    { path: "context.people[0].name", value: "Ada" },
    { path: "context.speaker.name", value: "Ada" },
  ]);
});

const structuredCloneOf = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.map(structuredCloneOf)
    : typeof value === "object" && value !== null
      ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, structuredCloneOf(inner)]))
      : value;
