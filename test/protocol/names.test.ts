import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { cleanName, isId } from "../../src/protocol/names.ts";

describe("cleanName", () => {
  test("[payload] names of people come through", () => {
    for (const name of ["Ada", "Łukasz Żółć", "李小龍", "עדה", "نور", "O'Neil-Šmid 3rd", "👩‍👩‍👧", "❤️", "नमस्ते", "می‌خواهم"])
      expect(cleanName(name)).toBe(name.normalize("NFC"));
  });

  test("[payload] a name is trimmed and put into NFC", () => {
    expect(cleanName("  Ada \n")).toBe("Ada");
    expect(cleanName("Zoe\u0308")).toBe("Zo\u00eb");
  });

  test("[payload] 1 to 64 code points", () => {
    expect(cleanName("a")).toBe("a");
    expect(cleanName("😀".repeat(64))).toBe("😀".repeat(64));
    for (const text of ["", " ", "\t\n", "a".repeat(65), "😀".repeat(65), "a".repeat(1_000_000), " ".repeat(1_000_000)])
      expect(cleanName(text)).toBeUndefined();
  });

  test("[payload] controls, line separators and halves of pairs are refused", () => {
    for (const bad of ["\u0000", "\u0007", "\n", "\u001b", "\u007f", "\u0085", "\u2028", "\u2029", "\ud800", "\udc00"])
      expect(cleanName(`A${bad}da`)).toBeUndefined();
  });

  test("[payload] bidi embeddings, overrides and isolates are refused", () => {
    for (let code = 0x202a; code <= 0x202e; code++) expect(cleanName(`A${String.fromCharCode(code)}da`)).toBeUndefined();
    for (let code = 0x2066; code <= 0x2069; code++) expect(cleanName(`A${String.fromCharCode(code)}da`)).toBeUndefined();
  });

  test("[payload] a name of which nothing can be seen is refused", () => {
    for (const blank of [
      "\u200b",
      "\u200d\u200c",
      "\u00ad",
      "\u2060",
      "\ufeff",
      "\u115f",
      "\u3164",
      "\uffa0",
      "\u2800",
      "\ufe0f",
      "\u200b \u200b",
      "\u{e0020}",
    ]) {
      expect(cleanName(blank)).toBeUndefined();
    }
  });

  test("[payload] what comes out is within the rules, and cleaning it again changes nothing", () => {
    const awkward = fc.constantFrom(
      "a",
      "e",
      "\u0301",
      "\u0327",
      " ",
      "\u00a0",
      "\u200b",
      "\u202e",
      "\ud83d",
      "😀",
      "\u1100",
      "\u1161",
      "\u{1d160}",
      "\n",
    );
    const texts = fc.oneof(fc.string({ unit: awkward, maxLength: 80 }), fc.string({ unit: "binary", maxLength: 80 }));
    let cleaned = 0;
    fc.assert(
      fc.property(texts, (text) => {
        const name = cleanName(text);
        if (name === undefined) return;
        cleaned++;
        expect(cleanName(name)).toBe(name);
        expect(name.trim().normalize("NFC")).toBe(name);
        expect(name.isWellFormed()).toBe(true);
        expect([...name].length).toBeWithin(1, 65);
      }),
      { numRuns: 300 },
    );
    expect(cleaned).toBeGreaterThan(10);
  });
});

describe("isId", () => {
  test("[payload] 1 to 64 letters, digits, _, . or -, beginning with a letter or digit", () => {
    for (const id of ["a", "0", "weekly", "sprint-12", "A.b_C-d", "a".repeat(64)]) expect(isId(id)).toBe(true);
    for (const bad of ["", "a".repeat(65), ".", "..", ".a", "-a", "_a", "a/b", "a b", "a\n", "\na", "é", "a%2f", "__proto__", "a\u0000"])
      expect(isId(bad)).toBe(false);
  });
});
