/** Names that people see, and ids that machines compare. */

const idPattern = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;
/** Whether `text` can be the id of a room or of a client: it is safe in paths, topics, file names and logs as it is. */
export const isId = (text: string): boolean => idPattern.test(text);

const nameCodePointsMax = 64;
// Controls, lone surrogates, line and paragraph separators; bidi embeddings, overrides and isolates, which reorder the text around a name.
const forbidden = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u202A-\u202E\u2066-\u2069]/u;
// Ignorables (zero-width characters, fillers, selectors) and the empty Braille cell leave no ink.
const visible = /[^\p{Default_Ignorable_Code_Point}\p{White_Space}\u2800]/u;

/**
 * A display name in NFC, trimmed, 1 to 64 code points; `undefined` if it cannot be one: too long, nothing to see in it,
 * or with characters that would disturb the text around it. Cleaning a clean name changes nothing.
 */
export function cleanName(text: string): string | undefined {
  if (text.length > nameUnitsMax) return undefined;
  const name = text.normalize("NFC").trim();
  if (forbidden.test(name) || !visible.test(name)) return undefined;
  return [...name].length <= nameCodePointsMax ? name : undefined;
}

/** Far above what 64 code points can need, even decomposed: normalising is not done for a text that is surely too long. */
const nameUnitsMax = 1_024;
