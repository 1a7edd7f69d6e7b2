import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { parseChecked } from "../../src/protocol/checked-json.ts";

const limits = { bytesMax: 64 * 1024, depthMax: 32, keysMax: 5_000 };
const verdict = (text: string, changed: Partial<typeof limits> = {}) => parseChecked(text, { ...limits, ...changed });
const refusal = (text: string, changed: Partial<typeof limits> = {}): string => {
  const checked = verdict(text, changed);
  return checked.ok ? "accepted" : checked.message;
};
const nested = (levels: number): string => "[".repeat(levels) + "]".repeat(levels);

describe("parseChecked", () => {
  test("[payload] JSON within the limits comes through as it is", () => {
    expect(verdict('{"type":"vote","payload":{"card":5,"note":"\\ud83d\\ude00","list":[null,true,-1.5]}}')).toEqual({
      ok: true,
      value: { type: "vote", payload: { card: 5, note: "😀", list: [null, true, -1.5] } },
    });
    for (const scalar of ["0", '""', "null", "false"]) expect(verdict(scalar)).toEqual({ ok: true, value: JSON.parse(scalar) });
  });

  test("[payload] what is not JSON is refused without being quoted", () => {
    for (const text of ["", "{", "secret", '{"a":1}}', "[1,]", "'a'", '{"secret":', "\u0000", "NaN", "01", "]]]]"]) {
      expect(verdict(text)).toEqual({ ok: false, code: "INVALID_ARGUMENT", message: "The message is not JSON." });
    }
  });

  test("[L11] the size counts bytes of UTF-8, and comes first", () => {
    for (const letter of ["a", "é", "€", "😀"]) {
      const text = `"${letter.repeat(10)}"`;
      const bytesMax = Buffer.byteLength(text);
      expect(verdict(text, { bytesMax }).ok).toBe(true);
      expect(refusal(text, { bytesMax: bytesMax - 1 })).toContain(`larger than ${bytesMax - 1} bytes`);
    }
    expect(refusal(nested(100), { bytesMax: 10 })).toContain("bytes");
  });

  test("[L11] the depth is bounded, in arrays and objects alike", () => {
    expect(verdict(nested(32)).ok).toBe(true);
    expect(refusal(nested(33))).toContain("32 deep");
    expect(verdict('{"a":'.repeat(32).concat("1", "}".repeat(32))).ok).toBe(true);
    expect(refusal('[{"a":'.repeat(17).concat("1", "}]".repeat(17)))).toContain("deep");
    expect(verdict(`[${"[],".repeat(100)}[]]`, { depthMax: 2 }).ok).toBe(true);
  });

  test("[L11] brackets inside strings do not count, whatever is escaped; those after them do", () => {
    const inString = (content: string) => `"${content}${"[".repeat(40)}"`;
    for (const content of ["", '\\"', "\\\\\\\\", '\\\\\\"', "\\u005b", "\\u0022"]) expect(verdict(inString(content)).ok).toBe(true);
    for (const content of ["", '\\"', "\\\\", '\\\\\\"', "]]]]"]) expect(refusal(`["${content}",${nested(32)}]`)).toContain("deep");
  });

  test("[L11] surplus closing brackets buy no depth", () => {
    for (const text of [`${"]".repeat(50)}${nested(50)}`, `[]${"]".repeat(50)}${nested(50)}`, `["]]]]${nested(50)}`]) {
      expect(verdict(text).ok).toBe(false);
    }
  });

  test("[L11] keys and elements are counted together, on all levels", () => {
    const text = '{"a":[1,2,3],"b":{"c":4}}'; // a, b, c and three elements
    expect(verdict(text, { keysMax: 6 }).ok).toBe(true);
    expect(refusal(text, { keysMax: 5 })).toContain("More than 5 keys");
  });

  test("[payload] keys that reach a prototype are refused, also when written with escapes, at any depth", () => {
    for (const key of ["__proto__", "constructor", "prototype", "\\u005f_proto__", "const\\u0072uctor", "pr\\u006ft\\u006ftype"]) {
      for (const text of [`{"${key}":1}`, `[{"a":{"${key}":{"admin":true}}}]`]) expect(refusal(text)).toContain("is not allowed");
    }
    expect(verdict('["__proto__",{"proto":"constructor","Prototype":1,"toString":2}]').ok).toBe(true);
  });

  test("[L7] half a surrogate pair is refused, in strings and in keys", () => {
    for (const half of ["\\ud800", "\\udc00", "\\udc00\\ud800", "a\\uDBFF", "\ud800"]) {
      expect(refusal(`["${half}"]`)).toContain("surrogate");
      expect(refusal(`{"${half}":1}`)).toContain("surrogate");
    }
  });

  test("[L7] numbers that JSON.stringify would write differently are refused", () => {
    for (const text of ["1e400", "-1e400", '{"a":[1e999]}']) expect(refusal(text)).toContain("too large");
    for (const text of ["-0", "-0.0", "-0e5", "-1e-400", '{"a":-0}']) expect(refusal(text)).toContain("-0");
    for (const text of ["0", "1e308", "5e-324", "-1"]) expect(verdict(text).ok).toBe(true);
  });

  const plainJson = fc.jsonValue({ maxDepth: 6 }).filter((value) => !/"(__proto__|constructor|prototype)":/.test(JSON.stringify(value)));

  test("[L7] what JSON.stringify makes from plain values passes, equal, and is written the same again", () => {
    fc.assert(
      fc.property(plainJson, (value) => {
        const text = JSON.stringify(value);
        const checked = verdict(text);
        expect(checked).toEqual({ ok: true, value: JSON.parse(text) });
        if (checked.ok) expect(JSON.stringify(checked.value)).toBe(text);
      }),
    );
  });

  test("[payload] no text makes it throw; what it accepts, JSON.parse accepts", () => {
    const pieces = fc.constantFrom("{", "}", "[", "]", '"', "\\", ":", ",", "1", "-0", "1e999", '"__proto__"', "\\ud800", "null", " ");
    const garbage = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.array(pieces).map((some) => some.join("")),
    );
    fc.assert(
      fc.property(garbage, (text) => {
        const checked = verdict(text);
        if (checked.ok) expect(checked.value).toEqual(JSON.parse(text));
      }),
    );
  });
});

