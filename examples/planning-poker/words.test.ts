import { describe, expect, test } from "bun:test";
import { moved, pastRoundsMax, type Stories, withRound } from "./backlog.ts";
import { type Card, deck, isSize, sizes } from "./deck.ts";
import { asCsv, asText } from "./minutes.ts";
import { pointsText, verdictOf } from "./verdict.ts";

const shown = (...cards: readonly Card[]) => cards.map((card, i) => ({ user: `u${i}`, name: `N${i}`, card }));
const names = (people: readonly { readonly name: string }[]) => people.map(({ name }) => name);

describe("the verdict on shown cards", () => {
  test("spread, average and median are of the sizes; the rest is counted beside them", () => {
    const verdict = verdictOf(shown("½", "3", "3", "8", "?", "☕"));
    expect(verdict.spread.map(({ card, people }) => [card, people.length])).toEqual([
      ["½", 1],
      ["3", 2],
      ["8", 1],
      ["?", 1],
      ["☕", 1],
    ]);
    expect(verdict).toMatchObject({ average: 3.625, median: 3, consensus: null, suggestion: "3" });
    expect(pointsText(3.625)).toBe("3.6");
  });

  test("consensus is one card from two at least", () => {
    expect(verdictOf(shown("5", "5")).consensus).toBe("5");
    expect(verdictOf(shown("☕", "☕")).consensus).toBe("☕");
    expect(verdictOf(shown("5")).consensus).toBeNull();
    expect(verdictOf(shown("5", "?")).consensus).toBeNull();
  });

  test("outliers are more than one step of the deck from the middle, on either side", () => {
    expect(names(verdictOf(shown("1", "3", "5", "5", "20")).outliers)).toEqual(["N0", "N4"]);
    expect(verdictOf(shown("3", "5", "8")).outliers).toEqual([]);
    expect(verdictOf(shown("3", "8")).outliers).toEqual([]);
    expect(names(verdictOf(shown("2", "13")).outliers)).toEqual(["N0", "N1"]);
    expect(verdictOf(shown("?", "☕"))).toMatchObject({ outliers: [], average: null, median: null, suggestion: null });
  });

  test("between two sizes, the larger is suggested", () => {
    expect(verdictOf(shown("3", "5")).suggestion).toBe("5");
    expect(verdictOf(shown("40", "100")).suggestion).toBe("100");
  });

  test("sizes are the deck without what says nothing about size", () => {
    expect(deck.filter(isSize)).toEqual([...sizes]);
  });
});

describe("the backlog", () => {
  const stories: Stories = ["a", "b", "c"].map((id) => ({ id, title: id, estimate: null, rounds: [] }));
  const ids = (list: Stories) => list.map(({ id }) => id).join("");

  test("a story moves before another, or to the end; where nothing would move, nothing is made anew", () => {
    expect(ids(moved(stories, "c", "a"))).toBe("cab");
    expect(ids(moved(stories, "a", "c"))).toBe("bac");
    expect(ids(moved(stories, "a", undefined))).toBe("bca");
    for (const [story, before] of [
      ["c", undefined],
      ["a", "b"],
      ["a", "a"],
      ["x", "a"],
      ["a", "x"],
    ] as const)
      expect(moved(stories, story, before)).toBe(stories);
  });

  test("[L11] a story keeps its newest rounds, and an old estimate until there is a new one", () => {
    const round = (at: number, estimate: "5" | null) => ({ at, cards: [], estimate });
    let list = withRound(stories, "b", round(0, "5"));
    for (let at = 1; at <= pastRoundsMax; at++) list = withRound(list, "b", round(at, null));
    expect(list[1]?.estimate).toBe("5");
    expect(list[1]?.rounds.map(({ at }) => at)).toEqual(Array.from({ length: pastRoundsMax }, (_, i) => i + 1));
  });
});

describe("what is taken along", () => {
  const stories: Stories = [
    {
      id: "1",
      title: 'Login, "fast"',
      estimate: "½",
      rounds: [
        { at: 0, cards: ["½", "1"], estimate: null },
        { at: 1, cards: ["½", "½"], estimate: "½" },
      ],
    },
    { id: "2", title: "=HYPERLINK(1)", estimate: "8", rounds: [] },
    { id: "3", title: "Later", estimate: null, rounds: [] },
  ];

  test("as text, with the sum and what is open", () => {
    expect(asText("sprint-12", stories)).toBe(
      ["sprint-12: 3 stories, 8.5 points, 1 open", '½\tLogin, "fast"', "8\t=HYPERLINK(1)", "–\tLater"].join("\n"),
    );
  });

  test("as CSV: quoted where it has to be, and no title is a formula", () => {
    expect(asCsv(stories).split("\r\n")).toEqual([
      "story,estimate,points,rounds",
      '"Login, ""fast""",½,0.5,½ 1 | ½ ½',
      "'=HYPERLINK(1),8,8,",
      "Later,,,",
    ]);
  });
});
