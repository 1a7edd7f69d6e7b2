/**
 * What stands between a socket and JSON.parse. From: gateway/, with the text of one frame. To: the message's schema.
 * Each check makes the next one safe: the size bounds the scan, the scan bounds the parser's recursion, the parsed depth bounds the walk's.
 */
import type { ErrorCode } from "./codes.ts";

interface JsonLimits {
  /** Of the text as UTF-8. */
  readonly bytesMax: number;
  /** Arrays and objects inside each other; `[]` is 1 deep. */
  readonly depthMax: number;
  /** Keys and array elements, all together. */
  readonly keysMax: number;
}

type CheckedJson =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly code: ErrorCode; readonly message: string };

/**
 * Parses the JSON text of a client, or says why not. Never throws, and never quotes the text.
 * The code is INVALID_ARGUMENT throughout, for the size, too: the same text will not do later either, so nothing here is retryable.
 */
export function parseChecked(text: string, limits: JsonLimits): CheckedJson {
  if (isTooLong(text, limits.bytesMax)) return refuse(`The message is larger than ${limits.bytesMax} bytes.`);
  if (isTooDeep(text, limits.depthMax)) return refuse(`The message is nested more than ${limits.depthMax} deep.`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return refuse("The message is not JSON."); // the parser's own words quote the text
  }
  const flaw = findFlaw(value, limits.keysMax);
  return flaw === undefined ? { ok: true, value } : refuse(flaw);
}

const refuse = (message: string): CheckedJson => ({ ok: false, code: "INVALID_ARGUMENT", message });

// A UTF-16 unit takes 1 to 3 bytes of UTF-8: only in between must they be counted.
const isTooLong = (text: string, bytesMax: number): boolean =>
  text.length > bytesMax || (text.length * 3 > bytesMax && encoder.encode(text).length > bytesMax);
const encoder = new TextEncoder();

const [quote, backslash, openBracket, closeBracket, openBrace, closeBrace] = [0x22, 0x5c, 0x5b, 0x5d, 0x7b, 0x7d];

/** The depth is right for as long as the text is JSON, and JSON.parse stops where it ceases to be. So it never goes deeper than this says. */
function isTooDeep(text: string, depthMax: number): boolean {
  let depth = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (inString) {
      if (unit === backslash) i++;
      else if (unit === quote) inString = false;
    } else if (unit === quote) inString = true;
    else if (unit === openBracket || unit === openBrace) {
      if (++depth > depthMax) return true;
    } else if (unit === closeBracket || unit === closeBrace) depth--;
  }
  return false;
}

/** What the text of this value would be refused for, the size aside; `undefined`: nothing. Also for a client, before it sends. */
export function findFlaw(value: unknown, keysMax: number, depthMax = Infinity): string | undefined {
  let keys = 0;
  const look = (part: unknown, depth: number): string | undefined => {
    if (typeof part === "string") return part.isWellFormed() ? undefined : "Half a surrogate pair.";
    if (typeof part === "number") return findNumberFlaw(part);
    if (typeof part !== "object" || part === null) return undefined;

    const items: readonly unknown[] = Array.isArray(part) ? part : Object.values(part);
    if (depth > depthMax) return "Too deep.";
    keys += items.length;
    if (keys > keysMax) return `More than ${keysMax} keys and elements.`;
    if (!Array.isArray(part))
      for (const key of Object.keys(part)) {
        // Kept by JSON.parse as own keys, they reach the prototype once somebody copies the object key by key.
        if (key === "__proto__" || key === "constructor" || key === "prototype") return `The key "${key}" is not allowed.`;
        if (!key.isWellFormed()) return "Half a surrogate pair.";
      }
    for (const item of items) {
      const flaw = look(item, depth + 1);
      if (flaw !== undefined) return flaw;
    }
    return undefined;
  };
  return look(value, 1);
}

/**
 * What JSON.stringify would write differently is refused: state in memory and in the journal would drift apart.
 * -0 is not made 0 instead, because whoever parses the text once more would not see that; and no JSON.stringify ever writes it.
 */
function findNumberFlaw(value: number): string | undefined {
  return Number.isFinite(value) && !Object.is(value, -0) ? undefined : "A number is too large, or -0.";
}
