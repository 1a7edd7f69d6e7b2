/** The whole number that follows some text, among a message's first bytes: cheaper than parsing it. */

const searchedMax = 160;

export function numberAfter(text: string, bytes: Uint8Array, start: number, kept: number): number | undefined {
  const end = start + Math.min(kept, searchedMax);
  const first = text.charCodeAt(0);
  for (let at = start; at + text.length < end; at++) {
    if (bytes[at] !== first || !isAt(text, bytes, at)) continue;
    let value: number | undefined;
    for (let i = at + text.length; i < end; i++) {
      const digit = (bytes[i] as number) - zero;
      if (digit < 0 || digit > 9) return value;
      value = (value ?? 0) * 10 + digit;
    }
    return undefined; // it may go on where we do not look
  }
  return undefined;
}

function isAt(text: string, bytes: Uint8Array, at: number): boolean {
  for (let i = 1; i < text.length; i++) if (bytes[at + i] !== text.charCodeAt(i)) return false;
  return true;
}

const zero = "0".charCodeAt(0);
