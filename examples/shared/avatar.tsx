/** A person as a coloured circle with initials; the colour follows from the user id, so it is the same on every screen. */
import type { CSSProperties } from "react";

export function Avatar({ user, name, size }: { readonly user: string; readonly name: string; readonly size: "s" | "m" | "l" | "xl" }) {
  return (
    <span className="avatar" data-size={size} style={hueOf(user)} aria-hidden="true">
      {initials(name)}
    </span>
  );
}

/** Sets `--hue`, from which the stylesheet makes the colours. */
export const hueOf = (user: string): CSSProperties => ({ "--hue": hues[hash(user) % hues.length] }) as CSSProperties;

// Far enough from each other to be told apart side by side.
const hues = [25, 50, 75, 130, 160, 190, 220, 255, 285, 315, 345] as const;

/** FNV-1a with a last mix: ids that differ in one letter get different colours. */
function hash(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
  return (h ^ (h >>> 13)) >>> 0;
}

const segmenter = new Intl.Segmenter(undefined, { granularity: "grapheme" });
const firstOf = (word: string): string => segmenter.segment(word)[Symbol.iterator]().next().value?.segment ?? "";

/** The first sign of the first and of the last word. */
function initials(name: string): string {
  const words = name.split(/\s+/).filter((word) => word !== "");
  const first = firstOf(words[0] ?? "?");
  return (words.length > 1 ? first + firstOf(words.at(-1) ?? "") : first).toUpperCase();
}
