/** The files that a page of docs makes: its fenced blocks that name one, put together in their order. */

export interface Block {
  /** Relative to the app's folder. */
  readonly file: string;
  readonly isDiff: boolean;
  readonly text: string;
}

/** The file's name stands after the language: ```ts machine.ts. A block without one is not code of the app. */
export const blocksOf = (markdown: string): readonly Block[] =>
  [...markdown.matchAll(/^```(\w+) (\S+)\n(.*?)^```$/gms)].map(([, language, file = "", text = ""]) => ({
    file,
    isDiff: language === "diff",
    text,
  }));

/**
 * `before`: what is there already. The first block of a file takes its place, the next ones follow it; a diff changes what is there then.
 * Throws where a diff's old lines are not there, or more than once.
 */
export function filesOf(blocks: readonly Block[], before: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const files = new Map(before);
  const begun = new Set<string>();
  for (const { file, isDiff, text } of blocks) {
    const present = files.get(file) ?? "";
    if (isDiff) files.set(file, patched(file, present, text));
    else files.set(file, begun.has(file) ? `${present}\n${text}` : text);
    if (!isDiff) begun.add(file);
  }
  return files;
}

function patched(file: string, present: string, diff: string): string {
  const lines = diff.split("\n").filter((line) => line !== "");
  const side = (without: "+" | "-") =>
    lines
      .filter((line) => !line.startsWith(without))
      .map((line) => `${line.slice(1)}\n`)
      .join("");
  const [first, ...others] = present.split(side("+"));
  if (first === undefined || others.length !== 1) throw new Error(`the old lines are ${others.length} times in ${file}:\n${diff}`);
  return `${first}${side("-")}${others.join("")}`;
}