describe("the cost of parseChecked", () => {
  const wide = { bytesMax: 1e7, depthMax: 32, keysMax: 1e6 };
  const shapes: Record<string, (size: number) => string> = {
    elements: (size) => JSON.stringify(Array(size).fill(1)),
    keys: (size) => JSON.stringify(Object.fromEntries(Array.from({ length: size }, (_, i) => [`key${i}`, "x"]))),
    escapes: (size) => `"${'\\"'.repeat(size)}"`,
    backslashes: (size) => `"${"\\\\".repeat(size)}"`,
    "nested lists": (size) => `[${`${nested(30)},`.repeat(size / 30)}0]`,
  };
  for (const [name, make] of Object.entries(shapes)) {
    test(`[L11] ${name}: at most 30 times JSON.parse's`, () => {
      const text = make(60_000);
      expect(parseChecked(text, wide).ok).toBe(true);
      expect(fastestMs(() => parseChecked(text, wide)) / fastestMs(() => JSON.parse(text))).toBeLessThan(30);
    });
  }

  test("[L11] canary: a quadratic scan is over that limit", () => {
    const text = `"${"\\\\".repeat(5_000)}"`;
    // Asks at every unit anew how many backslashes lead up to it.
    const quadratic = () => {
      let escaped = 0;
      for (let i = 0; i < text.length; i++) for (let j = i; text.charCodeAt(j) === 0x5c; j--) escaped++;
      return escaped;
    };
    expect(fastestMs(quadratic) / fastestMs(() => JSON.parse(text))).toBeGreaterThan(30);
  });

  test("[L11] 50,000 levels are refused at a hundredth of what parsing them costs", () => {
    const text = nested(50_000);
    expect(parseChecked(text, wide).ok).toBe(false);
    expect(fastestMs(() => parseChecked(text, wide)) * 100).toBeLessThan(fastestMs(() => JSON.parse(text)));
  });
});

/** Of several runs: the fastest is the one that others on the machine disturbed least. */
function fastestMs(run: () => unknown): number {
  let fastest = Infinity;
  for (let i = 0; i < 7; i++) {
    const startedAt = performance.now();
    run();
    fastest = Math.min(fastest, performance.now() - startedAt);
  }
  return fastest;
}
