/** Every text is new, so that no command is without effect, and of the same length. */
export const statusText = (i: number, bytes = 24): string => `status ${i} `.padEnd(bytes, "abcdefghij");
