const words = ["here", "busy", "away", "back"];

/** What people say of themselves; `bytes`: so long. Each command is new by its mark. */
export const statusText = (i: number, bytes = 4): string => (words[i % words.length] ?? "here").padEnd(bytes, "abcdefghij");
